"""Two clusters at one repository, as ADR 24 has it: the real kopia and a pvc-plumber in each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.answer import decision_path
from contract.names import Claim, identity
from fakes.http_api import FakeCluster, running
from kopia.format_blob import unique_id

Start = Callable[..., Any]
DATA = Claim("apps", "data")
ELSEWHERE = "0" * 64


def chosen(plumber: Any) -> tuple[str, str | None]:
    _, answer = plumber.get(decision_path(DATA))
    return answer["decision"], answer.get("snapshot")


@pytest.fixture
def other_cluster() -> Iterator[FakeCluster]:
    with running() as other:
        yield other


def test_two_clusters_of_one_repository_share_the_history_of_a_pvc_of_one_name(
    start: Start, back_up: Callable[..., str], other_cluster: FakeCluster, repository: Path
) -> None:
    other_cluster.pin(unique_id(repository))
    first, second = start(), start(at=other_cluster)
    for _ in ("backed up here", "backed up there"):  # movers of both write under one identity
        snapshot_id = back_up(identity(DATA))
        for plumber in (first, second):  # no news of it came, so each learns it by its next list
            plumber.wait_until(
                "the chosen snapshot",
                lambda plumber=plumber, snapshot_id=snapshot_id: (
                    chosen(plumber) == ("restore", snapshot_id)
                ),
            )


def test_a_cluster_that_is_pinned_to_another_repository_refuses_and_says_why(
    start: Start, back_up: Callable[..., str], other_cluster: FakeCluster
) -> None:
    back_up(identity(DATA))
    other_cluster.pin(ELSEWHERE)
    plumber = start(at=other_cluster, ready=False)
    plumber.pin.write_text(ELSEWHERE)
    plumber.wait_until(
        "a complaint about the repository",
        lambda: "another repository is mounted" in plumber.reason(),
    )
    for claim in (DATA, Claim("apps", "new")):
        status, answer = plumber.get(decision_path(claim))
        assert (status, answer["decision"]) == (503, "unknown")
        assert "another repository is mounted" in answer["reason"]
    assert start().ask(DATA) == "restore"
