from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import schedule
from contract.names import Claim
from tests.unit.contract.strategies import claims


@given(claim=claims)
def test_hourly_runs_once_an_hour_at_a_stable_minute(claim):
    minute, rest = schedule.cron("hourly", claim).split(" ", 1)
    assert 0 <= int(minute) < 60
    assert rest == "* * * *"
    assert schedule.cron("hourly", claim) == f"{minute} {rest}"


@given(claim=claims, window=st.integers(1, schedule.MAX_WINDOW))
def test_daily_starts_inside_its_window(claim, window):
    minute, hour, *rest = schedule.cron("daily", claim, window=window).split()
    after_two = (int(hour) - schedule.DAILY_HOUR) * 60 + int(minute)
    assert 0 <= after_two < window
    assert int(hour) < 24
    assert rest == ["*", "*", "*"]


def test_without_spread_the_literal_schedules_are_used():
    claim = Claim("app", "data")
    assert schedule.cron("hourly", claim, spread=False) == "0 * * * *"
    assert schedule.cron("daily", claim, spread=False) == "0 2 * * *"


@pytest.mark.parametrize("window", [0, -1, schedule.MAX_WINDOW + 1])
def test_an_impossible_window_is_refused(window):
    with pytest.raises(ValueError, match="window"):
        schedule.cron("daily", Claim("app", "data"), window=window)


def test_a_schedule_never_moves_between_versions():
    claim = Claim("media", "photos")
    assert schedule.cron("hourly", claim) == "46 * * * *"
    assert schedule.cron("daily", claim) == "46 2 * * *"


@given(label=st.text(max_size=9), claim=claims)
def test_what_is_no_tier_has_no_schedule(label, claim):
    if not schedule.is_tier(label):
        with pytest.raises(KeyError):
            schedule.cron(label, claim)


@pytest.mark.parametrize(
    "value", ["weekly", "Hourly", "", " daily", "none", None, 1, ["daily"], {}]
)
def test_only_the_words_of_the_table_are_tiers(value):
    assert not schedule.is_tier(value)
    assert all(schedule.is_tier(tier) for tier in schedule.TIERS)


def test_three_thousand_pvcs_do_not_start_together():
    minutes = Counter(
        schedule.spread_offset(Claim("app", f"data-{index}"), 60) for index in range(3000)
    )
    assert len(minutes) == 60
    assert max(minutes.values()) < 1.6 * 3000 / 60


def test_every_retention_key_of_kopia_is_set():
    assert schedule.RETENTION.items() == {
        "hourly": 24,
        "daily": 7,
        "weekly": 4,
        "monthly": 2,
        "annual": 0,
        "latest": 2,
    }


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ("30 4 * * *", False),
        ("0 2 * * *", True),
        ("59 2 * * 0", True),
        ("0 3 * * *", False),
        ("59 1 * * *", False),
        ("*/15 * * * *", False),
        ("", False),
    ],
)
def test_a_fixed_time_within_the_daily_window_is_seen(line, inside):
    assert schedule.is_in_window(line, 60) is inside
