from typing import Any

import pytest

from contract.labels import POPULATOR_PVC_FOR, ROLE, SOURCE
from fakes.audit_scene import pvc, secret, synced
from plumber.audit import parse


def test_a_pvc_as_small_as_kubernetes_allows_is_a_fact() -> None:
    raw = pvc("x", None)
    del raw["status"], raw["metadata"]["labels"], raw["metadata"]["annotations"]
    del raw["spec"]["storageClassName"]
    volume = parse.volume(raw)
    assert (volume.label, volume.phase, volume.storage_class) == (None, "", "")


def test_a_source_tells_its_failure_and_whether_it_waits() -> None:
    fails = parse.sync(synced("x", reason="Error", message="no space"))
    assert fails
    assert (fails.trouble, fails.waits) == ("no space", False)
    raw = synced("x")
    del raw["status"]["lastSyncTime"]
    waits = parse.sync(raw)
    assert waits
    assert (waits.trouble, waits.waits) == ("", True)


def test_what_another_provider_serves_is_none_of_ours() -> None:
    assert parse.sync({"metadata": {}, "spec": {"restic": {}}}) is None


@pytest.mark.parametrize(
    ("raw", "trouble"),
    [
        (secret("x"), ""),
        (secret("x", "sealed"), "sealed"),
        ({**secret("x", "sealed"), "status": {"refreshTime": "2026-03-01T12:00:00Z"}}, ""),
        ({"metadata": {}}, "it has not been filled yet"),
    ],
)
def test_a_secret_is_filled_where_it_says_so_or_once_was(raw: dict[str, Any], trouble: str) -> None:
    assert parse.secret(raw).trouble == trouble


def test_an_excuse_of_spaces_is_none() -> None:
    assert parse.volume(pvc("x", "none", marks={"reason": "  "})).excuse == ""


@pytest.mark.parametrize(
    ("name", "label"),
    [("volsync-photos-backup-src", {ROLE: SOURCE}), ("vs-prime-1", {POPULATOR_PVC_FOR: "photos"})],
)
@pytest.mark.parametrize("tier", [None, "daily"])
def test_a_volume_of_a_running_backup_or_restore_is_no_fact(
    name: str, label: dict[str, str], tier: str | None
) -> None:
    raw = pvc(name, tier)
    assert parse.lasting_volume(raw)
    raw["metadata"]["labels"] |= label
    assert parse.lasting_volume(raw) is None
