import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.names import Claim, claim_of, identity
from contract.repository import OWNER_KEY, PIN_CONFIG_MAP, PIN_KEY, SHARED_KEY
from contract.scope import VOLSYNC_NAMESPACE
from fakes.api_server import FakeApiServer
from fakes.builders import PIN
from kopia.command import Kopia
from kopia.failure import KopiaError
from kopia.maintenance import Maintenance
from kube.resource import CONFIG_MAP
from mover import maintenance_owner
from mover.maintenance_owner import FIRST, Ownership, SharedError, note, ownership, take_over

PLACE = (CONFIG_MAP, VOLSYNC_NAMESPACE, PIN_CONFIG_MAP)


@dataclass
class Repository:
    """Its owner of maintenance, and a kopia that can change it; made for `monkeypatch`."""

    owner: str = "maintenance@volsync"
    is_stubborn: bool = False
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, *args: str) -> str:
        self.commands.append(args)
        if not self.is_stubborn:
            self.owner = args[-1].removeprefix("--owner=")
        return ""


@dataclass
class Cluster:
    """A cluster with its pin, which maintains a repository as the program does."""

    repository: Repository
    pin: dict[str, Any]

    @classmethod
    def of(cls, repository: Repository, uid: str) -> "Cluster":
        return cls(repository, {"metadata": {"uid": uid}, "data": {PIN_KEY: "a" * 64}})

    def maintain(self) -> str:
        own = ownership(self.pin)
        former = take_over(cast(Kopia, self.repository), own)
        self.pin["data"][OWNER_KEY] = own.name
        return former


@pytest.fixture(autouse=True)
def kopia_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def state(repository: Any) -> Maintenance:
        return Maintenance(owner=repository.owner, last_full=None)

    monkeypatch.setattr(maintenance_owner.maintenance, "state", state)


def test_a_repository_of_an_earlier_release_is_taken_over_once_and_silently() -> None:
    cluster = Cluster.of(Repository(), "one")
    assert cluster.maintain() == "maintenance@volsync"
    assert [cluster.maintain() for _ in range(3)] == ["", "", ""]
    assert cluster.repository.owner == "maintenance@one"


def test_a_rebuilt_cluster_takes_over_from_the_one_that_is_gone() -> None:
    repository = Repository()
    Cluster.of(repository, "one").maintain()
    rebuilt = Cluster.of(repository, "two")
    assert rebuilt.maintain() == "maintenance@one"
    assert rebuilt.maintain() == ""


@given(st.lists(st.sampled_from("ab"), max_size=12))
def test_of_two_living_clusters_one_stops_and_neither_takes_turns(order: list[str]) -> None:
    repository = Repository()
    clusters = {name: Cluster.of(repository, name) for name in "ab"}
    stopped = set[str]()
    for name in [*order, *"abab"]:
        before = repository.owner
        try:
            clusters[name].maintain()
        except SharedError as error:
            stopped.add(name)
            named = error.other
        else:
            named = before = repository.owner
        assert repository.owner == before == named
    assert len(stopped) == 1
    changes = [command for command in repository.commands if command[:2] == ("maintenance", "set")]
    assert len(changes) == 2


def test_a_pin_that_was_restored_into_another_cluster_is_no_proof() -> None:
    repository = Repository()
    one = Cluster.of(repository, "one")
    one.maintain()
    clone = Cluster(repository, {"metadata": {"uid": "two"}, "data": {**one.pin["data"]}})
    assert not ownership(clone.pin).is_proven
    assert clone.maintain() == "maintenance@one"
    with pytest.raises(SharedError):
        one.maintain()


def test_an_owner_that_kopia_keeps_is_told() -> None:
    with pytest.raises(KopiaError, match="stays the owner"):
        Cluster.of(Repository(is_stubborn=True), "one").maintain()


@given(st.uuids())
def test_no_pvc_has_the_identity_of_an_owner(uid: Any) -> None:
    owner = ownership({"metadata": {"uid": str(uid)}}).identity
    for one in (owner, FIRST):
        assert claim_of(one) is None
        assert identity(Claim("volsync", "maintenance")).user != one.user


def noted(world: FakeApiServer, own: Ownership, shared_with: str = "") -> dict[str, str]:
    asyncio.run(note(world, VOLSYNC_NAMESPACE, own, shared_with))
    return world.objects[PLACE]["data"]


def test_who_maintains_is_kept_with_the_pin_and_the_pin_stays() -> None:
    world = FakeApiServer()
    own = ownership(world.objects[PLACE])
    assert noted(world, own, "maintenance@two")[SHARED_KEY] == "maintenance@two"
    data = noted(world, own)
    assert data == {PIN_KEY: PIN, OWNER_KEY: own.name, SHARED_KEY: ""}
    assert ownership(world.objects[PLACE]).is_proven
    version = world.objects[PLACE]["metadata"]["resourceVersion"]
    noted(world, own)
    assert world.objects[PLACE]["metadata"]["resourceVersion"] == version


def test_a_pin_that_is_gone_is_not_made_anew() -> None:
    world = FakeApiServer()
    del world.objects[PLACE]
    with pytest.raises(KopiaError, match="is gone"):
        noted(world, Ownership())
    assert PLACE not in world.objects
