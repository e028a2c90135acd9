import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from fakes import builders
from kube import client, resource
from kube.api import Change
from kube.resource import ObjectKey
from mover import names
from mover.controller import watch as module
from mover.controller.watch import LIFE, OUR_CHILDREN, Pulse, Watched, keys, watch, watched
from mover.manifest import volume

Object = dict[str, Any]
REF = {"kind": resource.REPLICATION_DESTINATION, "name": "rd", "uid": "u", "controller": True}
JOBS = Watched(resource.JOB, OUR_CHILDREN)
OWNER = ObjectKey(resource.REPLICATION_DESTINATION, "media", "rd")


def child(*refs: Object) -> Object:
    return {"metadata": {"name": "x", "namespace": "media", "ownerReferences": list(refs)}}


def test_a_temporary_leads_to_its_owner() -> None:
    assert list(keys(resource.JOB, child(REF))) == [OWNER]


def test_an_owner_is_looked_at_itself() -> None:
    item = {"metadata": {"name": "rd", "namespace": "media"}}
    assert list(keys(resource.REPLICATION_DESTINATION, item)) == [OWNER]


@pytest.mark.parametrize(
    "refs", [[], [{**REF, "kind": "Job"}], [{**REF, "controller": False}]], ids=str
)
def test_other_owners_are_nobodys_business(refs: list[Object]) -> None:
    assert list(keys(resource.PVC, child(*refs))) == []
    assert list(keys(resource.PVC, {"metadata": {"name": "x", "namespace": "media"}})) == []


def test_of_what_others_make_too_only_the_mover_s_own_is_watched() -> None:
    for settings in (builders.CONFIG, builders.APART):
        watches = watched(settings)
        assert {w.kind for w in watches if not w.selector} == set(module.OWNERS)
        assert {w.selector for w in watches if w.kind not in module.OWNERS} == {OUR_CHILDREN}


def test_jobs_are_watched_only_where_movers_work() -> None:
    assert [w for w in watched(builders.CONFIG) if w.kind == resource.JOB] == [JOBS]
    some = replace(builders.APART, in_namespaces=("media", "web"))
    spaces = [w.namespace for w in watched(some) if w.kind == resource.JOB]
    assert spaces == ["kopia-movers", "media", "web"]


def test_a_temporary_elsewhere_leads_to_its_owner() -> None:
    owner = builders.destination(name="rd", workplace="kopia-movers")
    for space in ("kopia-movers", ""):
        made = {"metadata": volume.metadata(owner, space, "x")}
        assert list(keys(resource.SNAPSHOT_CONTENT, made)) == [OWNER]


@pytest.mark.parametrize("place", ["", "Job/media/rd", "ReplicationDestination/rd", "a//b"])
def test_an_owner_that_none_can_be_is_nobody(place: str) -> None:
    meta = {"name": "x", "namespace": "kopia-movers", "annotations": {names.OWNER: place}}
    assert list(keys(resource.PVC, {"metadata": meta})) == []


class FakeFollower:
    """Tells of some changes, and then of none."""

    def __init__(self, *changes: Change) -> None:
        self._changes = changes
        self.asked: list[tuple[str, str]] = []

    async def follow(
        self, kind: str, selector: str = "", namespace: str = ""
    ) -> AsyncIterator[Change]:
        self.asked.append((kind, selector))
        for change in self._changes:
            yield change
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is open."""


def added(*changes: Change, pulse: Pulse | None = None) -> list[ObjectKey]:
    keys: list[ObjectKey] = []
    follower = FakeFollower(*changes)

    async def story() -> None:
        watching = asyncio.ensure_future(watch(follower, JOBS, keys.append, pulse or Pulse([JOBS])))
        await asyncio.sleep(0.01)
        assert not watching.done()
        watching.cancel()
        await asyncio.wait([watching])

    asyncio.run(story())
    assert follower.asked == [(resource.JOB, OUR_CHILDREN)]
    return keys


def test_what_is_there_what_changes_and_what_goes_is_looked_at() -> None:
    other = {**REF, "name": "other"}
    others = ObjectKey(OWNER.kind, "media", "other")
    assert added(
        Change(objects=[child(REF), child(other)], is_all=True),
        Change(objects=[child(REF)]),
        Change(gone=[child(other)]),
        Change(),
    ) == [OWNER, others, OWNER, others]


def test_a_failure_is_told_once_until_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    away = Change(trouble="it is away")
    added(away, away, Change(is_all=True), Change(), away)
    assert [record.getMessage() for record in caplog.records] == [
        "jobs are not watched: it is away",
        "jobs are watched again",
        "jobs are not watched: it is away",
    ]


def test_a_watch_that_says_nothing_for_long_is_dead_and_a_failing_one_is_not() -> None:
    now = 0.0
    pulse = Pulse([JOBS, Watched(resource.PVC)], lambda: now)
    now = LIFE
    assert pulse.dead() == []
    added(Change(trouble="it is away"), pulse=pulse)
    now = LIFE + 1
    assert pulse.dead() == ["persistentvolumeclaims"]


def test_a_live_watch_is_never_taken_for_dead() -> None:
    slowest = client.WATCH + 2 * client.ADMISSION_TIMEOUT + client.LAST_PAUSE
    assert slowest * 2 < LIFE
