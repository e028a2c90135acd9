"""Builds a big repository with the real kopia, quickly: few backups, many copies of their history.

kopia copies the snapshots of all users of one host to another host in one process, so a thousand
identities cost about a hundred processes instead of one for each snapshot.
"""

import argparse
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import report
from contract.names import Claim, Identity, identity
from contract.repository import MAINTENANCE_HOST, MAINTENANCE_USER
from kopia import format_blob
from kopia.command import Kopia
from kopia.repository import create
from lab import tools
from lab.pins import BY_NAME

KEPT = 37  # snapshots that the tiers' retention keeps: 24 hourly, 7 daily, 4 weekly, 2 monthly
USERS = 10  # PVCs in each namespace
REPOSITORY, PASSWORD_FILE = "repository", "password"  # in the folder that holds one
PASSWORD = "made up for a measurement"  # noqa: S105 - opens nothing else
DEADLINE = 600.0  # seconds for one kopia process on a slow disk
STARTED = "%Y-%m-%d %H:%M:%S UTC"  # the only form that kopia's --start-time takes


@dataclass(frozen=True, kw_only=True)
class Built:
    """A repository on disk, its unique id and the file that holds its password."""

    path: Path
    unique_id: str
    password_file: Path

    def kopia(self, state: Path, deadline: float = DEADLINE) -> Kopia:
        """A client of its own under `state`; not connected yet."""
        return client(state, self.password_file, deadline)


def client(state: Path, password_file: Path, deadline: float = DEADLINE) -> Kopia:
    """A kopia that keeps everything of its own under `state`."""
    return Kopia(
        binary=str(tools.ensure(["kopia"])["kopia"]),
        config=state / "repository.config",
        cache=state / "cache",
        logs=state / "logs",
        password_file=password_file,
        deadline=deadline,
    )


def empty(folder: Path) -> tuple[Built, Kopia]:
    """A new repository under `folder`, and the client that made it."""
    path, password_file = folder / REPOSITORY, folder / PASSWORD_FILE
    path.mkdir(parents=True)
    password_file.write_text(PASSWORD)
    kopia = client(folder / "writer", password_file)
    create(kopia, path, identity=Identity(MAINTENANCE_USER, MAINTENANCE_HOST))
    unique = format_blob.unique_id(path)
    return Built(path=path, unique_id=unique, password_file=password_file), kopia


def back_up(kopia: Kopia, claim: Claim, source: Path, at: datetime) -> str:
    """The id of a new snapshot of `source` as a mover writes it, dated `at`."""
    text = kopia.run(
        *("snapshot", "create", str(source), f"--override-source={identity(claim)}", "--json"),
        f"--start-time={at.astimezone(UTC).strftime(STARTED)}",
        f"--end-time={at.astimezone(UTC).strftime(STARTED)}",
    )
    return json.loads(text)["id"]


def claims(identities: int, users: int = USERS) -> Iterator[Claim]:
    """The PVCs of the repository, so many a namespace."""
    for index in range(identities):
        yield Claim(f"app-{index // users}", f"data-{index % users}")


def build(folder: Path, *, identities: int, kept: int = KEPT, users: int = USERS) -> Built:
    """At least `identities` PVCs, in whole namespaces, with `kept` hourly snapshots each."""
    built, kopia = empty(folder)
    source = folder / "source"
    source.mkdir()
    (source / "file").write_text("content")
    now = datetime.now(UTC).replace(microsecond=0)
    model, *others = claims(users, users)
    for age in range(kept, 0, -1):
        back_up(kopia, model, source, now - timedelta(hours=age))
    for other in others:
        kopia.run("snapshot", "copy-history", str(identity(model)), str(identity(other)))
    namespaces = {claim.namespace for claim in claims(identities, users)} - {model.namespace}
    for namespace in sorted(namespaces):
        kopia.run("snapshot", "copy-history", f"@{model.namespace}", f"@{namespace}")
    return built


def copied(folder: Path, *, identities: int) -> Built:
    """A copy under `folder` of one that is built once and kept beside the lab's tools."""
    cached = tools.CACHE / "bench" / f"kopia-{BY_NAME['kopia'].pin}-{identities}x{KEPT}"
    if not cached.exists():
        print(f"building a repository of {identities} identities; takes minutes, once", flush=True)
        unfinished = cached.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        build(unfinished, identities=identities)
        unfinished.rename(cached)
    shutil.copytree(cached, folder)
    path = folder / REPOSITORY
    unique = format_blob.unique_id(path)
    return Built(path=path, unique_id=unique, password_file=folder / PASSWORD_FILE)


def main() -> None:
    """Builds one at the given place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="must not exist")
    parser.add_argument("--identities", type=int, default=1000)
    parser.add_argument("--kept", type=int, default=KEPT, help="snapshots of each")
    args = parser.parse_args()
    report.machine(kopia=BY_NAME["kopia"].pin)
    start = time.monotonic()
    built = build(args.folder, identities=args.identities, kept=args.kept)
    files = [path for path in built.path.rglob("*") if path.is_file()]
    report.last(
        {
            "path": str(built.path),
            "unique_id": built.unique_id,
            "files": len(files),
            "bytes": sum(path.stat().st_size for path in files),
            "took_s": round(time.monotonic() - start, 1),
        }
    )


if __name__ == "__main__":
    main()
