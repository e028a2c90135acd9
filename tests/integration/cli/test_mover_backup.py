import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contract.environment import Unreadable
from kopia.command import KopiaError
from kopia.snapshots import listing
from mover.job import backup, kopia_policy
from tests.unit.mover.repository import IDENTITY, ONE_A_DAY, PASSWORD, Bench


def test_a_backup_is_verified_after_it_was_read_back(repo: Bench, tree: Path) -> None:
    result = repo.backup(tree)
    assert result.verified, result.reason
    (snapshot,) = listing(repo.client("look"))
    assert (result.snapshot, result.repository) == (snapshot.id, repo.id)
    assert snapshot.identity == IDENTITY
    assert (result.files, result.dirs, result.errors) == (8, 6, 0)
    assert (result.files, result.bytes) == (snapshot.files, snapshot.bytes)
    assert result.note == "2 files are hard links and come back as files of their own"


def test_no_ignore_file_in_the_volume_leaves_anything_out(repo: Bench, tree: Path) -> None:
    result = repo.backup(tree)
    names = repo.client("look").run("ls", "-r", result.snapshot)
    assert "zero" in names
    assert "cache/kept" in names


def test_an_empty_source_is_a_real_snapshot(repo: Bench, tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    result = repo.backup(tmp_path / "void")
    assert result.verified, result.reason
    assert (result.files, result.dirs) == (0, 1)
    assert [snapshot.id for snapshot in listing(repo.client("look"))] == [result.snapshot]


def test_retention_is_the_identitys_own_policy(repo: Bench, tree: Path) -> None:
    assert repo.backup(tree).verified
    policy = json.loads(repo.client("look").run("policy", "show", str(IDENTITY), "--json"))
    assert policy["retention"] == {
        "keepLatest": 2,
        "keepHourly": 24,
        "keepDaily": 7,
        "keepWeekly": 4,
        "keepMonthly": 2,
        "keepAnnual": 0,
        "ignoreIdenticalSnapshots": False,
    }
    assert policy["compression"]["compressorName"] == "zstd"


def test_a_global_limit_or_ignore_file_leaves_nothing_out(repo: Bench, tree: Path) -> None:
    rules = ("--add-dot-ignore=link", "--max-file-size=10")
    repo.client("admin").run("policy", "set", "--global", *rules)
    result = repo.backup(tree)
    assert result.verified, result.reason
    assert result.files == 8


def test_a_global_rule_that_leaves_files_out_fails_the_backup(repo: Bench, tree: Path) -> None:
    repo.client("admin").run("policy", "set", "--global", "--add-ignore=zero")
    result = repo.backup(tree)
    assert "holds 7 files" in result.reason
    assert listing(repo.client("look")) == ()


def test_a_snapshot_that_holds_less_than_the_volume_is_removed(
    repo: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = kopia_policy.policy

    def forgetful(keep: dict[str, int], rules: kopia_policy.Rules) -> dict[str, Any]:
        policy_result = full(keep, rules)
        policy_result["files"]["ignore"] = ["zero"]
        return policy_result

    monkeypatch.setattr(kopia_policy, "policy", forgetful)
    result = repo.backup(tree)
    assert not result.verified
    assert "holds 7 files" in result.reason
    assert listing(repo.client("look")) == ()


def test_nothing_expires_while_a_snapshot_is_made(
    repo: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repo.backup(tree, retention=ONE_A_DAY)

    def doubt(*_: object) -> None:
        raise KopiaError("cannot be read back")

    monkeypatch.setattr(backup, "_stored", doubt)
    assert not repo.backup(tree, retention=ONE_A_DAY).verified
    assert [snapshot.id for snapshot in listing(repo.client("look"))] == [first.snapshot]


def test_what_is_not_to_be_kept_expires_after_the_proof(repo: Bench, tree: Path) -> None:
    assert repo.backup(tree, retention=ONE_A_DAY).verified
    second = repo.backup(tree, retention=ONE_A_DAY)
    assert [snapshot.id for snapshot in listing(repo.client("look"))] == [second.snapshot]


def test_the_backup_that_was_under_way_does_not_remove_what_a_new_pvc_was_promised(
    repo: Bench, tree: Path
) -> None:
    promised = repo.backup(tree)
    assert repo.backup(tree).verified
    restored, _ = repo.restore("volume", promised.snapshot)
    assert restored.verified, restored.reason


def test_sockets_pipes_and_devices_are_left_out_and_told(repo: Bench, tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tree / "socket"))
    result = repo.backup(tree)
    assert result.verified, result.reason
    assert result.files == 8
    assert "2 sockets, pipes or devices are left out" in result.note
    assert repo.restore("out", result.snapshot)[0].verified


def foreign(folder: Path, name: bytes) -> Path:
    """A file whose name is not UTF-8."""
    path = Path(os.fsdecode(bytes(folder) + b"/" + name))
    path.write_bytes(name)
    return path


def test_a_name_that_kopia_cannot_keep_fails_the_backup(repo: Bench, tree: Path) -> None:
    foreign(tree / "a", b"caf\xe9")
    result = repo.backup(tree)
    assert result.reason == (
        "1 names are not UTF-8, which kopia cannot keep, the first: a/caf\ufffd"
    )
    assert not result.repository_failed
    assert listing(repo.client("look")) == ()


def test_where_it_is_allowed_such_a_name_comes_back_altered(repo: Bench, tree: Path) -> None:
    name = foreign(tree / "a", b"caf\xe9")
    backup_result = repo.backup(tree, unreadable_files=Unreadable.WARN)
    assert backup_result.verified, backup_result.reason
    assert backup_result.errors == 1
    assert "1 names are not UTF-8 and come back altered" in backup_result.note
    result, target = repo.restore("out", backup_result.snapshot)
    assert result.verified, result.reason
    assert (target / "a" / "caf\ufffd").read_bytes() == name.read_bytes()


def test_names_that_would_become_one_are_never_a_backup(repo: Bench, tree: Path) -> None:
    # Kopia takes both and lists both; only a restore would find out.
    foreign(tree, b"caf\xe9")
    foreign(tree, b"caf\xea")
    result = repo.backup(tree, unreadable_files=Unreadable.WARN)
    assert not result.verified
    assert "would become the same in kopia: caf\ufffd" in result.reason


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_file_that_opens_but_cannot_be_read_is_named(repo: Bench, tree: Path) -> None:
    broken = tree / "a" / "broken"
    broken.touch()
    subprocess.run(["mount", "--bind", "/sys/class/net/lo/speed", str(broken)], check=True)
    try:
        with pytest.raises(OSError, match="Invalid argument"):
            broken.read_bytes()
        strict = repo.backup(tree)
        lenient = repo.backup(tree, unreadable_files=Unreadable.WARN)
    finally:
        subprocess.run(["umount", str(broken)], check=True)
    assert not strict.verified
    assert "1 files or directories cannot be read, the first: a/broken" in strict.reason
    assert not strict.repository_failed
    assert lenient.verified, lenient.reason
    assert (lenient.files, lenient.errors) == (8, 1)
    assert [snapshot.id for snapshot in listing(repo.client("look"))] == [lenient.snapshot]


def test_a_volume_in_use_is_not_compared_and_that_is_told(repo: Bench, tree: Path) -> None:
    repo.client("admin").run("policy", "set", "--global", "--add-ignore=zero")
    result = repo.backup(tree, is_live=True)  # as if a file had gone meanwhile
    assert result.verified, result.reason
    assert "its content was not compared" in result.note


def test_another_repository_gets_no_backup(repo: Bench, tree: Path) -> None:
    result = repo.backup(tree, repository_id="f" * 64)
    assert not result.verified
    assert "pinned" in result.reason
    assert result.repository_failed
    assert listing(repo.client("look")) == ()


def test_an_emptied_export_fails_and_nothing_is_created(
    repo: Bench, tree: Path, tmp_path: Path
) -> None:
    (tmp_path / "void").mkdir()
    result = repo.backup(tree, repository=str(tmp_path / "void"))
    assert not result.verified
    assert result.repository_failed
    assert list((tmp_path / "void").iterdir()) == []


def test_a_wrong_password_fails_without_being_shown(repo: Bench, tree: Path) -> None:
    (repo.secret / "KOPIA_PASSWORD").write_text("wrong one")
    result = repo.backup(tree)
    assert result.reason == "wrong repository password"
    assert not result.repository_failed  # it is in the PVC's own Secret
    assert "wrong one" not in str(result)
    assert PASSWORD not in str(result)


def test_no_credentials_stay_behind(repo: Bench, tree: Path) -> None:
    assert repo.backup(tree).verified
    for file in repo.root.glob("state-*/**/*"):
        if file.is_file():
            assert PASSWORD.encode() not in file.read_bytes()
