"""Sorted waiting list of movers. Memory only: made anew from the objects after a restart."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterator
from operator import attrgetter

from kube.resource import ObjectKey
from mover.scheduling.policy import Ticket

_ORDER = attrgetter("order")


class WaitingList(Collection[Ticket]):
    """Tickets, one for each key, sorted at any time."""

    def __init__(self) -> None:
        self._tickets: dict[ObjectKey, Ticket] = {}
        self._sorted: list[Ticket] = []

    def join(self, ticket: Ticket) -> None:
        """Takes a ticket in, in place of an earlier one of its key."""
        if ticket not in self:
            self.leave(ticket.key)
            self._tickets[ticket.key] = ticket
            insort(self._sorted, ticket, key=_ORDER)

    def leave(self, key: ObjectKey) -> bool:
        """Lets go of a key. Whether it was there."""
        ticket = self._tickets.pop(key, None)
        if ticket is None:
            return False
        at = bisect_left(self._sorted, ticket.order, key=_ORDER)
        while self._sorted[at].key != key:
            at += 1
        del self._sorted[at]
        return True

    def __contains__(self, ticket: object) -> bool:
        return isinstance(ticket, Ticket) and self._tickets.get(ticket.key) == ticket

    def __iter__(self) -> Iterator[Ticket]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)
