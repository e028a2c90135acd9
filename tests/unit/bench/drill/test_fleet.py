from concurrent.futures import Future

from bench.drill.fleet import Progress, refusals, snapshot

REFUSED = """\
Error from server: error when creating "STDIN": admission webhook "x" denied the request: unknown
Error from server (InternalError): error when creating "STDIN": Internal error occurred
error: something of kubectl's own
"""


def test_every_refused_object_counts() -> None:
    assert refusals(REFUSED) == 2
    assert refusals("") == 0


def test_a_backup_counts_once_it_has_ended() -> None:
    status = {"external": {"snapshot": "a"}, "lastSyncTime": "2026-01-01T00:00:00Z"}
    assert snapshot({"status": status}) == "a"
    assert snapshot({"status": {"external": {"snapshot": "a"}}}) == ""
    assert snapshot({}) == ""
    assert snapshot(None) == ""


def test_it_is_over_when_all_are_bound_and_compared() -> None:
    comparison: Future = Future()
    comparison.set_result((1.0, ()))
    progress = Progress(bound={"a": 1.0, "b": 1.0}, proofs={"a": comparison, "b": Future()})
    assert not progress.is_over(2)
    progress.proofs["b"] = comparison
    assert progress.is_over(2)
    assert not progress.is_over(3)
