from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.repository import PIN_KEY
from kopia.command import KopiaError
from mover import maintenance
from mover.job import session
from mover.maintenance import Schedule


def test_the_stacks_id_goes_before_the_one_that_bootstrap_told(tmp_path: Path) -> None:
    file = tmp_path / PIN_KEY
    assert maintenance.expected_id("", file) == ""
    file.write_text("told\n")
    assert maintenance.expected_id("", file) == "told"
    assert maintenance.expected_id("stack", file) == "stack"


LAST = datetime(2026, 3, 1, 4, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "due"), [(1, False), (23, False), (24, True), (30, True), (24 * 9, True)]
)
def test_a_full_one_follows_its_schedule_and_a_missed_one_is_made_up(hours: int, due: bool) -> None:
    daily = Schedule(line="30 4 * * *")
    assert daily.is_due(LAST, LAST + timedelta(hours=hours)) == due


def test_the_first_one_is_full_and_so_is_each_without_a_schedule() -> None:
    assert Schedule(line="30 4 * * *").is_due(None, LAST)
    assert Schedule().is_due(LAST, LAST)


def test_without_the_repository_nothing_runs(tmp_path: Path) -> None:
    client = session.kopia(tmp_path / "state", "maintenance", 5, tmp_path)
    with pytest.raises(KopiaError, match="no repository"):
        maintenance.run(client, tmp_path, "a" * 64)


def test_a_last_one_that_lies_ahead_is_waited_for_by_nobody() -> None:
    daily = Schedule(line="30 4 * * *")
    assert daily.is_due(LAST + timedelta(days=400), LAST)
