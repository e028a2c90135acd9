import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.idle.audit_log import (
    COMPLETE,
    RECEIVED,
    Event,
    Log,
    event,
    failures,
    last_work,
    open_watches,
    policy,
    requests,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWNERS = ("replicationsources",)


def line(number: int, stage: str, seconds: float, verb: str, resource: str, **more) -> str:
    """A line as the API server writes it."""
    at = (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    status = {"responseStatus": {"code": more["code"]}} if "code" in more else {}
    about = {"resource": resource, **more.get("about", {})}
    return json.dumps(
        {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Metadata",
            "auditID": f"id-{number}",
            "stage": stage,
            "requestURI": more.get("uri", f"/api/v1/{resource}?limit=500"),
            "verb": verb,
            "user": {"username": more.get("user", "mover"), "groups": ["system:masters"]},
            "requestReceivedTimestamp": START.isoformat(),
            "stageTimestamp": at,
            **({"objectRef": about} if resource else {}),
            **status,
        }
    )


def events(*lines: str) -> list[Event]:
    return [event(text) for text in lines]


def named(name: str = "data-backup") -> dict[str, str]:
    return {"namespace": "app-0", "name": name}


def test_a_request_counts_once_although_the_log_has_a_line_for_each_stage():
    both = events(
        line(1, RECEIVED, 1, "list", "pods"),
        line(1, COMPLETE, 2, "list", "pods", code=200),
        line(2, RECEIVED, 3, "list", "pods"),
        line(3, RECEIVED, 3, "list", "pods", user="plumber"),
    )
    counts = requests(both, START, START + timedelta(seconds=10))
    assert {(one.user, one.verb, one.resource): n for one, n in counts.items()} == {
        ("mover", "list", "pods"): 2,
        ("plumber", "list", "pods"): 1,
    }


def test_what_came_before_or_after_the_measurement_does_not_count():
    lines = [line(n, RECEIVED, n, "get", "nodes") for n in range(6)]
    window = START + timedelta(seconds=2), START + timedelta(seconds=5)
    assert requests(events(*lines), *window).total() == 3


def test_a_subresource_and_a_path_have_names_of_their_own():
    patch, version = events(
        line(1, RECEIVED, 0, "patch", "replicationsources", about={"subresource": "status"}),
        line(2, RECEIVED, 0, "get", "", uri="/version?timeout=1s"),
    )
    assert patch.request.resource == "replicationsources/status"
    assert version.request.resource == "/version"


def test_watches_are_open_from_their_request_until_they_end():
    log = events(
        line(1, RECEIVED, 0, "watch", "pods"),
        line(1, COMPLETE, 30, "watch", "pods", code=200),
        line(2, RECEIVED, 30, "watch", "pods"),
        line(3, RECEIVED, 10, "watch", "pods", user="audit"),
        line(4, RECEIVED, 10, "list", "pods"),
    )
    assert open_watches(log, START + timedelta(seconds=20)) == {"mover": 1, "audit": 1}
    assert open_watches(log, START + timedelta(seconds=60)) == {"mover": 1, "audit": 1}
    assert open_watches(log, START + timedelta(seconds=5)) == {"mover": 1}


def test_a_refused_request_is_shown_with_its_code():
    log = events(
        line(1, COMPLETE, 1, "get", "cronjobs", code=404),
        line(2, COMPLETE, 1, "get", "cronjobs", code=200),
    )
    ((request, code),) = failures(log, START, START + timedelta(seconds=10))
    assert (request.resource, code) == ("cronjobs", 404)


def test_writing_and_a_look_at_one_owner_is_work_and_listing_is_not():
    look = line(1, RECEIVED, 1, "get", "replicationsources", about=named())
    pin = line(2, RECEIVED, 2, "get", "configmaps", about=named("pin"))
    survey = line(3, RECEIVED, 3, "list", "replicationsources", about={"namespace": "app-0"})
    write = line(4, RECEIVED, 4, "patch", "configmaps", about=named("ledger"))
    assert last_work(events(pin, survey), OWNERS) is None
    assert last_work(events(look, pin, survey), OWNERS) == START + timedelta(seconds=1)
    assert last_work(events(look, pin, survey, write), OWNERS) == START + timedelta(seconds=4)


def test_a_log_that_is_being_written_is_read_on_and_no_half_line_is_lost(tmp_path: Path):
    path = tmp_path / "audit.log"
    log = Log(path)
    assert log.read() == []
    whole, next_one = line(1, RECEIVED, 0, "get", "nodes"), line(2, RECEIVED, 1, "get", "nodes")
    path.write_text(f"{whole}\n{next_one[:40]}")
    assert [one.id for one in log.read()] == ["id-1"]
    path.write_text(f"{whole}\n{next_one}\n")
    assert [one.id for one in log.read()] == ["id-1", "id-2"]


def test_only_the_programs_are_logged_and_both_ends_of_each_request():
    rules = policy(["mover", "plumber"])
    assert rules["rules"][0] == {"level": "Metadata", "users": ["mover", "plumber"]}
    assert rules["rules"][-1] == {"level": "None"}
    assert {RECEIVED, COMPLETE}.isdisjoint(rules["omitStages"])
