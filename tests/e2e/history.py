"""A snapshot of the past, made as a person with the repository's password would make it."""

from datetime import datetime

from contract import names
from lab.application import Application
from tests.e2e.shell import exported

FILE = "old"
CONTENT = "from the past\n"
SCRIPT = """
mkdir /state/past
echo from the past > /state/past/old
kopia repository connect filesystem --path "$PWD" --cache-directory /state/cache
kopia snapshot create /state/past --override-source '{source}' \\
  --start-time '{when}' --end-time '{when}'
"""


def add_snapshot(app: Application, pvc: str, taken: datetime) -> None:
    """Adds a snapshot of one file to those of `pvc`, as if made at `taken` (UTC)."""
    when = taken.strftime("%Y-%m-%d %H:%M:%S UTC")
    with exported() as shell:
        shell(SCRIPT.format(source=names.identity(app.claim(pvc)), when=when))
