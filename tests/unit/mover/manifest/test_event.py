from dataclasses import replace
from datetime import timedelta

from fakes import builders
from fakes.builders import NOW
from mover.manifest import event
from mover.model import Event

EVENT = Event(reason="TransferFailed", message="no", warning=True, on_claim=True)


def test_an_event_is_on_the_owner_and_where_people_look() -> None:
    first, second = event.manifests(builders.destination(), EVENT, NOW)
    assert first["involvedObject"]["kind"] == "ReplicationDestination"
    assert first["involvedObject"]["uid"] == "rd-uid"
    assert second["involvedObject"] == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "name": "photos",
        "namespace": "media",
        "uid": "pvc-uid",
    }
    assert {first["type"], second["type"]} == {"Warning"}


def test_what_only_concerns_the_owner_stays_there() -> None:
    assert len(event.manifests(builders.source(), replace(EVENT, on_claim=False), NOW)) == 1
    assert len(event.manifests(builders.destination(claim=""), EVENT, NOW)) == 1


def test_the_same_event_told_twice_is_one() -> None:
    once, again = (event.manifests(builders.source(), EVENT, NOW)[0] for _ in range(2))
    later = event.manifests(builders.source(), EVENT, NOW + timedelta(seconds=1))[0]
    assert once["metadata"]["name"] == again["metadata"]["name"]
    assert once["metadata"]["name"] != later["metadata"]["name"]


def test_a_long_message_and_a_long_name_are_within_the_servers_limits() -> None:
    long = builders.source(name="a" * 253)
    made = event.manifests(long, replace(EVENT, message="x" * 5000), NOW)[0]
    assert len(made["message"]) <= 1024
    assert len(made["metadata"]["name"]) <= 253
