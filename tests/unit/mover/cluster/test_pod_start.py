from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.repository import VOLUME
from mover.cluster.pod_start import PREPARING, is_preparing, obstacle
from mover.manifest.job import DATA, SECRET, STATE

POD = {"spec": {"nodeName": "n1", "volumes": [{"name": n} for n in (DATA, SECRET, STATE, VOLUME)]}}
CREATING = {"reason": "ContainerCreating"}
MOUNT = 'MountVolume.SetUp failed for volume "{}" : rpc error: code = Internal desc = wrong fs type'
ATTACH = 'AttachVolume.Attach failed for volume "{}" : rpc error: code = NotFound'
IN_USE = 'Multi-Attach error for volume "{}" Volume is already used by pod(s) app-0'
LATE = "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[]"


def warning(message: str, minute: int = 0, **changes: Any) -> dict[str, Any]:
    when = f"2026-03-01T12:{minute:02}:00Z"
    return {"type": "Warning", "message": message, "lastTimestamp": when} | changes


@pytest.mark.parametrize(
    "reason",
    [
        "ImagePullBackOff",
        "ErrImagePull",
        "ErrImageNeverPull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    ],
)
def test_a_container_that_kubelet_refuses_is_no_fault_of_the_repository(reason: str) -> None:
    waiting = {"reason": reason, "message": "kubelet's words"}
    about_the_mount = [warning(MOUNT.format(VOLUME))]  # it was late, and came
    refused = obstacle(POD, waiting, about_the_mount)
    assert refused.text == f"{reason}: kubelet's words"
    assert (refused.is_refusal, refused.of_repository) == (True, False)


@pytest.mark.parametrize("message", [MOUNT, ATTACH, IN_USE])
def test_a_data_volume_that_does_not_mount_is_named_with_kubelets_words(message: str) -> None:
    words = message.format("pvc-6b1c")
    stuck = obstacle(POD, CREATING, [warning(words)])
    assert stuck.text == f"volume data does not mount: {words}"
    assert (stuck.is_refusal, stuck.of_repository) == (False, False)


@pytest.mark.parametrize("message", [MOUNT, LATE])
def test_only_its_own_volume_blames_the_repository(message: str) -> None:
    assert obstacle(POD, CREATING, [warning(message.format(VOLUME))]).of_repository
    assert not obstacle(POD, CREATING, [warning(message.format(DATA))]).of_repository
    assert not obstacle(POD, CREATING, [warning(message.format(SECRET))]).of_repository


def test_a_time_out_names_every_volume_that_is_not_there() -> None:
    stuck = obstacle(POD, CREATING, [warning(LATE.format(f"{DATA} {VOLUME}"))])
    assert stuck.text.startswith("volume data and repository does not mount: Unable")
    assert stuck.of_repository


def test_a_secret_that_is_not_there_is_a_refusal() -> None:
    words = 'MountVolume.SetUp failed for volume "secret" : secret "volsync-photos" not found'
    stuck = obstacle(POD, CREATING, [warning(words)])
    assert (stuck.is_refusal, stuck.of_repository) == (True, False)
    assert "volsync-photos" in stuck.text


def test_the_newest_warning_counts_whatever_came_before_it() -> None:
    earlier, later = warning(MOUNT.format(VOLUME), 1), warning(MOUNT.format("pvc-6b1c"), 2)
    normal = warning("Successfully assigned", 3, type="Normal")
    for events in ([earlier, later, normal], [normal, later, earlier]):
        assert obstacle(POD, CREATING, events).text.startswith("volume data")
    undated = warning(MOUNT.format(VOLUME), lastTimestamp=None)
    assert not obstacle(POD, CREATING, [later, undated]).of_repository
    newer = undated | {"eventTime": "2026-03-01T12:09:00.000001Z"}
    assert obstacle(POD, CREATING, [later, newer]).of_repository


def test_without_an_event_nobody_is_blamed() -> None:
    stuck = obstacle(POD, CREATING, [])
    assert (stuck.text, stuck.is_refusal, stuck.of_repository) == (
        "ContainerCreating",
        False,
        False,
    )


def test_a_warning_about_no_volume_is_told_as_it_is() -> None:
    words = "Failed to create pod sandbox: no address is left"
    assert obstacle(POD, CREATING, [warning(words)]).text == words


@given(st.sampled_from(PREPARING), st.text(), st.none() | st.text(min_size=1))
def test_a_repository_is_blamed_for_no_message_that_does_not_name_it(
    reason: str, message: str, when: str | None
) -> None:
    if VOLUME not in message:
        event = warning(message, lastTimestamp=when)
        assert not obstacle(POD, {"reason": reason}, [event]).of_repository


def test_events_are_asked_for_only_while_kubelet_prepares_the_pod() -> None:
    assert is_preparing(POD, CREATING)
    assert is_preparing(POD, {})
    assert not is_preparing(POD, {"reason": "ImagePullBackOff"})
    assert not is_preparing({"spec": {}}, {})
    assert not is_preparing({}, {})
