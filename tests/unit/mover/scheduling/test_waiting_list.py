from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from contract.labels import DESTINATION, SOURCE
from fakes.builders import NOW
from kube.resource import REPLICATION_SOURCE, ObjectKey
from mover.scheduling.policy import Ticket
from mover.scheduling.waiting_list import WaitingList


def ticket(name: str, seconds: int = 0, role: str = SOURCE, **more: object) -> Ticket:
    key = ObjectKey(REPLICATION_SOURCE, "media", name)
    since = NOW + timedelta(seconds=seconds)
    # The same uid for many: order must not depend on it to find one again.
    values = {"key": key, "uid": "uid", "role": role, "since": since, **more}
    return Ticket(**values)  # ty: ignore[invalid-argument-type]


TICKETS = st.builds(
    ticket, st.sampled_from("abcde"), st.integers(0, 2), st.sampled_from([SOURCE, DESTINATION])
)
MOVES = st.lists(TICKETS | st.sampled_from("abcde"))


@given(moves=MOVES)
def test_the_line_is_in_order_and_holds_each_key_once(moves: list[Ticket | str]) -> None:
    waiting_list, expected = WaitingList(), dict[ObjectKey, Ticket]()
    for move in moves:
        if isinstance(move, Ticket):
            waiting_list.join(move)
            assert move in waiting_list
            expected[move.key] = move
        else:
            key = ObjectKey(REPLICATION_SOURCE, "media", move)
            assert waiting_list.leave(key) is (expected.pop(key, None) is not None)
        assert [ticket.order for ticket in waiting_list] == sorted(
            t.order for t in expected.values()
        )
        assert {ticket.key: ticket for ticket in waiting_list} == expected
        assert len(waiting_list) == len(expected)
