from bench.storm.__main__ import Storm, broken, simulate

SMALL = Storm(
    sources=80,
    restores=12,
    minutes=65,
    nodes=3,
    limit=4,
    node_limit=2,
    outage=(25, 35),
    restarts=(15, 30),
    restores_at=10,
)


def test_many_backups_an_outage_and_two_restarts_keep_every_promise() -> None:
    outcome = simulate(SMALL)
    # So few starts cannot be even; scripts/bench storm has enough of them.
    assert [text for text in broken(outcome) if text != "starts are bunched"] == []
    assert outcome["backups"] >= SMALL.sources  # each had a slot
    assert outcome["max_running"] == SMALL.limit
    assert outcome["max_running_per_node"] == SMALL.node_limit
    assert outcome["probes_at_once"] == 1
    # Some that ran when it began, then single ones with growing pauses; dozens were due.
    assert outcome["failed_jobs"] <= SMALL.limit + 15
