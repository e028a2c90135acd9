"""A shell in which the text of a page is run, as by a reader who has put values in its places."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PLACE = re.compile(r"<([a-z ]+)>")
PATIENCE = 300.0  # seconds for one text


@dataclass(frozen=True)
class Terminal:
    """`values` by what stands between < and > on the pages."""

    folder: Path
    environ: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        """Raises KeyError for a place without a value."""
        return PLACE.sub(lambda place: self.values[place[1]], text)

    def run(self, text: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Whatever comes of it."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.filled(text)],
            cwd=self.folder,
            env=dict(self.environ),
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def must(self, text: str, typed: str | None = None) -> str:
        """What it printed. Raises CalledProcessError with all that was said where it fails."""
        done = self.run(text, typed)
        if done.returncode:
            output = done.stdout + done.stderr
            raise subprocess.CalledProcessError(done.returncode, text, done.stdout, output)
        return done.stdout
