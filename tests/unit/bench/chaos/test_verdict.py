from dataclasses import replace

import pytest

from bench.chaos.verdict import Backup, Restoration, Verdict, backup_of, judge, seconds

OLD = Backup(snapshot="a", time=100, files=1, reported=110.0, counter=1)
NEW = Backup(snapshot="b", time=200, files=2, reported=210.0, counter=2)
EMPTY = Backup(snapshot="e", time=50, files=0, reported=60.0)
BACK = Restoration(
    created=300.0, is_bound=True, restored="b", restored_time=200, counter=2, written=2
)


@pytest.mark.parametrize(
    ("restoration", "backups", "verdict"),
    [
        (BACK, [OLD, NEW], Verdict.RIGHT),
        # Nothing was ever complete: fresh is right, files in it are not.
        (replace(BACK, restored="", restored_time=0, counter=None), [], Verdict.RIGHT),
        (replace(BACK, restored="", restored_time=0), [], Verdict.OTHER),
        # What was complete is not restored.
        (replace(BACK, restored="", restored_time=0, counter=None), [OLD], Verdict.EMPTY),
        (replace(BACK, restored="", restored_time=0, counter=None), [EMPTY], Verdict.EMPTY),
        (replace(BACK, counter=None), [OLD, NEW], Verdict.EMPTY),
        (replace(BACK, restored="x", restored_time=250, counter=None), [OLD], Verdict.EMPTY),
        (replace(BACK, restored="a", restored_time=100, counter=1), [OLD, NEW], Verdict.OLDER),
        # The newest was not complete yet when the PVC was asked for.
        (
            replace(BACK, created=150.0, restored="a", restored_time=100, counter=1),
            [OLD, NEW],
            Verdict.RIGHT,
        ),
        # A backup of an empty volume is one.
        (replace(BACK, restored="e", restored_time=50, counter=None), [EMPTY], Verdict.RIGHT),
        (replace(BACK, restored="x", restored_time=70, counter=None), [EMPTY], Verdict.RIGHT),
        # A newer one that nobody has told of holds at least as much, and no more than was written.
        (replace(BACK, restored="x", restored_time=250, counter=2), [OLD], Verdict.RIGHT),
        (replace(BACK, restored="x", restored_time=250, counter=0), [OLD], Verdict.OTHER),
        (replace(BACK, restored="x", restored_time=250, counter=3), [OLD], Verdict.OTHER),
        # The very snapshot, with other content.
        (replace(BACK, counter=1), [NEW], Verdict.OTHER),
        (replace(BACK, counter=3, written=3), [NEW], Verdict.OTHER),
        (replace(BACK, is_intact=False), [OLD, NEW], Verdict.OTHER),
        (replace(BACK, is_bound=False), [OLD, NEW], Verdict.STUCK),
        (Restoration(), [], Verdict.STUCK),
    ],
)
def test_a_pvc_is_judged_by_what_was_complete(
    restoration: Restoration, backups: list[Backup], verdict: Verdict
) -> None:
    assert judge(restoration, backups) is verdict
    assert judge(restoration, reversed(backups)) is verdict


def test_a_source_without_a_complete_backup_tells_nothing() -> None:
    assert backup_of("|||", 1.0, {}) is None
    assert backup_of("7|||", 1.0, {}) is None


def test_only_the_first_snapshot_of_a_token_is_its_own() -> None:
    tokens: dict[str, str] = {}
    first = backup_of("7|a|2026-03-01T12:00:00Z|3", 1.0, tokens)
    assert first == Backup(
        snapshot="a", time=seconds("2026-03-01T12:00:00Z"), files=3, reported=1.0, counter=7
    )
    later = backup_of("7|b|2026-03-01T13:00:00Z|3", 2.0, tokens)
    assert later is not None
    assert later.counter is None
    assert backup_of("7|a|2026-03-01T12:00:00Z|3", 3.0, tokens) == replace(first, reported=3.0)


def test_an_automatic_backup_has_no_counter() -> None:
    backup = backup_of("|a|2026-03-01T12:00:00Z|", 1.0, {})
    assert backup is not None
    assert (backup.counter, backup.files) == (None, 0)


def test_times_with_fractions_are_the_same_second() -> None:
    assert seconds("2026-03-01T12:00:00.987654Z") == seconds("2026-03-01T12:00:00Z")
