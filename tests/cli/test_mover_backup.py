import json
from pathlib import Path
from typing import Any

import pytest

from contract.schedule import RETENTION
from kopia.command import KopiaError
from kopia.snapshots import listing
from mover import backup, retention
from tests.mover.repository import IDENTITY, PASSWORD, Bench, bench, plant


@pytest.fixture
def repo(tmp_path: Path, kopia_binary: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("PATH", str(kopia_binary.parent), prepend=":")
    return bench(tmp_path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return plant(tmp_path / "data")


def test_a_backup_is_verified_after_it_was_read_back(repo: Bench, tree: Path) -> None:
    result = repo.backup(tree)
    assert result.verified, result.reason
    (found,) = listing(repo.client("look"))
    assert (result.snapshot, result.repository) == (found.id, repo.id)
    assert found.identity == IDENTITY
    assert (result.files, result.dirs, result.errors) == (8, 6, 0)
    assert (result.files, result.bytes) == (found.files, found.bytes)


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
    assert [found.id for found in listing(repo.client("look"))] == [result.snapshot]


def test_retention_is_the_identitys_own_policy(repo: Bench, tree: Path) -> None:
    assert repo.backup(tree).verified
    found = json.loads(repo.client("look").run("policy", "show", str(IDENTITY), "--json"))
    assert found["retention"] == {
        "keepLatest": 0,
        "keepHourly": 24,
        "keepDaily": 7,
        "keepWeekly": 4,
        "keepMonthly": 2,
        "keepAnnual": 0,
        "ignoreIdenticalSnapshots": False,
    }
    assert found["compression"]["compressorName"] == "zstd"


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
    full = retention.policy

    def forgetful(keep: dict[str, int], *, privileged: bool) -> dict[str, Any]:
        made = full(keep, privileged=privileged)
        made["files"]["ignore"] = ["zero"]
        return made

    monkeypatch.setattr(retention, "policy", forgetful)
    result = repo.backup(tree)
    assert not result.verified
    assert "holds 7 files" in result.reason
    assert listing(repo.client("look")) == ()


def test_nothing_expires_while_a_snapshot_is_made(
    repo: Bench, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = {**RETENTION.items(), "hourly": 0, "daily": 1, "weekly": 0, "monthly": 0}
    first = repo.backup(tree, retention=only)

    def doubt(*_: object) -> None:
        raise KopiaError("cannot be read back")

    monkeypatch.setattr(backup, "_read_back", doubt)
    assert not repo.backup(tree, retention=only).verified
    assert [found.id for found in listing(repo.client("look"))] == [first.snapshot]


def test_what_is_not_to_be_kept_expires_after_the_proof(repo: Bench, tree: Path) -> None:
    only = {**RETENTION.items(), "hourly": 0, "daily": 1, "weekly": 0, "monthly": 0}
    assert repo.backup(tree, retention=only).verified
    second = repo.backup(tree, retention=only)
    assert [found.id for found in listing(repo.client("look"))] == [second.snapshot]


def test_another_repository_gets_no_backup(repo: Bench, tree: Path) -> None:
    result = repo.backup(tree, repository_id="f" * 64)
    assert not result.verified
    assert "pinned" in result.reason
    assert listing(repo.client("look")) == ()


def test_an_emptied_export_fails_and_nothing_is_created(
    repo: Bench, tree: Path, tmp_path: Path
) -> None:
    (tmp_path / "void").mkdir()
    result = repo.backup(tree, repository=str(tmp_path / "void"))
    assert not result.verified
    assert list((tmp_path / "void").iterdir()) == []


def test_a_wrong_password_fails_without_being_shown(repo: Bench, tree: Path) -> None:
    (repo.secret / "KOPIA_PASSWORD").write_text("wrong one")
    result = repo.backup(tree)
    assert result.reason == "wrong repository password"
    assert "wrong one" not in str(result)
    assert PASSWORD not in str(result)


def test_no_credentials_stay_behind(repo: Bench, tree: Path) -> None:
    assert repo.backup(tree).verified
    for file in repo.root.glob("state-*/**/*"):
        if file.is_file():
            assert PASSWORD.encode() not in file.read_bytes()
