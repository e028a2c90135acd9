from dataclasses import replace
from pathlib import Path

import pytest

from kopia.failure import KopiaError
from mover.job import __main__ as job
from mover.result import Result, decode
from mover.settings import JobSettings
from tests.unit.mover.job.test_restore import JOB
from tests.unit.mover.job.test_session import RAW, repository


def settings(tmp_path: Path) -> JobSettings:
    return replace(JOB, repository=str(tmp_path), state=str(tmp_path / "s"))


@pytest.mark.parametrize("task", ["backup", "restore"])
def test_what_goes_wrong_is_a_result_that_proves_nothing(tmp_path: Path, task: str) -> None:
    result = job.perform(task, settings(tmp_path))
    assert not result.verified
    assert "no repository" in result.reason
    assert result.repository_failed


def test_the_fault_of_one_volume_is_not_the_repositorys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> Result:
        raise KopiaError("snapshot 1 is not complete")

    monkeypatch.setitem(job.RUN, "restore", fail)
    found = replace(settings(tmp_path), repository_id=RAW.hex(), repository=str(tmp_path / "r"))
    repository(tmp_path / "r")
    assert not job.perform("restore", found).repository_failed
    (tmp_path / "r").rename(tmp_path / "gone")
    assert job.perform("restore", found).repository_failed


def test_a_path_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "STATUS", tmp_path / "gone")
    assert "gone" in job.perform("backup", settings(tmp_path)).reason


@pytest.mark.parametrize("words", [[], ["sync"], ["backup", "restore"]])
def test_another_task_is_refused(tmp_path: Path, words: list[str]) -> None:
    assert job.main(words, tmp_path / "log") == job.MISUSED
    assert not (tmp_path / "log").exists()


def test_a_job_without_settings_leaves_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "ROOT", -1)  # the test itself may run as root, and stays it
    monkeypatch.delenv("MOVER_REPOSITORY_ID", raising=False)
    assert job.main(["backup"], tmp_path / "log") == job.FAILED
    result = decode((tmp_path / "log").read_text())
    assert result
    assert "MOVER_REPOSITORY_ID" in result.reason


def test_a_root_that_cannot_be_left_does_no_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(kept: tuple[str, ...]) -> None:
        raise OSError(1, "Operation not permitted", "capabilities")

    monkeypatch.setattr(job, "ROOT", job.os.geteuid())
    monkeypatch.setattr(job.capabilities, "become_user", refuse)
    assert job.main(["restore"], tmp_path / "log") == job.FAILED
    result = decode((tmp_path / "log").read_text())
    assert result
    assert "root cannot be left" in result.reason
