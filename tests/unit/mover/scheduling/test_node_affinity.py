from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contract.names import Identity
from fakes import builders
from fakes.builders import CONFIG, PIN, SPACE
from mover.job import task
from mover.manifest.job import job
from mover.scheduling.node_affinity import Mover, avoided, full, kept_off, kept_on, only

NODES = ("a", "b", "c")
SOME = st.frozensets(st.sampled_from(NODES))
MOVERS = st.builds(
    Mover, owner=st.text("xyz"), node=st.sampled_from(("", *NODES)), only=SOME, avoids=SOME
)


def made(node: str = "") -> Any:
    return job(
        builders.source(status=builders.running()),
        CONFIG,
        task.restore(PIN, Identity("photos-backup", SPACE), 60, builders.ORDERED, ""),
        volume="v",
        secret="s",
        privileged=True,
        node=node,
    )


@given(movers=st.lists(MOVERS, max_size=6), limit=st.integers(1, 3))
def test_wherever_the_scheduler_sends_them_one_more_fits_on_a_node_with_room(
    movers: list[Mover], limit: int
) -> None:
    for node in set(NODES) - full(NODES, movers, limit):
        assert sum(mover.may_be_on(node) for mover in movers) < limit


def test_a_mover_without_a_node_counts_on_each_that_it_may_come_to() -> None:
    waiting = Mover(owner="x", avoids=frozenset("a"))
    assert full(NODES, [waiting], 1) == {"b", "c"}
    assert full(NODES, [Mover(owner="x", only=frozenset("a"))], 1) == {"a"}
    assert full(NODES, [Mover(owner="x", node="c", avoids=frozenset("a"))], 1) == {"c"}


def terms(job: Any) -> Any:
    affinity = job["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]
    return affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]


def test_a_job_is_kept_off_each_of_some_nodes() -> None:
    off = kept_off(made(), frozenset("ba"))
    (term,) = terms(off)  # of several terms one would be enough
    # The API server takes exactly one value for a field.
    assert [field["values"] for field in term["matchFields"]] == [["a"], ["b"]]
    assert (avoided(off), only(off)) == ({"a", "b"}, frozenset())


def test_a_job_is_kept_on_any_of_some_nodes() -> None:
    on = kept_on(made(), frozenset("ba"))
    assert [len(term["matchFields"]) for term in terms(on)] == [1, 1]
    assert (avoided(on), only(on)) == (frozenset(), {"a", "b"})


def test_a_job_that_reads_a_pvc_in_use_is_bound_to_its_node() -> None:
    assert only(made("a")) == {"a"}
    assert only(kept_on(made("a"), frozenset("a"))) == {"a"}


def test_nothing_is_changed_where_no_node_is_full() -> None:
    free = made()
    assert kept_off(free, frozenset()) is free
    kept_off(free, frozenset("a"))
    assert avoided(free) == frozenset()
