"""The commands of docs/runbook.md, run as a person would who copies them block by block."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab import paths, tools

PAGE = paths.ROOT / "docs" / "runbook.md"
SECTION = re.compile(r"^## (.+?)$\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"<([a-z]+)>")
PATIENCE = 300.0  # seconds for one block


def sections(page: Path = PAGE) -> Mapping[str, list[str]]:
    """The blocks of commands by the heading above them, where there are any."""
    found = {title: BLOCK.findall(text) for title, text in SECTION.findall(page.read_text())}
    return {title: blocks for title, blocks in found.items() if blocks}


@dataclass
class Steps:
    """The blocks of one section, to be run in their order; `folder` holds what they need."""

    blocks: list[str]
    folder: Path
    values: dict[str, str] = field(default_factory=dict)

    def next(self, run: Callable[[str], str] | None = None, /, **values: str) -> str:
        """Runs the next block and hands back what it printed.

        Raises KeyError for a `<place>` without a value, CalledProcessError where it fails.
        """
        self.values |= values
        block = PLACE.sub(lambda place: self.values[place[1]], self.blocks.pop(0))
        return (run or self._shell)(block)

    def refused(self, **values: str) -> str:
        """The same for a block that must fail: what it said."""
        try:
            said = self.next(**values)
        except subprocess.CalledProcessError as error:
            return error.stderr
        raise AssertionError(f"it was not refused: {said}")

    def _shell(self, block: str) -> str:
        kubectl = tools.ensure(["kubectl"])["kubectl"]
        program = self.folder / "pulumi"
        lab = f"{shlex.quote(sys.executable)} -m lab"
        program.write_text(f'#!/bin/sh\nexec {lab} pulumi "$@" --stack lab\n')
        program.chmod(0o755)
        places = f'PATH="{self.folder}:{kubectl.parent}:$PATH" KUBECONFIG="{paths.KUBECONFIG}"'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"export {places}\n{block}"],
            cwd=paths.ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(
                done.returncode, block, done.stdout, done.stdout + done.stderr
            )
        return done.stdout
