"""`python -m plumber.verify`: does the repository still hold what its snapshots need?

Runs beside the service, in its pod, with a connection of its own. Reads and changes nothing else.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from contract.environment import PlumberSettings, SettingsError
from kopia import repository
from kopia.command import Kopia, KopiaError
from kopia.snapshots import listing
from plumber.repository.reader import READER

DAY = 86_400.0  # seconds; a large repository takes hours


def verify(kopia: Kopia, path: Path, percent: float) -> str:
    """What was verified, in words. Raises KopiaError with what is missing or damaged."""
    repository.connect(kopia, path, readonly=True, identity=READER)
    unique_id = repository.status(kopia).unique_id
    snapshots = listing(kopia)
    kopia.run("snapshot", "verify", f"--verify-files-percent={percent:g}", deadline=DAY)
    halves = sum(not snapshot.is_complete for snapshot in snapshots)
    return (
        f"repository {unique_id}: {len(snapshots)} snapshots, {halves} of them incomplete;"
        f" all that they name is there, and {percent:g} percent of the files were read"
    )


def main(words: list[str] | None = None) -> int:
    """Exit code 1 where something is missing or damaged, or nothing can be read."""
    parser = argparse.ArgumentParser(prog="python -m plumber.verify", description=__doc__)
    parser.add_argument(
        "--files", type=float, default=0.0, metavar="PERCENT", help="read so many files in full (0)"
    )
    percent = parser.parse_args(words).files
    if not 0 <= percent <= 100:
        parser.error("--files takes a number from 0 to 100")
    try:
        chosen = PlumberSettings.from_environment(os.environ)
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    chosen.state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=chosen.state) as own:
        folder = Path(own)
        kopia = Kopia(
            binary=chosen.kopia,
            config=folder / "repository.config",
            cache=folder / "cache",
            logs=folder / "logs",
            password_file=chosen.password_file,
            deadline=chosen.listing_deadline,
        )
        try:
            print(verify(kopia, chosen.repository, percent))
        except KopiaError as error:
            print(f"not verified: {error.reason}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
