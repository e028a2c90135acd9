import pytest

from contract.labels import CREATED_BY, POPULATOR_PVC_FOR, ROLE, SOURCE, VOLSYNC
from contract.temporary import is_temporary
from contract.volsync import API_VERSION


def metadata(name: str = "data", owner: str = "", **labels: str) -> dict:
    owners = [{"apiVersion": owner, "kind": "any", "name": "o", "uid": "1"}] if owner else []
    return {"name": name, "namespace": "apps", "labels": labels, "ownerReferences": owners}


@pytest.mark.parametrize(
    "meta",
    [
        metadata("volsync-data-backup-src", **{ROLE: SOURCE}),
        metadata("vs-prime-1", **{POPULATOR_PVC_FOR: "data"}),
        metadata("volsync-theirs-src", API_VERSION, **{CREATED_BY: VOLSYNC}),
        metadata("volsync-data-restore-dest", API_VERSION, backup="daily"),
    ],
)
def test_what_mover_and_volsync_make_is_temporary_whatever_else_is_on_it(meta):
    assert is_temporary(meta)


@pytest.mark.parametrize(
    "meta",
    [
        {"name": "data", "namespace": "apps"},
        metadata(**{CREATED_BY: VOLSYNC}),
        metadata("vs-prime-mine"),
        metadata(**{POPULATOR_PVC_FOR: "data"}),
        metadata("volsync-data", "apps/v1"),
        metadata("volsync-data", "volsync.backube.example.org/v1"),
    ],
)
def test_what_anybody_can_write_makes_no_pvc_temporary(meta):
    assert not is_temporary(meta)
