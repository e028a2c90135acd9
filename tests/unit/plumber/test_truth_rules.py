"""The truth rules over made-up worlds, judged by rules written a second time and otherwise."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.answer import Decision
from contract.names import Claim, Identity, identity, legacy_identities
from contract.times import SKEW
from kopia.snapshots import Snapshot
from plumber.decision import decide
from plumber.knowledge import (
    NEVER,
    Knowledge,
    Mark,
    Memory,
    Moment,
    Question,
    listing_of,
    marks_of,
    newer,
)
from tests.effort import examples

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CLAIMS = (Claim("a", "data"), Claim("a", "da.ta"), Claim("a", "d" * 60), Claim("b", "data"))
IDENTITIES = sorted(
    {i for c in CLAIMS for i in {identity(c)} | legacy_identities(c)}
    | {Identity("data-backup", "a", "/other")}
)
HERE, ELSEWHERE = "a" * 64, "b" * 64


@dataclass(frozen=True, kw_only=True)
class World:
    known: Knowledge
    question: Question
    snapshots: tuple[Snapshot, ...]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    hours = st.integers(-3, 3).map(lambda h: NOON + timedelta(hours=h))
    made = draw(
        st.lists(
            st.builds(
                Snapshot,
                id=st.uuids().map(lambda u: u.hex),
                identity=st.sampled_from(IDENTITIES),
                start=hours,
                end=hours,
                incomplete=st.sampled_from(["", "", "checkpoint"]),
                files=st.just(1),
                dirs=st.just(1),
                bytes=st.just(1),
                errors=st.sampled_from([0, 0, 1]),
            ),
            max_size=3,
        )
    )
    listing = listing_of(made, repository=HERE, began=draw(st.floats(0, 9)))
    old = draw(
        st.dictionaries(
            st.sampled_from(IDENTITIES),
            st.builds(Mark, hours, st.just("f" * 32), st.sampled_from([True, True, False])),
            max_size=1,
        )
    )
    listed = marks_of(listing)
    memory = Memory(
        repository=draw(st.sampled_from([HERE, HERE, HERE, ELSEWHERE])),
        marks={**listed, **newer(old, listed)},
        read=draw(st.sampled_from([9.0, 9.0, 1.0, NEVER])),
        trouble=draw(st.sampled_from(["", "away"])),
        is_lost=draw(st.booleans()),
    )
    known = Knowledge(
        listing=draw(st.sampled_from([listing, listing, listing, None])),
        trouble=draw(st.sampled_from(["", "broken"])),
        pinned=draw(st.sampled_from([HERE, HERE, HERE, ELSEWHERE, ""])),
        memory=memory,
    )
    ids = sorted({s.id for s in made} | {"f" * 32, ""})
    question = Question(
        claim=draw(st.sampled_from(CLAIMS)),
        arrived=draw(st.sampled_from([0.0, 0.0, 5.0])),
        as_of=draw(st.sampled_from([None, None, NOON])),
        start_empty=draw(st.sampled_from(["", *ids])),
    )
    return World(known=known, question=question, snapshots=tuple(made))


def traces(world: World) -> list[tuple[datetime, str]]:
    """Every sign of a backup that may be this PVC's."""
    mine = {identity(world.question.claim)} | legacy_identities(world.question.claim)
    suspects = {(i.user, i.host) for i in mine}
    listed = [s for s in world.snapshots if (s.identity.user, s.identity.host) in suspects]
    known = [mark[:2] for i, mark in world.known.memory.marks.items() if i in mine]
    return [*((s.start, s.id) for s in listed), *known]


def is_surely_fresh(world: World) -> bool:
    known, asked = world.known, world.question
    if not (
        known.listing is not None
        and known.listing.repository == known.pinned == known.memory.repository
        and known.listing.began >= asked.arrived
        and known.memory.read >= asked.arrived
        and asked.as_of is None
    ):
        return False
    evidence = traces(world)
    if not evidence:
        return bool(world.snapshots) or not known.memory.marks
    return bool(asked.start_empty) and asked.start_empty == left_behind(world)


def left_behind(world: World) -> str:
    """The newest complete backup of the PVC itself; where there is none, its newest trace."""
    exact = identity(world.question.claim)
    own = [
        (s.start, s.id)
        for s in world.snapshots
        if s.identity == exact and not s.incomplete and not s.errors
    ]
    if not own:
        return max(traces(world))[1]
    mark = world.known.memory.marks.get(exact)
    chosen = max(own)
    if chosen[0] > NOON + SKEW or not mark or not mark.is_complete or mark.time <= chosen[0]:
        return chosen[1]
    return mark.id if mark.id not in {s.id for s in world.snapshots} else chosen[1]


@settings(max_examples=examples(500))
@given(worlds())
def test_fresh_is_said_exactly_where_it_is_sure(world: World) -> None:
    answer = decide(world.known, world.question, Moment(monotonic=9.0, wall=NOON))
    assert (answer.decision is Decision.FRESH) == is_surely_fresh(world)


@settings(max_examples=examples(200))
@given(worlds())
def test_a_restore_names_the_newest_fitting_snapshot(world: World) -> None:
    answer = decide(world.known, world.question, Moment(monotonic=9.0, wall=NOON))
    if answer.decision is not Decision.RESTORE:
        assert answer.snapshot is None
        return
    chosen, as_of = answer.snapshot, world.question.as_of
    assert chosen is not None
    assert chosen in world.snapshots
    assert chosen.identity == identity(world.question.claim)
    assert (chosen.incomplete, chosen.errors) == ("", 0)
    assert chosen.start <= min(as_of or NOON + SKEW, NOON + SKEW)
    mark = world.known.memory.marks.get(chosen.identity)
    believed = mark and world.known.memory.repository == HERE and mark.is_complete
    if mark and believed and mark.time > chosen.start:
        assert mark.id in {s.id for s in world.snapshots} or (as_of and mark.time > as_of)
    for other in world.snapshots:
        if other.identity == chosen.identity and other.is_complete and other.start > chosen.start:
            assert as_of is not None
            assert other.start > as_of


@given(worlds())
def test_every_answer_has_a_reason_and_only_known_ones_a_good_status(world: World) -> None:
    answer = decide(world.known, world.question, Moment(monotonic=9.0, wall=NOON))
    assert answer.reason
    assert (answer.status == 200) == (answer.decision is not Decision.UNKNOWN)
    assert answer.body()["authoritative"] is (answer.status == 200)
    assert answer.body()["exists"] is (answer.decision is Decision.RESTORE)
