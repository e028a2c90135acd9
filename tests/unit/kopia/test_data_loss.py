from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contract.labels import ACCEPT_LOSS
from contract.names import Identity
from kopia import data_loss
from kopia.snapshots import Snapshot
from tests.unit.mover.snapshots import MINE, MORNING, snapshot

MARKED = frozenset({data_loss.HELD})


def line(*files: int, held_from: int | None = None) -> list[Snapshot]:
    """Hourly snapshots with so many files; marked from one of them on."""
    return [
        snapshot(
            id=f"{hour:032x}",
            start=MORNING + timedelta(hours=hour),
            files=count,
            tags=MARKED if held_from is not None and hour >= held_from else frozenset(),
        )
        for hour, count in enumerate(files)
    ]


def lives(*uids: str, held_from: int, restored: str = "") -> list[Snapshot]:
    """Hourly snapshots of PVCs with these uids; the last one's was restored from another."""
    *others, last = line(*[7] * len(uids), held_from=held_from)
    snapshots = [*others, structs.replace(last, restored_from=restored)]
    pairs = zip(snapshots, uids, strict=True)
    return [structs.replace(taken, pvc_uid=uid) for taken, uid in pairs]


def has_lost(before: int, files: int, *, of_bytes: int = 1, size: int = 1) -> bool:
    return data_loss.is_great(snapshot(files=before, bytes=of_bytes), files=files, size=size)


def after(past: list[Snapshot], accepted: str = "") -> Snapshot | None:
    loss = data_loss.unaccepted(past, accepted)
    return loss.after if loss else None


def test_fewer_than_half_of_the_files_is_a_great_loss() -> None:
    assert not has_lost(10, 5)
    assert has_lost(10, 4)
    assert has_lost(1, 0)
    assert not has_lost(0, 0)


@pytest.mark.parametrize(
    ("of_bytes", "size", "is_lost"),
    [
        (5_000_000, 0, True),
        (5_000_000, 4096, True),  # a database without its tables
        (5_000_000, 499_999, True),
        (5_000_000, 500_000, False),
        (100_000, 0, True),
        (1, 0, True),
        (0, 0, False),
        (0, 5_000_000, False),
    ],
)
def test_a_database_that_became_empty_is_a_great_loss_though_its_file_is_there(
    of_bytes: int, size: int, is_lost: bool
) -> None:
    assert has_lost(1, 1, of_bytes=of_bytes, size=size) is is_lost


def test_a_loss_of_bytes_is_told_in_bytes() -> None:
    before, emptied = line(1, 1, held_from=1)
    past = [structs.replace(before, bytes=5_000_000), structs.replace(emptied, bytes=0)]
    loss = data_loss.unaccepted(past)
    assert loss
    assert f"snapshot {emptied.id} holds 0 bytes, the one before it held 5000000" in loss.text()
    assert f"{ACCEPT_LOSS} names {emptied.id}" in loss.text()


def test_the_first_backup_of_another_pvc_that_was_not_restored_is_held_whatever_it_holds() -> None:
    past = lives("one", "one", "two", "two", held_from=2)
    loss = data_loss.unaccepted(past)
    assert loss
    assert loss.after == past[2]
    assert f"snapshot {past[2].id} is the first of another PVC" in loss.text()
    assert f"{ACCEPT_LOSS} names {past[2].id}" in loss.text()
    assert data_loss.unaccepted(past, past[2].id) is None


@pytest.mark.parametrize(
    ("uids", "uid", "restored", "anew"),
    [
        (["one"], "two", "", True),
        (["one", "one"], "one", "", False),
        (["one"], "two", "1" * 32, False),
        (["one", ""], "two", "", True),  # one that was made by hand between them
        ([""], "two", "", False),  # from before uids were recorded
        (["one"], "", "", False),
        ([], "two", "", False),
    ],
)
def test_unknown_is_not_another_pvc_and_a_restored_one_goes_on(
    uids: list[str], uid: str, restored: str, anew: bool
) -> None:
    past = lives(*uids, held_from=9) if uids else []
    assert data_loss.is_anew(past, uid, restored) is anew


def test_a_restored_pvc_goes_on_under_the_hold_of_its_former_life() -> None:
    """The id to accept is still that of the loss, not of the restored PVC's first backup."""
    lost = line(1000, 12, held_from=1)
    (restored,) = line(1000, held_from=0)
    restored = structs.replace(
        restored, id="e" * 32, start=MORNING + timedelta(hours=9), restored_from=lost[0].id
    )
    past = [structs.replace(taken, pvc_uid="one") for taken in lost]
    assert after([*past, structs.replace(restored, pvc_uid="two")]) == past[1]


def test_the_first_snapshot_after_the_loss_is_the_one_to_accept() -> None:
    past = line(1000, 1000, 12, 13, 14, held_from=2)
    loss = data_loss.unaccepted(past)
    assert loss
    assert loss.after == past[2]
    assert f"snapshot {past[2].id} holds 12 files" in loss.text()
    assert "held 1000" in loss.text()
    assert f"{ACCEPT_LOSS} names {past[2].id}" in loss.text()


def test_an_acceptance_releases() -> None:
    past = line(1000, 12, 13, held_from=1)
    assert after(past, past[1].id) is None
    assert after(past, past[2].id) == past[1]


def test_once_released_it_stays_so_without_the_annotation() -> None:
    before, after_loss, released = line(1000, 12, 13)
    held = [before, structs.replace(after_loss, tags=MARKED)]
    assert after(held) == held[1]
    assert after([*held, released]) is None


def test_a_leftover_acceptance_does_not_cover_a_later_loss() -> None:
    past = line(1000, 100, 100, 10, held_from=1)
    assert after(past, past[1].id) == past[3]
    assert after(past, past[3].id) is None


def test_where_the_snapshots_before_the_loss_are_gone_nothing_is_held() -> None:
    past = line(1000, 12, 13, held_from=1)
    assert after(past[1:]) is None


def test_where_the_first_one_after_it_was_deleted_the_next_one_is_to_be_accepted() -> None:
    past = line(1000, 12, 13, held_from=1)
    assert after([past[0], past[2]]) == past[2]


def test_only_complete_snapshots_of_the_identity_count() -> None:
    one, two = line(10, 10)
    torn = snapshot(id="a" * 32, errors=1, start=two.start)
    half = snapshot(id="b" * 32, incomplete="checkpoint", start=two.start)
    foreign = snapshot(id="c" * 32, identity=Identity("photos-backup", "other"))
    assert data_loss.history([two, torn, half, foreign, one], MINE) == [one, two]


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=8),
    st.integers(0, 8),
    st.integers(0, 8),
)
def test_what_is_held_is_a_marked_loss_and_nothing_newer_was_lost(
    files: list[int], held_from: int, accepted: int
) -> None:
    past = line(*files, held_from=held_from)
    loss = data_loss.unaccepted(past, f"{accepted:032x}")
    pairs = pairwise(past)
    losses = [two for one, two in pairs if two.tags and 2 * two.files < one.files]
    newest = losses[-1] if losses else None
    if newest is None or newest.id == f"{accepted:032x}":
        assert loss is None
    else:
        assert loss
        assert loss.after == newest
        assert loss.before.files > 2 * loss.after.files


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_every_loss_is_held_until_it_is_accepted(files: list[int]) -> None:
    """The Job's own steps over a volume's life, without anybody who accepts."""
    past: list[Snapshot] = []
    for hour, count in enumerate(files):
        lost = bool(past) and data_loss.is_great(past[-1], files=count, size=1)
        is_marked = lost or data_loss.unaccepted(past) is not None
        past += line(*[0] * hour, count, held_from=hour if is_marked else None)[hour:]
        if lost:
            assert after(past) == past[-1]
    any_loss = any(2 * two.files < one.files for one, two in pairwise(past))
    assert (data_loss.unaccepted(past) is not None) == any_loss


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.booleans()), min_size=1, max_size=8),
)
def test_no_life_that_was_not_restored_passes_for_the_one_before(
    story: list[tuple[str, bool]],
) -> None:
    """The Job's own steps, without anybody who accepts: held from the first such change on."""
    past: list[Snapshot] = []
    is_due = False
    for hour, (uid, is_restored) in enumerate(story):
        source = "1" * 32 if is_restored and past else ""
        known = [taken.pvc_uid for taken in past if taken.pvc_uid]
        is_due |= bool(uid and known and known[-1] != uid and not source)
        marked = data_loss.unaccepted(past) is not None or data_loss.is_anew(past, uid, source)
        (taken,) = line(7, held_from=0 if marked else None)
        when = MORNING + timedelta(hours=hour)
        changes = {"id": f"{hour:032x}", "start": when, "pvc_uid": uid, "restored_from": source}
        past.append(structs.replace(taken, **changes))
        assert (data_loss.unaccepted(past) is not None) == is_due
