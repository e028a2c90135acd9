import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import mover
from contract.environment import Unreadable
from contract.schedule import RETENTION
from kopia.snapshots import listing
from mover.job import capabilities, task
from mover.manifest.job import LEAVE_ROOT
from mover.result import Result, decode
from tests.unit.mover.repository import Bench, bench, plant, shapes

UNPRIVILEGED = ("--reuid=1000", "--regid=1000", "--clear-groups")


@pytest.fixture
def repo(kopia_binary: Path) -> Iterator[Bench]:
    # Not below pytest's own folder, which other runs close to all users but root.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        root.chmod(0o777)
        (root / "bin").mkdir()
        shutil.copy2(kopia_binary, root / "bin" / "kopia")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(root / "bin"), prepend=":")
            yield bench(root)


@pytest.fixture
def tree(repo: Bench) -> Path:
    (repo.root / "data").mkdir()
    return plant(repo.root / "data")


def perform(
    repo: Bench,
    way: str,
    data: Path,
    snapshot: str,
    *privileges: str,
    unreadable_files: Unreadable = Unreadable.FAIL,
) -> Result:
    """The Job's own command, with the user and capabilities of its pod."""
    order = repo.order(data)
    if way == "backup":
        backup = task.Backup(retention=RETENTION, unreadable_files=unreadable_files)
        order = replace(order, backup=backup)
    script = (
        "import sys; from pathlib import Path; from mover.job.__main__ import main;"
        "main(Path(sys.argv[1]))"
    )
    log = repo.root / f"{way}.json"
    run = subprocess.run(
        ["setpriv", *privileges, sys.executable, "-c", script, str(log)],
        env={
            "PATH": f"{repo.root / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONPATH": str(Path(mover.__path__[0]).parent),
            task.VARIABLE: task.encode(replace(order, snapshot=snapshot)),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    result = decode(log.read_text() if log.exists() else "")
    assert result, run.stderr
    return result


def pod(added: tuple[str, ...]) -> tuple[str, ...]:
    """Root with the capabilities that a Job grants, and no way to more."""
    allowed = ",".join(f"+{name.lower()}" for name in (*added, *LEAVE_ROOT))
    return (f"--bounding-set=-all,{allowed}", "--no-new-privs")


def hand_over(repo: Bench) -> None:
    for folder in (repo.path, repo.secret):
        subprocess.run(["chown", "-R", "1000:1000", str(folder)], check=True)


def test_the_capabilities_of_the_jobs_are_enough(repo: Bench, tree: Path) -> None:
    hand_over(repo)
    backup_result = perform(repo, "backup", tree, "", *pod(capabilities.READ))
    assert backup_result.verified, backup_result.reason
    target = repo.root / "out"
    target.mkdir()
    result = perform(repo, "restore", target, backup_result.snapshot, *pod(capabilities.WRITE))
    assert result.verified, result.reason
    assert result.note == ""
    assert shapes(target) == shapes(tree)


def test_files_and_folders_of_the_repository_belong_to_its_user(repo: Bench, tree: Path) -> None:
    hand_over(repo)
    assert perform(repo, "backup", tree, "", *pod(capabilities.READ)).verified
    assert {(at.stat().st_uid, at.stat().st_gid) for at in repo.path.rglob("*")} == {(1000, 1000)}


def test_files_that_cannot_be_read_fail_with_their_count(repo: Bench, tree: Path) -> None:
    hand_over(repo)
    result = perform(repo, "backup", tree, "", *UNPRIVILEGED)
    assert not result.verified
    # a/hello (and its twin) is 4750 of root, empty 2770 of another group, cache/kept 0000.
    assert "4 files or directories cannot be read" in result.reason
    assert "first: a/hello, cache/kept, empty" in result.reason
    assert not result.repository_failed
    assert listing(repo.client("look")) == ()


def test_where_it_is_allowed_they_are_left_out_counted_and_named(repo: Bench, tree: Path) -> None:
    hand_over(repo)
    backup_result = perform(
        repo, "backup", tree, "", *UNPRIVILEGED, unreadable_files=Unreadable.WARN
    )
    assert backup_result.verified, backup_result.reason
    assert (backup_result.files, backup_result.dirs, backup_result.errors) == (5, 5, 4)
    assert (
        "4 files or directories could not be read, the first: a/hello, cache/kept"
        in backup_result.note
    )
    target = repo.root / "out"
    target.mkdir()
    result = perform(repo, "restore", target, backup_result.snapshot, *pod(capabilities.WRITE))
    assert result.verified, result.reason
    assert (result.files, result.errors) == (5, 4)
    assert "4 files or directories could not be read when it was made" in result.note
    whole = shapes(tree)
    lost = {"a/hello", "twin", "empty", "cache/kept"}
    assert shapes(target) == {name: shape for name, shape in whole.items() if name not in lost}


def test_most_files_become_unreadable_and_the_old_snapshots_are_held(repo: Bench) -> None:
    hand_over(repo)
    volume = repo.root / "plain"
    volume.mkdir()
    for name in "abcd":
        (volume / name).touch()
    assert (
        perform(repo, "backup", volume, "", *UNPRIVILEGED, unreadable_files=Unreadable.WARN).held_by
        == ""
    )
    for name in "abc":
        (volume / name).chmod(0)
    result = perform(repo, "backup", volume, "", *UNPRIVILEGED, unreadable_files=Unreadable.WARN)
    assert result.verified, result.reason
    assert (result.files, result.held_by) == (1, result.snapshot)


def test_a_repository_that_may_not_be_read_is_to_blame(repo: Bench, tree: Path) -> None:
    hand_over(repo)
    os.chown(repo.path, 0, 0)
    repo.path.chmod(0o700)
    result = perform(repo, "backup", tree, "", *UNPRIVILEGED)
    assert result.reason == "the repository's path cannot be read: Permission denied"
    assert result.repository_failed


def test_without_root_a_restore_says_that_owners_are_lost(repo: Bench) -> None:
    (repo.root / "plain").mkdir()
    (repo.root / "plain" / "file").write_text("content")
    backup_result = repo.backup(repo.root / "plain")
    hand_over(repo)
    target = repo.root / "out"
    target.mkdir()
    os.chown(target, 1000, 1000)
    result = perform(repo, "restore", target, backup_result.snapshot, *UNPRIVILEGED)
    assert result.verified, result.reason
    assert "owners" in result.note
    assert (target / "file").stat().st_uid == 1000


def test_without_root_a_volume_whose_folder_is_root_s_is_filled(repo: Bench, tree: Path) -> None:
    backup_result = repo.backup(tree)
    hand_over(repo)
    target = repo.root / "out"
    target.mkdir()
    os.chown(target, 0, 1000)
    target.chmod(0o2775)  # as the kubelet leaves it for a pod's fsGroup
    result = perform(repo, "restore", target, backup_result.snapshot, *UNPRIVILEGED)
    assert result.verified, result.reason
    assert "the volume's own folder" in result.note
    content = {name: shape[-1] for name, shape in shapes(target).items()}
    assert content == {name: shape[-1] for name, shape in shapes(tree).items()}
    assert (target / "cache" / "kept").stat().st_mode & 0o7777 == 0


def test_without_root_all_content_comes_back_whatever_the_modes_are(
    repo: Bench, tree: Path
) -> None:
    (tree / "a").chmod(0o555)
    (tree / "a" / "deep").chmod(0o500)
    backup_result = repo.backup(tree)
    hand_over(repo)
    target = repo.root / "out"
    target.mkdir()
    os.chown(target, 1000, 1000)
    result = perform(repo, "restore", target, backup_result.snapshot, *UNPRIVILEGED)
    assert result.verified, result.reason
    assert {name: shape[-1] for name, shape in shapes(target).items()} == {
        name: shape[-1] for name, shape in shapes(tree).items()
    }
