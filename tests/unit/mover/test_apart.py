"""Movers in a namespace of their own: what is made where, in which order it goes, what is left."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.repository import SYSTEM_SECRET
from contract.scope import MOVERS_NAMESPACE
from fakes import builders
from fakes.api_server import FakeApiServer, Killed, Object
from fakes.builders import APART, SPACE
from kube import resource
from kube.resource import JOB, PVC, SNAPSHOT, SNAPSHOT_CONTENT, ObjectKey
from mover import names
from mover.controller.reconciler import Reconciler
from mover.metrics import Metrics
from tests.unit.mover.story import (
    DESTINATION,
    ENOUGH,
    SOURCE,
    TEMPORARY,
    finish_jobs,
    live,
    new_world,
    reconciler,
    step,
)

COPY = "volsync-media.photos-backup-src"
FILLED = "volsync-media.photos-restore-dest"


class Recorded(FakeApiServer):
    """Remembers what the mover has made and removed, in order."""

    log: list[tuple[str, str, str, str]]

    def __init__(self) -> None:
        super().__init__()
        self.log = []

    async def create(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        made = await super().create(manifest, dry_run=dry_run)
        meta = manifest["metadata"]
        if not dry_run and manifest["kind"] in TEMPORARY:
            self.log.append(("+", manifest["kind"], meta.get("namespace", ""), meta["name"]))
        return made

    async def delete(self, kind: str, namespace: str, name: str, uid: str, version: str) -> None:
        await super().delete(kind, namespace, name, uid, version)
        self.log.append(("-", kind, namespace, name))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    monkeypatch.setattr("tests.unit.mover.story.FakeApiServer", Recorded)
    made = new_world()
    assert isinstance(made, Recorded)
    return made


def play(world: FakeApiServer, key: ObjectKey, rounds: int = ENOUGH) -> None:
    controller = reconciler(world, APART)
    for _ in range(rounds):
        step(world, controller, key)
        world.settle_volumes()
        finish_jobs(world)
        world.tick(5)


def test_a_backup_takes_the_volume_to_the_movers_and_leaves_nothing(world: Recorded) -> None:
    play(world, SOURCE)
    mine = "volsync-photos-backup-src"
    assert world.log == [
        ("+", SNAPSHOT, SPACE, mine),
        ("+", SNAPSHOT_CONTENT, "", COPY),
        ("+", SNAPSHOT, MOVERS_NAMESPACE, COPY),
        ("+", PVC, MOVERS_NAMESPACE, COPY),
        ("+", JOB, MOVERS_NAMESPACE, "volsync-src-media.photos-backup"),
        ("-", JOB, MOVERS_NAMESPACE, "volsync-src-media.photos-backup"),
        ("-", PVC, MOVERS_NAMESPACE, COPY),
        ("-", SNAPSHOT, MOVERS_NAMESPACE, COPY),
        ("-", SNAPSHOT_CONTENT, "", COPY),
        ("-", SNAPSHOT, SPACE, mine),
    ]
    assert live(world, SOURCE)["status"]["lastSyncTime"]


def test_a_restore_brings_its_image_to_the_pvc(world: Recorded) -> None:
    play(world, DESTINATION)
    image = live(world, DESTINATION)["status"]["latestImage"]["name"]
    sync = image.removeprefix("volsync-photos-restore-dest-")
    theirs = f"{FILLED}-{sync}"
    assert world.log == [
        ("+", PVC, MOVERS_NAMESPACE, FILLED),
        ("+", JOB, MOVERS_NAMESPACE, "volsync-dst-media.photos-restore"),
        ("+", SNAPSHOT, MOVERS_NAMESPACE, theirs),
        ("+", SNAPSHOT_CONTENT, "", theirs),
        ("+", SNAPSHOT, SPACE, image),
        ("-", JOB, MOVERS_NAMESPACE, "volsync-dst-media.photos-restore"),
        ("-", PVC, MOVERS_NAMESPACE, FILLED),
    ]


def test_the_image_of_an_earlier_restore_goes_before_what_it_was_made_by(world: Recorded) -> None:
    play(world, DESTINATION)
    first = live(world, DESTINATION)["status"]["latestImage"]["name"]
    del world.log[:]
    by_hand = {"spec": {"trigger": {"manual": "again"}}}
    world.change(DESTINATION.kind, SPACE, DESTINATION.name, by_hand)
    play(world, DESTINATION)
    gone = [
        (kind, space)
        for sign, kind, space, name in world.log
        if sign == "-" and first[-16:] in name
    ]
    assert gone == [(SNAPSHOT, SPACE), (SNAPSHOT_CONTENT, ""), (SNAPSHOT, MOVERS_NAMESPACE)]


def test_a_second_content_never_deletes_at_the_storage(world: Recorded) -> None:
    for key in (SOURCE, DESTINATION):
        play(world, key, rounds=3)
    made = [one for one in world.all(SNAPSHOT_CONTENT) if one["metadata"].get("labels")]
    assert len(made) == 2
    for content in made:
        assert content["spec"]["deletionPolicy"] == "Retain"
        assert content["spec"]["source"]["snapshotHandle"]


def test_a_job_finds_the_password_in_the_movers_namespace(world: Recorded) -> None:
    step(world, reconciler(world, APART), DESTINATION)
    (job,) = world.all(JOB)
    volumes = job["spec"]["template"]["spec"]["volumes"]
    assert [v["secret"]["secretName"] for v in volumes if "secret" in v] == [SYSTEM_SECRET]


def ours(world: FakeApiServer) -> set[tuple[str, str, str]]:
    """Temporaries that Kubernetes does not remove with their owner."""
    return {
        address
        for address in world.objects
        if address[0] in TEMPORARY and address[1] != SPACE and "snapcontent" not in address[2]
    }


@pytest.mark.parametrize("key", [SOURCE, DESTINATION], ids=["source", "destination"])
@pytest.mark.parametrize("rounds", range(6))
def test_what_an_owner_that_is_gone_has_left_is_removed_whoever_dies(
    key: ObjectKey, rounds: int
) -> None:
    whole = new_world()
    play(whole, key, rounds)
    before = len(ours(whole))
    for at in range(before + 1):
        world = new_world()
        play(world, key, rounds)
        world.remove(*(key.kind, key.namespace, key.name))
        world.kill_at = world.writes + at if at else 0
        controller = reconciler(world, APART)
        try:
            asyncio.run(controller.run(key))
        except Killed:
            controller = reconciler(world, APART)
            asyncio.run(controller.run(key))
        assert ours(world) == set(), f"killed after removal {at}"
        assert asyncio.run(controller.run(key)) is None


def test_a_new_owner_of_the_same_name_begins_with_nothing(world: Recorded) -> None:
    play(world, DESTINATION, rounds=3)
    before = {world.objects[address]["metadata"]["uid"] for address in ours(world)}
    world.put(DESTINATION.kind, live(world, DESTINATION) | {"status": {}})
    play(world, DESTINATION)
    after = {world.objects[address]["metadata"]["uid"] for address in ours(world)}
    assert before
    assert not before & after


def test_a_namespace_that_is_named_keeps_its_movers() -> None:
    world = new_world()
    own = replace(APART, in_namespaces=(SPACE,))
    asyncio.run(Reconciler(world, own, Metrics()).run(DESTINATION))
    assert {space for kind, space, _ in world.objects if kind == resource.JOB} == {SPACE}


NAME = st.text("ab-.", min_size=1, max_size=8).map(lambda text: f"a{text}b")
LABEL = st.text("ab-", max_size=6).map(lambda text: f"a{text}b")


@given(ones=st.tuples(LABEL, NAME), others=st.tuples(LABEL, NAME))
def test_no_two_owners_share_a_name(ones: tuple[str, str], others: tuple[str, str]) -> None:
    stems = [
        builders.source(namespace=space, name=name, workplace=MOVERS_NAMESPACE).stem
        for space, name in (ones, others)
    ]
    for one, other in pairwise(stems):
        assert (names.source_copy(one) == names.source_copy(other)) == (ones == others)
