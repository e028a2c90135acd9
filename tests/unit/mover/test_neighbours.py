"""PVCs with trouble of their own do not hold up the others."""

import pytest

from bench.neighbours.__main__ import HEALTHY, TROUBLES, simulate
from bench.neighbours.__main__ import HOURS as WHOLE
from fakes.builders import CONFIG
from tests.effort import examples

HOURS = examples(WHOLE, least=2)
ILL = examples(5, least=3)
PLACES = CONFIG.max_jobs_per_node  # of the one node
# Their first attempts, as many at once as there are places; from then on one place is left free.
ROUNDS = -(-ILL // PLACES)


@pytest.mark.parametrize(("work", "rounds"), [("backups", 1), ("restores", ROUNDS)])
def test_others_wait_for_a_place_at_most_and_the_repository_is_not_blamed(
    work: str, rounds: int
) -> None:
    delays = simulate(TROUBLES["mount"], hours=HOURS, **{work: ILL})
    assert delays.backups == HEALTHY * HOURS
    assert delays.p95 < rounds * CONFIG.start_deadline
    assert delays.median < 60
    assert delays.repository_fails == 0


def test_one_whose_node_cannot_reach_the_repository_is_no_outage() -> None:
    delays = simulate(TROUBLES["node"], hours=HOURS, backups=1)
    assert delays.backups == HEALTHY * HOURS
    assert delays.repository_fails == 0
