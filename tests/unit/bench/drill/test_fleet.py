from concurrent.futures import Future

from bench.drill.fleet import Seen, refusals, snapshot

REFUSED = """\
Error from server: error when creating "STDIN": admission webhook "x" denied the request: unknown
Error from server (InternalError): error when creating "STDIN": Internal error occurred
error: something of kubectl's own
"""


def test_every_refused_object_counts() -> None:
    assert refusals(REFUSED) == 2
    assert refusals("") == 0


def test_a_backup_counts_once_it_has_ended() -> None:
    made = {"external": {"snapshot": "a"}, "lastSyncTime": "2026-01-01T00:00:00Z"}
    assert snapshot({"status": made}) == "a"
    assert snapshot({"status": {"external": {"snapshot": "a"}}}) == ""
    assert snapshot({}) == ""
    assert snapshot(None) == ""


def test_it_is_over_when_all_are_bound_and_compared() -> None:
    done: Future = Future()
    done.set_result((1.0, ()))
    seen = Seen(bound={"a": 1.0, "b": 1.0}, proofs={"a": done, "b": Future()})
    assert not seen.is_over(2)
    seen.proofs["b"] = done
    assert seen.is_over(2)
    assert not seen.is_over(3)
