from dataclasses import replace

import pytest

from contract.labels import DESTINATION, SOURCE
from mover.scheduling.node_affinity import Mover
from mover.scheduling.policy import reason
from tests.unit.mover.situations import ANY, outage, situation, ticket


@pytest.mark.parametrize(
    ("position", "text"),
    [
        (3, "position 3 of 17: 2 of 2 movers are at work (1 restore)"),
        (10, "position 10 of 17: 2 of 2 movers are at work (1 restore)"),
        (11, "position over 10: the limit of movers is 2"),
        (30, "position over 10: the limit of movers is 2"),
        (31, "position over 30: the limit of movers is 2"),
        (2999, "position over 1000: the limit of movers is 2"),
    ],
)
def test_a_position_is_exact_near_the_head_and_seldom_changes_behind(
    position: int, text: str
) -> None:
    state = situation({"x": SOURCE, "y": DESTINATION})
    assert reason(ticket("a"), position, 17, state) == text


def test_who_has_failed_before_reads_why_the_last_place_is_not_for_him() -> None:
    state = situation({"x": SOURCE})
    state = replace(state, load=replace(state.load, retries=frozenset("x")))
    again = ticket("a", attempts=1)
    words = "position 1 of 3: the last place is for one that has not failed"
    assert reason(again, 1, 3, state) == words
    assert reason(ticket("b"), 2, 3, state).endswith("1 of 2 movers are at work (0 restore)")


def test_the_reason_names_the_full_node() -> None:
    busy = (Mover(owner="x", node="a"), Mover(owner="y", node="b"))
    held = situation({"local": SOURCE}, busy, frozenset("ab"), total=4)
    local = ticket("local", starts=True, needs=frozenset("a"))
    assert reason(local, 1, 1, held) == "no room on node a: the limit of movers on a node is 1"
    assert reason(replace(local, needs=ANY), 1, 1, held).startswith("no room on any node")
    # Whoever is at work has no position that says more.
    assert reason(local, 50, 60, held) == reason(local, 1, 1, held)


def test_in_an_outage_the_reason_is_the_repositorys() -> None:
    state = situation(outage=outage(seconds=1))
    near = reason(ticket("a"), 1, 20, state)
    assert near.startswith("the repository fails: it is away; probing again at 2026-03-01T12:30:")
    tried = replace(state, load=replace(state.load, movers=(Mover(owner="x"),)))
    assert reason(ticket("a"), 1, 20, tried).endswith("it is away; a mover tries it")
    # Thousands are not rewritten at each probe.
    assert reason(ticket("a"), 11, 20, state) == "the repository fails since 2026-03-01T12:29:59Z"
