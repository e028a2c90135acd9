"""The truth rules over made-up worlds, judged by rules written a second time and otherwise."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.answer import Decision
from contract.names import Claim, Identity, identity, legacy_identities
from kopia.snapshots import Snapshot
from plumber.decision import SKEW, decide
from plumber.knowledge import Knowledge, Moment, Question, listing_of

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
    sources = st.sampled_from(sorted({(i.user, i.host) for i in IDENTITIES}))
    known = Knowledge(
        listing=draw(st.sampled_from([listing, listing, listing, None])),
        trouble=draw(st.sampled_from(["", "broken"])),
        pinned=draw(st.sampled_from([HERE, HERE, HERE, ELSEWHERE, ""])),
        remembered=draw(st.frozensets(sources, max_size=1)) | listing.snapshots.keys(),
    )
    question = Question(
        claim=draw(st.sampled_from(CLAIMS)),
        arrived=draw(st.sampled_from([0.0, 0.0, 5.0])),
        as_of=draw(st.sampled_from([None, None, NOON])),
    )
    return World(known=known, question=question, snapshots=tuple(made))


def is_surely_fresh(world: World) -> bool:
    known, asked = world.known, world.question
    mine = identity(asked.claim)
    mine_or_legacy = {mine} | legacy_identities(asked.claim)
    suspects = {(i.user, i.host) for i in mine_or_legacy}
    return (
        known.listing is not None
        and known.listing.repository == known.pinned != ""
        and known.listing.began >= asked.arrived
        and asked.as_of is None
        and not any((s.identity.user, s.identity.host) in suspects for s in world.snapshots)
        and not suspects & known.remembered
        and not (known.remembered and not world.snapshots)
    )


@settings(max_examples=200)
@given(worlds())
def test_fresh_is_said_exactly_where_it_is_sure(world: World) -> None:
    answer = decide(world.known, world.question, Moment(monotonic=9.0, wall=NOON))
    assert (answer.decision is Decision.FRESH) == is_surely_fresh(world)


@settings(max_examples=200)
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
