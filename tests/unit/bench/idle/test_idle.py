from collections import Counter

from bench.idle.__main__ import figures, lines
from bench.idle.audit_log import Request
from bench.idle.programs import Cost
from contract.answer import SERVICE
from contract.audit import SERVICE as AUDIT_SERVICE
from contract.scope import MOVER

SECONDS = 100.0
COST = Cost(cpu_percent=1.234, rss=50_000_000, rss_most=70_000_000)
COSTS = dict.fromkeys((MOVER, SERVICE, AUDIT_SERVICE), COST)
COUNTS = Counter(
    {
        Request(MOVER, "get", "configmaps", True): 20,
        Request(MOVER, "get", "configmaps", False): 10,
        Request(MOVER, "list", "jobs", False): 10,
        Request(SERVICE, "watch", "replicationsources", False): 50,
    }
)


def test_the_rates_of_the_programs_add_up_to_that_of_all():
    totals = figures(COUNTS, Counter({MOVER: 6}), COSTS, SECONDS)
    rates = {name: totals[name]["requests_per_s"] for name in ("mover", "plumber", "audit")}
    assert rates == {"mover": 0.4, "plumber": 0.5, "audit": 0.0}
    assert totals["requests_per_s"] == 0.9
    assert totals["mover"]["watches"] == 6
    assert totals["mover"]["rss_most_mb"] == 70.0


def test_requests_for_one_object_and_for_many_are_one_line_the_most_frequent_first():
    table = [line.split() for line in lines(COUNTS, SECONDS)]
    assert table[0] == ["plumber", "watch", "replicationsources", "50", "0.500/s"]
    assert table[1] == ["mover", "get", "configmaps", "30", "0.300/s"]
    assert len(table) == 3
