"""What stands on the pages that a reader would run, apply or put into a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
INLINE = "inline"
SHELL = ("bash", "sh")
# The programs that the pages call; a word behind one makes it a command.
COMMAND = re.compile(r"(sudo|kubectl|pulumi|kopia|docker|git|python) \S|scripts/\w")
LINE = re.compile(r"(?:.*\\\n)*.+")  # with what a backslash continues


@dataclass(frozen=True)
class Snippet:
    """A line of shell, a command within a sentence or a table, or a whole block of anything else.

    `kind` is the language of its fence, which begins in the line `block`.
    """

    page: str
    section: str
    block: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"


def snippets(page: str, text: str) -> Iterator[Snippet]:
    """All of a page, in its order."""
    prose = FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence[0]), text)
    headings = [(heading.start(), heading[1]) for heading in HEADING.finditer(prose)]

    def snippet(place: int, kind: str, content: str) -> Snippet:
        above = [title for start, title in headings if start < place]
        line = text.count("\n", 0, place) + 1
        return Snippet(page, above[-1] if above else "", line, kind, content)

    numbered = []
    for fence in FENCE.finditer(text):
        texts = LINE.findall(fence[3]) if fence[2] in SHELL else [fence[3]]
        numbered += [
            (fence.start(), snippet(fence.start(), fence[2], command)) for command in texts
        ]
    for code in CODE.finditer(prose):
        command = " ".join(code[1].split())
        if COMMAND.match(command):
            numbered.append((code.start(), snippet(code.start(), INLINE, command)))
    yield from (snippet for _, snippet in sorted(numbered, key=lambda pair: pair[0]))


def every() -> list[Snippet]:
    """All of all pages."""
    names = {path.relative_to(ROOT).as_posix(): path.read_text() for path in PAGES}
    return [snippet for name, text in names.items() for snippet in snippets(name, text)]
