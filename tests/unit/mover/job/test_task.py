import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.environment import SettingsError, Unreadable
from contract.names import Identity
from contract.schedule import RETENTION, Retention
from fakes.builders import ORDERED
from mover.job import task
from mover.job.task import Backup, Ordered, Task

COUNTS = st.integers(0, 10**6)
SECONDS = st.floats(0, 1e9)
BACKUPS = st.builds(
    Backup,
    retention=st.builds(Retention, **dict.fromkeys(RETENTION.items(), COUNTS)),
    unreadable_files=st.sampled_from(Unreadable),
    accepted_loss=st.text(),
    is_live=st.booleans(),
    pvc_uid=st.text(),
    restored_from=st.text(),
)
ORDERS = st.builds(
    Task,
    repository_id=st.text(),
    identity=st.builds(Identity, st.text(), st.text(), st.text()),
    deadline=SECONDS,
    ordered=st.builds(Ordered, at=st.datetimes(timezones=st.just(UTC)), start_deadline=SECONDS),
    backup=st.none() | BACKUPS,
    snapshot=st.text(),
    data=st.text(),
    repository=st.text(),
    secret=st.text(),
    state=st.text(),
)
IDENTITY = Identity("photos-backup", "media")
ORDER = task.backup("a" * 64, IDENTITY, 60, ORDERED, Backup(retention=RETENTION))
RESTORE = task.restore("a" * 64, IDENTITY, 60, ORDERED, "1" * 32)


def written(order: Task = ORDER) -> Any:
    return json.loads(task.encode(order))


def refusal(item: object) -> str:
    with pytest.raises(SettingsError) as caught:
        task.read({task.VARIABLE: item if isinstance(item, str) else json.dumps(item)})
    return str(caught.value)


@given(ORDERS)
def test_a_job_reads_the_order_that_the_controller_wrote(order: Task) -> None:
    assert task.read({task.VARIABLE: task.encode(order)}) == order


def test_an_order_is_one_json_object_that_names_all_that_a_job_is_told() -> None:
    assert written() == {
        "repository_id": "a" * 64,
        "identity": {"user": "photos-backup", "host": "media", "path": "/data"},
        "deadline": 60.0,
        "ordered": {"at": "2026-03-01T12:30:00Z", "start_deadline": 600.0},
        "backup": {
            "retention": RETENTION.items(),
            "unreadable_files": "fail",
            "accepted_loss": "",
            "is_live": False,
            "pvc_uid": "",
            "restored_from": "",
        },
        "snapshot": "",
        "data": "/data",
        "repository": "/repository",
        "secret": "/etc/kopia",
        "state": "/state",
    }
    assert written(RESTORE)["backup"] is None
    assert written(RESTORE)["data"].startswith(written(RESTORE)["state"] + "/")


def every_key(item: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(item, dict):
        return []
    below = [path for key in item for path in every_key(item[key], (*above, key))]
    return [(*above, key) for key in item] + below


@pytest.mark.parametrize("path", every_key(written()), ids=".".join)
def test_an_order_that_lacks_a_key_is_refused_by_its_name(path: tuple[str, ...]) -> None:
    item = written()
    place = item
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    assert path[-1] in refusal(item)


@pytest.mark.parametrize("above", ["", "identity", "backup", "backup.retention"])
def test_an_order_with_a_key_that_nobody_knows_is_refused_by_its_name(above: str) -> None:
    item = written()
    place = item
    for key in filter(None, above.split(".")):
        place = place[key]
    place["colour"] = 1
    assert f"the key {above}{'.' * bool(above)}colour is not known" in refusal(item)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("retention", {**RETENTION.items(), "hourly": "3"}),
        ("retention", {**RETENTION.items(), "hourly": -1}),
        ("retention", {**RETENTION.items(), "hourly": 1.5}),
        ("unreadable_files", "skip"),
        ("is_live", "false"),
        ("is_live", 1),
    ],
)
def test_a_value_that_means_nothing_is_refused_with_its_place(key: str, value: object) -> None:
    item = written()
    item["backup"][key] = value
    assert "backup" in refusal(item)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1"])
def test_what_is_no_order_at_all_is_refused(text: str) -> None:
    assert "MOVER_TASK is no order of this image" in refusal(text)


def test_a_job_without_an_order_says_who_writes_it() -> None:
    with pytest.raises(SettingsError, match="the controller writes it"):
        task.read({"MOVER_SNAPSHOT": "x"})
