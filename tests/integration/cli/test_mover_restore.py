import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kopia.snapshots import listing
from mover.job import file_tree as counting
from mover.job import restore
from tests.unit.mover.repository import IDENTITY, OTHER, SOME_ID, Bench, shapes


def test_every_shape_comes_back_as_it_was(repo: Bench, tree: Path) -> None:
    backup_result = repo.backup(tree)
    result, target = repo.restore("out", backup_result.snapshot)
    assert result.verified, result.reason
    assert result.snapshot == backup_result.snapshot
    assert shapes(target) == shapes(tree)


def test_a_lost_symbolic_link_is_a_mismatch(
    repo: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup_result = repo.backup(tree)
    real = restore.flush

    def after_a_loss(target: Path) -> None:
        (target / "dangling").unlink()
        real(target)

    monkeypatch.setattr(restore, "flush", after_a_loss)
    result, _ = repo.restore("out", backup_result.snapshot)
    assert "restored 8 files, 1 symbolic links" in result.reason


def test_holes_stay_holes(repo: Bench, tree: Path) -> None:
    result, target = repo.restore("out", repo.backup(tree).snapshot)
    assert result.verified, result.reason
    used = (target / "sparse").stat().st_blocks * 512
    assert used < (target / "sparse").stat().st_size / 8


def test_an_empty_snapshot_comes_back_empty(repo: Bench, tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    result, target = repo.restore("out", repo.backup(tmp_path / "void").snapshot)
    assert result.verified, result.reason
    assert list(target.iterdir()) == []


def test_the_recorded_snapshot_wins_over_a_newer_one(repo: Bench, tree: Path) -> None:
    old = repo.backup(tree)
    (tree / "later").write_text("later")
    new = repo.backup(tree)
    pinned, first = repo.restore("pinned", old.snapshot)
    newest, second = repo.restore("newest")
    assert (pinned.snapshot, newest.snapshot) == (old.snapshot, new.snapshot)
    assert not (first / "later").exists()
    assert (second / "later").read_text() == "later"


def test_a_missing_snapshot_fails(repo: Bench, tree: Path) -> None:
    repo.backup(tree)
    result, target = repo.restore("out", SOME_ID)
    assert not result.verified
    assert "not in the repository" in result.reason
    assert not result.repository_failed
    assert list(target.iterdir()) == []


def test_no_snapshot_at_all_is_never_an_empty_success(repo: Bench) -> None:
    result, _ = repo.restore("out")
    assert not result.verified
    assert "no complete snapshot" in result.reason


def test_another_identitys_snapshot_is_refused(repo: Bench, tree: Path) -> None:
    foreign = repo.backup(tree, identity=OTHER)
    result, target = repo.restore("out", foreign.snapshot)
    assert not result.verified
    assert "belongs to" in result.reason
    assert list(target.iterdir()) == []


def test_an_incomplete_snapshot_is_refused_and_never_the_newest(repo: Bench, tree: Path) -> None:
    (tree / "noise").write_bytes(os.urandom(4 << 20))
    client = repo.client("look")
    client.run(
        "snapshot", "create", str(tree), f"--override-source={IDENTITY}", "--upload-limit-mb=1"
    )
    (half,) = listing(client)
    assert half.incomplete
    assert "not complete" in repo.restore("pinned", half.id)[0].reason
    assert "no complete snapshot" in repo.restore("newest")[0].reason


def test_another_repository_is_refused(repo: Bench, tree: Path) -> None:
    backup_result = repo.backup(tree)
    result, target = repo.restore("out", backup_result.snapshot, repository_id="f" * 64)
    assert "pinned" in result.reason
    assert result.repository_failed
    assert list(target.iterdir()) == []


def test_an_emptied_export_fails_and_nothing_is_created(
    repo: Bench, tree: Path, tmp_path: Path
) -> None:
    backup_result = repo.backup(tree)
    (tmp_path / "void").mkdir()
    result, target = repo.restore("out", backup_result.snapshot, repository=str(tmp_path / "void"))
    assert not result.verified
    assert list((tmp_path / "void").iterdir()) == []
    assert list(target.iterdir()) == []


def test_a_restore_writes_nothing_to_the_repository(repo: Bench, tree: Path) -> None:
    backup_result = repo.backup(tree)
    before = {file: file.stat().st_mtime_ns for file in repo.path.rglob("*") if file.is_file()}
    assert repo.restore("out", backup_result.snapshot)[0].verified
    after = {file: file.stat().st_mtime_ns for file in repo.path.rglob("*") if file.is_file()}
    assert before == after


def missing(blob: Path) -> None:
    blob.unlink()


def truncated(blob: Path) -> None:
    blob.write_bytes(blob.read_bytes()[:100])


def flipped(blob: Path) -> None:
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)


@pytest.mark.parametrize("damage", [missing, truncated, flipped])
def test_damaged_data_fails_and_is_this_snapshots_fault(
    repo: Bench, tree: Path, damage: Callable[[Path], None]
) -> None:
    (tree / "noise").write_bytes(os.urandom(1 << 20))
    backup_result = repo.backup(tree)
    for blob in (repo.path / "p").rglob("*.f"):
        damage(blob)
    result, _ = repo.restore("out", backup_result.snapshot)
    assert not result.verified
    assert not result.repository_failed


def test_missing_metadata_fails(repo: Bench, tree: Path) -> None:
    backup_result = repo.backup(tree)
    for blob in (repo.path / "q").rglob("*.f"):
        blob.unlink()
    assert not repo.restore("out", backup_result.snapshot)[0].verified


def test_a_volume_that_is_not_empty_is_refused(repo: Bench, tree: Path, tmp_path: Path) -> None:
    backup_result = repo.backup(tree)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "stranger").touch()
    result, _ = repo.restore("out", backup_result.snapshot)
    assert "not empty" in result.reason


def test_the_folder_that_mkfs_makes_does_not_count(repo: Bench, tree: Path, tmp_path: Path) -> None:
    backup_result = repo.backup(tree)
    (tmp_path / "out" / "lost+found").mkdir(parents=True)
    assert repo.restore("out", backup_result.snapshot)[0].verified


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_volume_too_small_fails_with_both_sizes(repo: Bench, tree: Path, tmp_path: Path) -> None:
    (tree / "noise").write_bytes(os.urandom(2 << 20))
    backup_result = repo.backup(tree)
    (tmp_path / "out").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path / "out")]
    subprocess.run(mount, check=True)
    try:
        result, _ = repo.restore("out", backup_result.snapshot)
        assert not result.verified
        needs = f"the snapshot needs {backup_result.bytes} bytes for 9 files"
        assert result.reason == f"the volume is full: {needs}, the volume has {1 << 20} bytes"
        assert not result.repository_failed
    finally:
        subprocess.run(["umount", str(tmp_path / "out")], check=True)


def test_a_tree_that_lost_a_file_is_a_mismatch(
    repo: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup_result = repo.backup(tree)
    real = counting.survey

    def after_a_loss(root: Path) -> counting.Survey:
        (root / "a" / "hello").unlink()
        return real(root)

    monkeypatch.setattr(counting, "survey", after_a_loss)
    result, _ = repo.restore("out", backup_result.snapshot)
    assert not result.verified
    assert "restored 7 files" in result.reason
    assert not result.repository_failed
