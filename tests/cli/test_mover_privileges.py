import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import mover
from kopia.snapshots import listing
from mover import privilege, settings
from mover.result import Result, decode
from mover.workload import LEAVE_ROOT
from tests.mover.repository import IDENTITY, Bench, bench, plant, shapes

NOBODY = ("--reuid=1000", "--regid=1000", "--clear-groups")


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


def perform(repo: Bench, task: str, data: Path, snapshot: str, *privileges: str) -> Result:
    """The Job's own command, with the user and capabilities of its pod."""
    job = repo.settings(data, snapshot)
    script = (
        "import sys; from pathlib import Path; from mover import job;"
        "job.main([sys.argv[1]], Path(sys.argv[2]))"
    )
    log = repo.root / f"{task}.json"
    run = subprocess.run(
        ["setpriv", *privileges, sys.executable, "-c", script, task, str(log)],
        env={
            "PATH": f"{repo.root / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
            "PYTHONPATH": str(Path(mover.__path__[0]).parent),
            "MOVER_REPOSITORY": job.repository,
            "MOVER_SECRET": job.secret,
            settings.REPOSITORY_ID: job.repository_id,
            settings.USERNAME: IDENTITY.user,
            settings.HOSTNAME: IDENTITY.host,
            settings.SNAPSHOT: snapshot,
            settings.DATA: job.data,
            settings.STATE: job.state,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    result = decode(log.read_text() if log.exists() else "")
    assert result, run.stderr
    return result


def pod(kept: tuple[str, ...]) -> tuple[str, ...]:
    """Root with the capabilities that a Job grants, and no way to more."""
    allowed = ",".join(f"+{name.lower()}" for name in (*kept, *LEAVE_ROOT))
    return (f"--bounding-set=-all,{allowed}", "--no-new-privs")


def hand_over(repo: Bench) -> None:
    for folder in (repo.path, repo.secret):
        subprocess.run(["chown", "-R", "1000:1000", str(folder)], check=True)


def test_the_capabilities_of_the_jobs_are_enough(repo: Bench, tree: Path) -> None:
    hand_over(repo)
    made = perform(repo, "backup", tree, "", *pod(privilege.READ))
    assert made.verified, made.reason
    target = repo.root / "out"
    target.mkdir()
    result = perform(repo, "restore", target, made.snapshot, *pod(privilege.WRITE))
    assert result.verified, result.reason
    assert result.note == ""
    assert shapes(target) == shapes(tree)


def test_files_and_folders_of_the_repository_belong_to_its_user(repo: Bench, tree: Path) -> None:
    hand_over(repo)
    assert perform(repo, "backup", tree, "", *pod(privilege.READ)).verified
    assert {(at.stat().st_uid, at.stat().st_gid) for at in repo.path.rglob("*")} == {(1000, 1000)}


def test_files_that_cannot_be_read_fail_with_their_count(repo: Bench, tree: Path) -> None:
    hand_over(repo)
    result = perform(repo, "backup", tree, "", *NOBODY)
    assert not result.verified
    # a/hello (and its twin) is 4750 of root, empty 2770 of another group, cache/kept 0000.
    assert "4 files or directories cannot be read" in result.reason
    assert listing(repo.client("look")) == ()


def test_without_root_a_restore_says_that_owners_are_lost(repo: Bench) -> None:
    (repo.root / "plain").mkdir()
    (repo.root / "plain" / "file").write_text("content")
    made = repo.backup(repo.root / "plain")
    hand_over(repo)
    target = repo.root / "out"
    target.mkdir()
    os.chown(target, 1000, 1000)
    result = perform(repo, "restore", target, made.snapshot, *NOBODY)
    assert result.verified, result.reason
    assert "owners" in result.note
    assert (target / "file").stat().st_uid == 1000
