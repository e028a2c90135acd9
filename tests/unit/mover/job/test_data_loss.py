from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contract.labels import ACCEPT_LOSS
from contract.names import Identity
from kopia.snapshots import Snapshot
from mover.job import data_loss
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


def after(past: list[Snapshot], accepted: str = "") -> Snapshot | None:
    loss = data_loss.unaccepted(past, accepted)
    return loss.after if loss else None


def test_fewer_than_half_of_the_files_is_a_great_loss() -> None:
    assert not data_loss.is_great(10, 5)
    assert data_loss.is_great(10, 4)
    assert data_loss.is_great(1, 0)
    assert not data_loss.is_great(0, 0)


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
    losses = [two for one, two in pairs if two.tags and data_loss.is_great(one.files, two.files)]
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
        lost = bool(past) and data_loss.is_great(past[-1].files, count)
        is_marked = lost or data_loss.unaccepted(past) is not None
        past += line(*[0] * hour, count, held_from=hour if is_marked else None)[hour:]
        if lost:
            assert after(past) == past[-1]
    any_loss = any(data_loss.is_great(one.files, two.files) for one, two in pairwise(past))
    assert (data_loss.unaccepted(past) is not None) == any_loss
