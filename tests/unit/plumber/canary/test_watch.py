import asyncio
from collections.abc import Callable
from typing import Any

from contract import policies
from kube.api import ApiError
from plumber.canary.review import CANARIES, Canary
from plumber.canary.watch import NOT_ASKED, Watch


class Cluster:
    """Has these policies, or does not answer."""

    def __init__(self, exist: bool = True) -> None:
        self.exist, self.is_away = exist, False

    async def get(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        if self.is_away:
            raise ApiError("the API server does not answer")
        return {} if self.exist else None

    async def find(
        self, kind: str, namespace: str, selector: str, fields: str = ""
    ) -> list[dict[str, Any]]:
        raise NotImplementedError


class Kyverno:
    """Answers as a function says."""

    def __init__(self, answer: Callable[[Canary], object]) -> None:
        self.answer = answer

    async def ask(self, canary: Canary) -> object:
        return self.answer(canary)


def judges(canary: Canary) -> object:
    is_validating = canary.kind == policies.VALIDATING
    return {"response": {"allowed": not is_validating, **({} if is_validating else {"patch": "W"})}}


def passes(canary: Canary) -> object:
    return {"response": {"allowed": True}}


def look(cluster: Cluster, answer: Callable[[Canary], object]) -> str:
    return asyncio.run(Watch(cluster, Kyverno(answer)).look())


def test_a_kyverno_that_judges_is_ready():
    assert look(Cluster(), judges) == ""


def test_one_policy_that_is_not_compiled_makes_it_unready():
    for missing in CANARIES:
        answer = look(Cluster(), lambda one, gap=missing: (passes if one is gap else judges)(one))
        assert missing.policy in answer
        assert missing.kind in answer


def test_what_the_cluster_does_not_have_is_not_asked_for():
    """Before the first `pulumi up` is through, and while the glass is broken."""
    assert look(Cluster(exist=False), passes) == ""


def test_a_silent_kyverno_is_unready():
    def silent(canary: Canary) -> object:
        raise ConnectionRefusedError

    assert "does not answer" in look(Cluster(), silent)


def test_without_the_api_server_a_new_one_is_unready_and_an_old_one_stays_ready():
    cluster = Cluster()
    watch = Watch(cluster, Kyverno(judges))
    assert watch.trouble == NOT_ASKED
    cluster.is_away = True
    assert "API server" in asyncio.run(watch.look())
    cluster.is_away = False
    assert asyncio.run(watch.look()) == ""
    cluster.is_away = True
    assert asyncio.run(watch.look()) == ""
