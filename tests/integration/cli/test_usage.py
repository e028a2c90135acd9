"""Commands that are not run as they stand on a page: their program knows the command and its words.

Each is typed into a shell in which every program is asked for its help behind these words. What a
program does not know it refuses before it helps.
"""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.project.pages.registry import texts_given_to
from tests.project.pages.snippet import ROOT
from tests.project.pages.terminal import Terminal
from tests.tooling import tool

EXAMPLES = {"NAME": "admission", "STACK": "prod", "--raw": "--raw /"}
SYNTAX = re.compile(r"\[|\]|\.\.\.")  # "[--may-be-left-out]", "and-more..."


def script(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory) -> Terminal:
    folder = tmp_path_factory.mktemp("usage")
    programs = {f"bin/{name}": tool(name) for name in ("kubectl", "pulumi", "kopia")}
    programs |= {f"scripts/{path.name}": path for path in (ROOT / "scripts").iterdir()}
    programs["bin/python"] = Path(sys.executable)
    for name, program in programs.items():
        script(folder / name, f'exec {shlex.quote(str(program))} "$@" --help')
    script(folder / "bin/sudo", 'exec "$@"')
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"  # noqa: TID251
    return Terminal(folder, {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("text", texts_given_to(__file__))
def test_a_program_knows_the_words_that_a_page_gives_it(terminal, text):
    words = SYNTAX.sub("", text.partition(" #")[0])
    for word, example in EXAMPLES.items():
        words = words.replace(word, example)
    run = terminal.run(words)
    assert run.returncode == 0, run.stdout + run.stderr
    options = re.findall(r" (--[a-z-]+)", words)
    assert [option for option in options if option not in run.stdout] == []
