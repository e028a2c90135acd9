from contract.schedule import RETENTION
from mover.job import kopia_policy
from mover.job.kopia_policy import Rules

PRIVILEGED = Rules(privileged=True)


def test_every_key_that_kopia_would_inherit_is_set() -> None:
    keep = kopia_policy.policy(RETENTION.items(), PRIVILEGED)["retention"]
    wanted = {"keepLatest", "keepHourly", "keepDaily", "keepWeekly", "keepMonthly", "keepAnnual"}
    assert wanted < set(keep)


def test_nothing_is_left_out_but_what_only_root_may_read() -> None:
    assert "ignore" not in kopia_policy.policy({}, PRIVILEGED)["files"]
    assert kopia_policy.policy({}, Rules(privileged=False))["files"]["ignore"] == ["/lost+found"]


def test_while_a_snapshot_is_made_more_is_kept_than_can_exist() -> None:
    keep = kopia_policy.policy(kopia_policy.HOLD, PRIVILEGED)["retention"]
    assert keep["keepLatest"] >= 1_000_000


def test_unreadable_files_fail_a_backup_unless_somebody_has_allowed_them() -> None:
    strict = kopia_policy.policy({}, PRIVILEGED)["errorHandling"]
    assert (strict["ignoreFileErrors"], strict["ignoreDirectoryErrors"]) == (False, False)
    allowed = Rules(privileged=True, skips_unreadable=True)
    lenient = kopia_policy.policy({}, allowed)["errorHandling"]
    assert (lenient["ignoreFileErrors"], lenient["ignoreDirectoryErrors"]) == (True, True)
