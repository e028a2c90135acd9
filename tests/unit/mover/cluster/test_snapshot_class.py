from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mover.cluster.snapshot_class import IS_DEFAULT, storage
from mover.model import Storage

FAST = {"provisioner": "fast.example"}


def snapshot_class(name: str, driver: str = "fast.example", default: str = "") -> dict[str, Any]:
    marks = {IS_DEFAULT: default} if default else {}
    return {"metadata": {"name": name, "annotations": marks}, "driver": driver}


@pytest.mark.parametrize(
    ("classes", "configured", "expected"),
    [
        ([snapshot_class("a"), snapshot_class("b")], "b", Storage(snapshot_class="b")),
        (
            [snapshot_class("a"), snapshot_class("b", default="true")],
            "",
            Storage(snapshot_class="b"),
        ),
        ([snapshot_class("a")], "", Storage(snapshot_class="a")),
        ([snapshot_class("a")], "of-another-driver", Storage(snapshot_class="a")),
        ([snapshot_class("a"), snapshot_class("b", default="false")], "", Storage()),
        ([snapshot_class("a", driver="slow.example")], "a", Storage(has_snapshots=False)),
        ([], "a", Storage(has_snapshots=False)),
    ],
)
def test_the_class_fits_the_driver_of_the_volume(
    classes: list[dict[str, Any]], configured: str, expected: Storage
) -> None:
    assert replace(storage(FAST, classes, configured), binds_at_once=False) == expected


@pytest.mark.parametrize(
    ("storage_class", "expected"),
    [
        (FAST, True),
        ({**FAST, "volumeBindingMode": "Immediate"}, True),
        ({**FAST, "volumeBindingMode": "WaitForFirstConsumer"}, False),
        (None, False),
    ],
)
def test_only_of_a_known_class_a_pvc_is_known_to_need_no_pod(
    storage_class: dict[str, Any] | None, expected: bool
) -> None:
    assert storage(storage_class, [], "").binds_at_once is expected


def test_of_an_unknown_driver_the_configured_class_is_tried() -> None:
    assert storage(None, [snapshot_class("a")], "b") == Storage(snapshot_class="b")


@given(
    drivers=st.lists(st.sampled_from(["fast.example", "slow.example"]), max_size=4),
    configured=st.sampled_from(["", "c0", "c1", "c2", "none"]),
)
def test_no_class_of_another_driver_is_ever_chosen(drivers: list[str], configured: str) -> None:
    classes = {f"c{n}": snapshot_class(f"c{n}", driver) for n, driver in enumerate(drivers)}
    chosen = storage(FAST, classes.values(), configured)
    assert chosen.has_snapshots == ("fast.example" in drivers)
    if chosen.snapshot_class:
        assert classes[chosen.snapshot_class]["driver"] == "fast.example"
