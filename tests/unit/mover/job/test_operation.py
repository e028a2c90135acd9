import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract.schedule import RETENTION
from kopia.failure import KopiaError, PasswordError
from mover.job import __main__ as program
from mover.job import operation, task
from mover.job.task import Backup, Task
from mover.result import Result, decode
from tests.unit.mover.job.test_restore import ORDER
from tests.unit.mover.job.test_session import RAW, repository

EITHER = pytest.mark.parametrize("backup", [Backup(retention=RETENTION), None])


def order(tmp_path: Path, backup: Backup | None = None) -> Task:
    now = replace(ORDER.ordered, at=datetime.now(UTC))
    folders = {"repository": str(tmp_path), "state": str(tmp_path / "s")}
    return replace(ORDER, ordered=now, backup=backup, **folders)


@EITHER
def test_what_goes_wrong_is_a_result_that_proves_nothing(
    tmp_path: Path, backup: Backup | None
) -> None:
    result = operation.perform(order(tmp_path, backup))
    assert not result.verified
    assert "no repository" in result.reason
    assert result.repository_failed


def test_the_fault_of_one_volume_is_not_the_repositorys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> Result:
        raise KopiaError("snapshot 1 is not complete")

    monkeypatch.setattr(operation.restore, "run", fail)
    task = replace(order(tmp_path), repository_id=RAW.hex(), repository=str(tmp_path / "r"))
    repository(tmp_path / "r")
    assert not operation.perform(task).repository_failed
    (tmp_path / "r").rename(tmp_path / "gone")
    assert operation.perform(task).repository_failed


def test_a_wrong_password_is_the_fault_of_the_pvcs_own_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Result:
        raise PasswordError("wrong repository password")

    monkeypatch.setattr(operation.restore, "run", refuse)
    repository(tmp_path / "r")
    task = replace(order(tmp_path), repository_id=RAW.hex(), repository=str(tmp_path / "r"))
    assert not operation.perform(task).repository_failed


def test_a_path_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "STATUS", tmp_path / "gone")
    assert "gone" in operation.perform(order(tmp_path)).reason


def test_a_job_without_an_order_leaves_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(task.VARIABLE, raising=False)
    assert program.main(tmp_path / "log") == program.FAILED
    result = decode((tmp_path / "log").read_text())
    assert result
    assert "MOVER_TASK is missing" in result.reason


@EITHER
def test_a_root_that_cannot_be_left_does_no_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backup: Backup | None
) -> None:
    def refuse(kept: tuple[str, ...]) -> None:
        assert kept == (operation.capabilities.READ if backup else operation.capabilities.WRITE)
        raise OSError(1, "Operation not permitted", "capabilities")

    monkeypatch.setattr(operation, "ROOT", os.geteuid())
    monkeypatch.setattr(operation.capabilities, "become_user", refuse)
    result = operation.carry_out({task.VARIABLE: task.encode(order(tmp_path, backup))})
    assert "root cannot be left" in result.reason
    assert not (tmp_path / "s").exists()
