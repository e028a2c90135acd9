"""Movers over a repository that fails: who is to blame, and that nothing counts as done."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kopia.format_blob import FORMAT_BLOB
from kopia.snapshots import listing
from tests.unit.mover.repository import Bench, bench

NEEDS_MOUNT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
SMALL, LARGE = "6m", "64m"


def index_lost(repository: Path) -> None:
    shutil.rmtree(repository / "x")


def index_truncated(repository: Path) -> None:
    for blob in (repository / "x").rglob("*.f"):
        blob.write_bytes(blob.read_bytes()[:40])


def format_damaged(repository: Path) -> None:
    blob = repository / FORMAT_BLOB
    blob.write_bytes(blob.read_bytes()[:100])


def emptied(repository: Path) -> None:
    shutil.rmtree(repository)
    repository.mkdir()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (index_lost, "index is missing"),
        (index_truncated, "kopia failed"),
        (format_damaged, "format blob is damaged"),
        (emptied, "no repository"),
    ],
)
def test_a_damaged_repository_is_to_blame_for_both_directions(
    repo: Bench, tree: Path, damage: Callable[[Path], None], words: str
) -> None:
    backup_result = repo.backup(tree)
    damage(repo.path)
    before = content(repo.path)
    restored, target = repo.restore("out", backup_result.snapshot)
    for result in (restored, repo.backup(tree)):
        assert not result.verified
        assert words in result.reason
        assert result.repository_failed
    assert list(target.iterdir()) == []
    assert content(repo.path) == before  # else a lost index would look like a new one


def content(repository: Path) -> set[str]:
    """All of its blobs but kopia's logs."""
    files = {str(path.relative_to(repository)) for path in repository.rglob("*")}
    return {path for path in files if not path.startswith("_")}


def test_a_kopia_that_is_killed_leaves_nothing_and_blames_nobody_else(
    repo: Bench, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kopia_binary: Path
) -> None:
    weak = tmp_path / "bin" / "kopia"
    weak.parent.mkdir()
    weak.write_text(
        f'#!/bin/sh\ncase "$*" in *"snapshot create"*) kill -9 $$ ;; esac\n'
        f'exec "{kopia_binary}" "$@"\n'
    )
    weak.chmod(0o755)
    with monkeypatch.context() as weakened:
        weakened.setenv("PATH", str(weak.parent), prepend=":")
        result = repo.backup(tree)
    assert "killed by signal 9" in result.reason
    assert not result.repository_failed
    assert listing(repo.client("look")) == ()


@pytest.fixture
def small(tmp_path: Path, kopia_binary: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A repository on a volume of a few megabytes."""
    monkeypatch.setenv("PATH", str(kopia_binary.parent), prepend=":")
    where = tmp_path / "repository"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=0700", "tmpfs", str(where)]
    subprocess.run(mount, check=True)
    yield bench(tmp_path)
    subprocess.run(["umount", str(where)], check=True)


@NEEDS_MOUNT
def test_a_full_repository_is_told_keeps_what_it_has_and_heals(small: Bench, tree: Path) -> None:
    before = small.backup(tree)
    (tree / "noise").write_bytes(os.urandom(8 << 20))
    full = small.backup(tree)
    assert not full.verified
    assert full.reason == "the repository's volume is full"
    assert full.repository_failed
    assert [snapshot.id for snapshot in listing(small.client("look"))] == [before.snapshot]
    assert small.restore("out", before.snapshot)[0].verified
    larger = ["mount", "-o", f"remount,size={LARGE}", str(small.path)]
    subprocess.run(larger, check=True)
    assert small.backup(tree).verified


@NEEDS_MOUNT
def test_a_repository_without_a_byte_left_is_told_before_the_volume_is_read(
    small: Bench, tree: Path
) -> None:
    volume = os.statvfs(small.path)
    with (small.path / "filler").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, volume.f_bavail * volume.f_frsize)
    result = small.backup(tree)
    assert result.reason == "the repository's volume is full"
    assert result.repository_failed
