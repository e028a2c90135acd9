"""A name says what it holds: a variable carries its noun, not the verb by which it was obtained."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.test_shape import PRODUCT, ROOT

BANNED = {"found", "told", "said", "wish", "around"}
# What a name must hold; to look for it first spares parsing most modules.
WORD = re.compile(rf"\b_*({'|'.join(sorted(BANNED))})_*\b", re.IGNORECASE)
ROOMS = (*PRODUCT, "scripts", "lab", "docgen", "fakes", "bench", "tests")
SHEBANG = "#!/usr/bin/env python3"


def is_python(path: Path) -> bool:
    """Whether a file is Python, by its name or, as a script, by its first line."""
    if path.suffix == ".py" or not path.is_file():
        return path.suffix == ".py"
    return not path.suffix and path.read_text().startswith(SHEBANG)


FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*")) if is_python(path)]


def _names(node: ast.AST) -> Iterator[str]:
    """The names that one node of a syntax tree defines."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
        case ast.arg(arg=name) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.MatchMapping(rest=str(name)) | ast.ExceptHandler(name=str(name)):
            yield name
        case ast.alias(asname=str(name)):
            yield name


def vague(text: str) -> list[str]:
    """The banned names that a module defines, with their lines; case and underscores aside."""
    if WORD.search(text) is None:
        return []
    return [
        f"{getattr(node, 'lineno', 0)}: {name}"
        for node in ast.walk(ast.parse(text))
        for name in _names(node)
        if name.strip("_").lower() in BANNED
    ]


def test_every_name_is_a_noun_that_says_what_it_is():
    names = {path.relative_to(ROOT).as_posix(): vague(path.read_text()) for path in FILES}
    assert {path: lines for path, lines in names.items() if lines} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_modules(room):
    assert any(path.is_relative_to(ROOT / room) for path in FILES)


@pytest.mark.parametrize(
    "text",
    [
        "found = 1",
        "__found = 1",
        "found_ = 1",
        "found: int = 1",
        "FOUND = 1",
        "def told(): ...",
        "async def _told(): ...",
        "class Found: ...",
        "lambda said: said",
        "def f(*, around=1): ...",
        "self.wish = 1",
        "[found for found in x]",
        "if found := x: ...",
        "with x as found: ...",
        "for a, found in x: ...",
        "import x as found",
        "from x import y as told",
        "try: ...\nexcept X as said: ...",
        "match x:\n  case found: ...",
        "match x:\n  case [*found]: ...",
        "match x:\n  case {**found}: ...",
    ],
)
def test_a_vague_name_is_noticed_however_it_is_defined(text):
    assert len(vague(text)) == 1


@pytest.mark.parametrize("text", ["x = found", "f(found=1)", "x['found']", "found_at = 1"])
def test_a_name_that_is_only_used_or_only_begins_so_passes(text):
    assert vague(text) == []
