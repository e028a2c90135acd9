from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.labels import DESTINATION, SOURCE
from fakes.builders import NOW
from mover.scheduling.node_affinity import Mover
from mover.scheduling.policy import GIVES_WAY, Situation, Ticket, startable
from tests.effort import examples
from tests.unit.mover.situations import ANY, NODES, outage, situation, ticket


def went(line: list[Ticket], state: Situation) -> list[str]:
    placements = startable(sorted(line, key=lambda t: t.order), state)
    return [placement.ticket.uid for placement in placements]


ROLES = st.sampled_from([SOURCE, DESTINATION])
UIDS = [f"uid-{number}" for number in range(12)]
LINES = st.lists(
    st.builds(
        ticket,
        st.sampled_from(UIDS),
        st.integers(0, 90),
        ROLES,
        attempts=st.integers(0, 5),
        starts=st.booleans(),
        needs=st.frozensets(st.sampled_from(NODES), max_size=2),
    ),
    unique_by=lambda ticket: ticket.uid,
    max_size=8,
)
PLACES = st.builds(
    Mover,
    owner=st.sampled_from(UIDS),
    node=st.sampled_from(("", *NODES)),
    avoids=st.frozensets(st.sampled_from(NODES), max_size=2),
)
STATES = st.builds(
    situation,
    st.dictionaries(st.sampled_from(UIDS), ROLES),
    st.lists(PLACES, max_size=5).map(tuple),
    st.frozensets(st.sampled_from(NODES)),
    st.integers(1, 6),
    st.integers(1, 3),
)


@given(line=LINES, state=STATES)
def test_never_more_at_work_than_the_limit(line: list[Ticket], state: Situation) -> None:
    new = set(went(line, state)) - set(state.load.at_work)
    free = state.limits.total - len(state.load.at_work)
    assert len(new) <= max(free, 0)
    if state.load.nodes:
        most = state.limits.per_node * len(state.load.nodes)
        assert len(new) <= max(most - len(state.load.at_work), 0)


@given(line=LINES, state=STATES)
def test_restores_go_first_then_who_is_due_longest(line: list[Ticket], state: Situation) -> None:
    comers = [replace(t, starts=False) for t in line if t.uid not in state.load.at_work]
    chosen = went(comers, state)

    def rank(ticket: Ticket) -> tuple[bool, timedelta]:
        is_restore = ticket.role == DESTINATION and ticket.attempts < GIVES_WAY
        return not is_restore, ticket.since - NOW

    # No more of those that have failed than their places stand in line at all.
    retries = sorted((ticket for ticket in comers if ticket.attempts), key=rank)
    line = [ticket for ticket in comers if not ticket.attempts]
    late = sorted(map(rank, [*line, *retries[: state.places_for_retries]]))[: len(chosen)]
    assert sorted(rank(ticket) for ticket in comers if ticket.uid in chosen) == late


def test_a_restore_that_keeps_failing_stands_in_line_with_the_backups() -> None:
    line = [ticket("backup", 5), ticket("restore", 1, DESTINATION, attempts=GIVES_WAY)]
    assert went(line, situation(total=1)) == ["backup"]
    line[1] = replace(line[1], attempts=GIVES_WAY - 1)
    assert went(line, situation(total=1)) == ["restore"]


@given(line=LINES, state=STATES)
def test_attempts_after_a_failed_one_leave_a_place_to_the_others(
    line: list[Ticket], state: Situation
) -> None:
    line = [replace(ticket, starts=False) for ticket in line]
    retries = {t.uid for t in line if t.attempts and t.uid in state.load.at_work}
    state = replace(state, load=replace(state.load, retries=frozenset(retries)))
    new = [uid for uid in went(line, state) if uid not in state.load.at_work]
    retried = [t.uid for t in line if t.attempts and t.uid in new]
    if retried:
        assert len(retries) + len(retried) <= max(state.places - 1, 1)


def test_one_that_keeps_failing_waits_while_only_the_last_place_is_free() -> None:
    again, new = ticket("again", 9, attempts=2), ticket("new", 1)
    state = situation({"x": SOURCE})
    held = replace(state, load=replace(state.load, retries=frozenset("x")))
    assert went([again, new], state) == ["again"]
    assert went([again, new], held) == ["new"]
    # A cluster with a single place has none to leave.
    assert went([again], situation(total=1)) == ["again"]


def test_an_outage_is_probed_by_who_has_failed_least() -> None:
    line = [ticket("again", 9, DESTINATION, attempts=2), ticket("new", 1)]
    assert went(line, situation(outage=outage())) == ["new"]


def test_a_mover_from_before_the_outage_does_not_keep_others_from_probing() -> None:
    """A first backup may take ten hours."""
    line, now_failing = [ticket("backup", 5)], outage()
    for hours, is_probed in ((-2, False), (0, True)):
        long = Mover(owner="x", made=now_failing.since + timedelta(hours=hours))
        state = situation({"x": SOURCE}, (long,), outage=now_failing)
        assert went(line, state) == ([] if is_probed else ["backup"])


@given(line=LINES, state=STATES, seconds=st.integers(0, 7200))
def test_in_an_outage_at_most_one_job_goes_and_only_alone(
    line: list[Ticket], state: Situation, seconds: int
) -> None:
    state = replace(state, outage=outage(seconds))
    chosen = went(line, state)
    assert len(chosen) <= 1
    assert state.outage
    if state.load.movers or state.outage.probe_at > NOW:
        assert chosen == []


def test_an_outage_is_probed_as_soon_as_its_pause_is_over() -> None:
    line = [ticket("backup", 5), ticket("restore", 1, DESTINATION)]
    assert went(line, situation(outage=outage())) == ["restore"]
    assert went(line, situation(outage=outage(seconds=1))) == []
    # Who has its volume already and waits for its Job is the first to try.
    waiting = [*line, ticket("waits", 9, starts=True)]
    assert went(waiting, situation({"waits": SOURCE}, outage=outage())) == ["waits"]


@settings(max_examples=examples(40))
@given(data=st.data(), per_node=st.integers(1, 3), total=st.integers(1, 9))
def test_no_node_ever_holds_more_than_its_limit_whatever_the_scheduler_does(
    data: st.DataObject, per_node: int, total: int
) -> None:
    line = [
        ticket(uid, starts=True, needs=data.draw(st.sampled_from([ANY, *map(frozenset, NODES)])))
        for uid in UIDS
    ]
    movers: list[Mover] = []
    for _ in range(20):
        state = situation(
            {mover.owner: SOURCE for mover in movers},
            tuple(movers),
            frozenset(NODES),
            total,
            per_node,
        )
        placements = startable(line, state)
        if placements and data.draw(st.booleans()):
            first = placements[0]
            line.remove(first.ticket)
            movers.append(Mover(owner=first.ticket.uid, only=first.only, avoids=first.avoid))
        elif movers:
            at = data.draw(st.integers(0, len(movers) - 1))
            fit = [node for node in NODES if movers[at].may_be_on(node)]
            if movers[at].node or not fit:
                del movers[at]
            else:
                movers[at] = replace(movers[at], node=data.draw(st.sampled_from(fit)))
        for node in NODES:
            assert sum(mover.node == node for mover in movers) <= per_node


@given(line=LINES, total=st.integers(1, 3), arrivals=st.integers(0, 3))
def test_nobody_starves_while_new_ones_keep_coming(
    line: list[Ticket], total: int, arrivals: int
) -> None:
    queue = [replace(ticket, starts=True) for ticket in line]
    first = {ticket.uid for ticket in queue}
    for round_number in range(len(queue)):
        for number in range(arrivals):
            # Due later, as all that comes later is; a failed attempt is due again later too.
            late = ticket(
                f"late-{round_number}-{number}", -1 - round_number, DESTINATION, attempts=GIVES_WAY
            )
            queue.append(late)
        gone = went(queue, situation(total=total, nodes=frozenset(NODES)))
        queue = [ticket for ticket in queue if ticket.uid not in gone]
    assert not first & {ticket.uid for ticket in queue}


def test_a_full_node_holds_up_only_who_needs_it() -> None:
    busy = (Mover(owner="x", node="a"),)
    line = [
        ticket("local", 9, starts=True, needs=frozenset("a")),
        ticket("free", 5, starts=True),
        ticket("later", 1),
    ]
    state = situation({"x": SOURCE}, busy, frozenset("ab"), total=4)
    (placement,) = startable(line, state)
    assert (placement.ticket.uid, placement.avoid) == ("free", {"a"})


def test_the_last_room_on_a_node_goes_to_who_has_waited_longest_for_it() -> None:
    line = [
        ticket("first", 9, starts=True, needs=frozenset("a")),
        ticket("second", 5, starts=True, needs=frozenset("a")),
        ticket("third", 1, starts=True),
    ]
    holders = {ticket.uid: SOURCE for ticket in line}
    placements = startable(line, situation(holders, (), frozenset("ab"), total=9))
    assert [(item.ticket.uid, item.only, item.avoid) for item in placements] == [
        ("first", {"a"}, ANY),
        ("third", ANY, {"a"}),
    ]


def test_of_the_nodes_that_it_needs_a_job_is_sent_to_those_with_room() -> None:
    line = [ticket("local", starts=True, needs=frozenset("ab"))]
    (placement,) = startable(line, situation({}, (Mover(owner="x", node="a"),), frozenset("ab")))
    assert (placement.only, placement.avoid) == ({"b"}, ANY)


def test_a_full_node_that_takes_no_pods_just_now_is_avoided_too() -> None:
    # It may be ready again before the scheduler looks.
    (placement,) = startable(
        [ticket("x", starts=True)], situation({}, (Mover(owner="y", node="c"),), frozenset("ab"))
    )
    assert placement.avoid == {"c"}


def test_there_are_no_more_places_than_the_nodes_may_run() -> None:
    assert situation(nodes=frozenset("ab"), total=9, per_node=2).places == 4
    assert situation(nodes=frozenset("ab"), total=3, per_node=2).places == 3
    # Of no node it is known that it would take a pod: that is the scheduler's to tell.
    assert situation(total=9).places == 9
