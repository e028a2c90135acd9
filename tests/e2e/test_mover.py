"""Several PVCs side by side: filled, backed up, deleted, created again."""

from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from contract import labels
from lab.application import Application, Tree, new_application
from lab.demo import difference
from lab.objects.storage import CLASS, WAITING_CLASS
from tests.e2e.jobs import Watch, watched
from tests.e2e.movers import wait_message

PVC = "data"
LONG = "p" * 59 + "-end"  # as long as VolSync's populator can restore one
LATE = "late"


@dataclass
class Trip:
    """A PVC on its way through the story."""

    app: Application
    pvc: str
    storage_class: str = CLASS
    before: Tree = field(default_factory=dict)
    after: Tree = field(default_factory=dict)
    snapshot: str = ""
    message: str = ""  # of its source, before any pod has started with the restored PVC

    def changed(self) -> list[str]:
        return difference(self.before, self.after)


@dataclass(frozen=True)
class Story:
    """Trips by name, and the watch on the movers' Jobs."""

    trips: dict[str, Trip]
    jobs: Watch


def _fill(trips: list[Trip]) -> None:
    for trip in trips:
        trip.app.apply_pvc(trip.pvc, storage_class=trip.storage_class)
    for trip in trips:
        trip.before = trip.app.files(trip.pvc, "make", "1")
    for trip in trips:
        trip.app.apply_pvc(trip.pvc, backup="hourly", storage_class=trip.storage_class)
    for trip in trips:
        trip.snapshot = trip.app.wait_backup(trip.pvc)["snapshot"]


def _restore(trips: list[Trip]) -> None:
    for trip in trips:
        trip.app.delete_pvc(trip.pvc)
    for trip in trips:
        trip.app.apply_pvc(trip.pvc, backup="hourly", storage_class=trip.storage_class)
    for trip in trips:
        if trip.storage_class == CLASS:
            trip.app.wait_bound(trip.pvc)
            trip.app.wait_object("replicationsource", trip.pvc)
            trip.message = wait_message(trip.app, "replicationsource", trip.pvc, "Waits")
        trip.after = trip.app.files(trip.pvc)


@pytest.fixture(scope="module")
def story(deployed: None) -> Generator[Story]:
    with new_application() as first, new_application() as second, watched() as jobs:
        trips = {
            "one": Trip(first, PVC),
            "other": Trip(second, PVC),
            "long": Trip(second, LONG),
            "late": Trip(first, LATE, WAITING_CLASS),
        }
        _fill(list(trips.values()))
        _restore(list(trips.values()))
        yield Story(trips, jobs)


def test_the_same_name_in_two_namespaces_gets_each_its_own_data_back(story):
    first, second = story.trips["one"], story.trips["other"]
    assert first.before["big"] != second.before["big"]
    assert first.snapshot != second.snapshot
    assert first.changed() == []
    assert second.changed() == []


def test_a_pvc_with_a_name_of_63_characters_comes_back(story):
    assert len(LONG) == 63
    assert story.trips["long"].changed() == []


def test_a_class_that_waits_for_the_first_pod_is_backed_up_and_comes_back(story):
    assert story.trips["late"].changed() == []


def test_one_job_makes_a_backup_and_one_a_restore(story):
    for trip in story.trips.values():
        uids = story.jobs.uids(trip.app.claim(trip.pvc))
        assert {role for role, _ in uids} == {labels.SOURCE, labels.DESTINATION}
        assert [len(job_uids) for job_uids in uids.values()] == [1] * len(uids)


def test_a_restored_pvc_is_not_backed_up_before_a_pod_has_started_with_it(story):
    assert story.trips["one"].message.startswith(f"Waits until a pod has started with PVC {PVC}")
