from contract.schedule import RETENTION
from mover import retention


def test_every_key_that_kopia_would_inherit_is_set() -> None:
    keep = retention.policy(RETENTION.items(), privileged=True)["retention"]
    wanted = {"keepLatest", "keepHourly", "keepDaily", "keepWeekly", "keepMonthly", "keepAnnual"}
    assert wanted < set(keep)


def test_nothing_is_left_out_but_what_only_root_may_read() -> None:
    assert "ignore" not in retention.policy({}, privileged=True)["files"]
    assert retention.policy({}, privileged=False)["files"]["ignore"] == ["/lost+found"]


def test_while_a_snapshot_is_made_more_is_kept_than_can_exist() -> None:
    keep = retention.policy(retention.HOLD, privileged=True)["retention"]
    assert keep["keepLatest"] >= 1_000_000
