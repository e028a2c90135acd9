"""The commands of docs/runbook.md, run as a person would who copies them block by block."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tests.project.pages.snippet import Snippet
from tests.project.pages.terminal import Terminal


def sections(snippets: Sequence[Snippet]) -> Mapping[str, list[str]]:
    """The blocks of commands by the heading above them."""
    by_section: dict[str, list[str]] = {}
    for (section, _), lines in groupby(
        snippets, key=lambda snippet: (snippet.section, snippet.block)
    ):
        by_section.setdefault(section, []).append("\n".join(line.text for line in lines))
    return by_section


@dataclass
class Steps:
    """The blocks of one section, to be run in their order."""

    blocks: list[str]
    terminal: Terminal

    def next(self, run: Callable[[str], str] | None = None, /, **values: str) -> str:
        """Runs the next block and returns its output.

        Raises KeyError for a `<place>` without a value, CalledProcessError where it fails.
        """
        self.terminal = replace(self.terminal, values={**self.terminal.values, **values})
        block = self.blocks.pop(0)
        return run(self.terminal.filled(block)) if run else self.terminal.must(block)

    def refused(self, **values: str) -> str:
        """Runs the next block, which must fail; returns its stderr."""
        try:
            output = self.next(**values)
        except subprocess.CalledProcessError as error:
            return error.stderr
        raise AssertionError(f"it was not refused: {output}")
