from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.names import Claim, identity
from contract.times import SKEW
from contract.volsync import PROVIDER, SpecKey, StatusKey
from plumber.knowledge import Mark
from plumber.ledger.backup_status import marks_from_status

HERE = "a" * 64
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NUMBER = "c" * 32


def source(**result: Any) -> dict[str, Any]:
    plain = {
        StatusKey.SNAPSHOT: NUMBER,
        StatusKey.SNAPSHOT_TIME: "2026-05-01T12:00:00Z",
        StatusKey.REPOSITORY: HERE,
    }
    parameters = {SpecKey.USER: "data-backup", SpecKey.HOST: "media"}
    return {
        "metadata": {"name": "data-backup", "namespace": "media"},
        "spec": {"external": {"provider": PROVIDER, "parameters": parameters}},
        "status": {"external": plain | result},
    }


def test_a_backup_that_has_ended_is_known_under_its_pvcs_identity() -> None:
    marks = marks_from_status(source(), HERE, NOON)
    assert marks == {identity(Claim("media", "data")): Mark(NOON, NUMBER)}


def test_nobody_speaks_for_another_namespace() -> None:
    forged = source()
    forged["spec"]["external"]["parameters"][SpecKey.HOST] = "finance"
    assert {i.host for i in marks_from_status(forged, HERE, NOON)} == {"media"}


@pytest.mark.parametrize(
    "user",
    ["maintenance", "data", "-backup", "Data-backup", "a/b-backup", "d" * 100_000 + "-backup", ""],
)
def test_what_no_pvc_could_ask_for_is_no_news(user: str) -> None:
    made_up = source()
    made_up["spec"]["external"]["parameters"][SpecKey.USER] = user
    assert marks_from_status(made_up, HERE, NOON) == {}


@pytest.mark.parametrize(
    "result",
    [
        {StatusKey.REPOSITORY: "b" * 64},
        {StatusKey.SNAPSHOT: ""},
        {StatusKey.SNAPSHOT: "../etc"},
        {StatusKey.SNAPSHOT_TIME: "soon"},
        {StatusKey.SNAPSHOT_TIME: None},
    ],
)
def test_what_is_no_snapshot_of_this_repository_is_no_news(result: dict[str, Any]) -> None:
    assert marks_from_status(source(**result), HERE, NOON) == {}


def test_a_time_ahead_of_ours_cannot_stand_above_all_later_backups() -> None:
    assert marks_from_status(source(), HERE, NOON - SKEW)
    assert marks_from_status(source(), HERE, NOON - SKEW - timedelta(seconds=1)) == {}


@pytest.mark.parametrize("part", ["spec", "status"])
def test_a_source_without_a_word_of_ours_is_no_news(part: str) -> None:
    plain = source()
    for cut in (None, {}, {"external": None}, {"external": {}}):
        assert marks_from_status({**plain, part: cut}, HERE, NOON) == {}
