import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kopia import maintenance
from kopia.command import Kopia, KopiaError

Make = Callable[[str], Kopia]
DAY = 86400 * 10**9  # nanoseconds
INFO = {
    "owner": "maintenance@volsync",
    "full": {"enabled": True, "interval": DAY},
    "schedule": {"nextFullMaintenance": "2026-03-02T04:30:05.123456789Z"},
}
NEVER = {"schedule": {"nextFullMaintenance": "0001-01-01T00:00:00Z"}}
ABROAD = {"schedule": {"nextFullMaintenance": "2026-03-02T05:30:05+01:00"}}


def test_owner_and_last_full_run_are_read(fake_kopia: Make) -> None:
    info = maintenance.state(fake_kopia(f"print({json.dumps(INFO)!r})"))
    assert info.owner == "maintenance@volsync"
    assert info.last_full == datetime(2026, 3, 1, 4, 30, 5, 123456, tzinfo=UTC)


def test_a_repository_that_was_never_fully_maintained_says_so(fake_kopia: Make) -> None:
    info = maintenance.state(fake_kopia(f"print({json.dumps(INFO | NEVER)!r})"))
    assert info.last_full is None


def test_a_time_of_another_zone_is_the_same_time(fake_kopia: Make) -> None:
    info = maintenance.state(fake_kopia(f"print({json.dumps(INFO | ABROAD)!r})"))
    assert info.last_full == datetime(2026, 3, 1, 4, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "output",
    ["", "[]", "{}", *(json.dumps(INFO | {key: None}) for key in INFO)],
)
def test_malformed_info_is_a_failure(fake_kopia: Make, output: str) -> None:
    with pytest.raises(KopiaError, match="malformed"):
        maintenance.state(fake_kopia(f"print({output!r})"))


def status(**epochs: int) -> str:
    content = {"epochParameters": epochs} if epochs else {}
    return json.dumps({"uniqueIDHex": "1f", "contentFormat": content})


@pytest.mark.parametrize(
    ("output", "changes"),
    [
        (status(MinEpochDuration=DAY), True),
        (status(MinEpochDuration=DAY // 24), False),
        (status(), False),
    ],
)
def test_epochs_are_changed_only_where_they_differ(
    fake_kopia: Make, tmp_path: Path, output: str, changes: bool
) -> None:
    orders = tmp_path / "orders"
    kopia = fake_kopia(f"""
if args[-1] == "--json":
    print({output!r})
else:
    print(*args[-3:], file=open({str(orders)!r}, "a"))
""")
    assert maintenance.shorten_epochs(kopia, timedelta(hours=1)) == changes
    command = "repository set-parameters --epoch-min-duration=3600s\n"
    assert (orders.read_text() if orders.exists() else "") == (command if changes else "")


@pytest.mark.parametrize("output", ["", "[]", "{}", '{"contentFormat": null}'])
def test_a_malformed_status_is_a_failure(fake_kopia: Make, output: str) -> None:
    with pytest.raises(KopiaError, match="malformed"):
        maintenance.shorten_epochs(fake_kopia(f"print({output!r})"), timedelta(hours=1))
