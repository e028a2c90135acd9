import math

from prometheus_client import generate_latest

from contract import metrics as names
from contract.names import Claim
from contract.volsync import StatusKey
from fakes import builders
from fakes.builders import NOW
from mover.drill.status import DrillStatus, ProofStatus
from mover.maintenance_status import MaintenanceStatus
from mover.metrics import Metrics
from mover.model import Replication, Write
from mover.status import Status

LABELS = {
    "obj_name": "photos-backup",
    "obj_namespace": "media",
    "role": "source",
    "method": "kopia",
}
OWN = {key: LABELS[key] for key in ("obj_name", "obj_namespace", "role")}


def test_the_series_have_volsyncs_names_and_labels() -> None:
    metrics = Metrics()
    metrics.late(builders.source(), True)
    assert metrics.registry.get_sample_value(names.OUT_OF_SYNC, LABELS) == 1
    assert metrics.registry.get_sample_value(names.MISSED_INTERVALS, LABELS) == 0
    assert metrics.registry.get_sample_value(names.MOVER_JOB_FAILURES, OWN) == 0


def test_a_synchronisation_is_counted_when_it_ends() -> None:
    metrics = Metrics()
    metrics.written(builders.source(), Write(patch={}, took=7.0, missed=True))
    metrics.written(builders.source(), Write(patch={}, failed=True))
    metrics.written(builders.source(), Write(patch={}))
    value = metrics.registry.get_sample_value
    assert value(f"{names.SYNC_SECONDS}_sum", LABELS) == 7
    assert value(f"{names.SYNC_SECONDS}_count", LABELS) == 1
    assert value(names.MISSED_INTERVALS, LABELS) == 1
    assert value(names.MOVER_JOB_FAILURES, OWN) == 1


def owner_with(**external: str) -> Replication:
    return builders.source(status=Status(external=external))


def test_a_snapshots_figures_come_from_the_status_and_so_outlive_the_controller() -> None:
    metrics = Metrics()
    figures = {
        StatusKey.FILES: "12",
        StatusKey.BYTES: "3000000000",
        StatusKey.ERRORS: "2",
        StatusKey.ATTEMPTS: "3",
    }
    metrics.shown(owner_with(**figures, **{StatusKey.HELD_BY: "abc"}))
    value = metrics.registry.get_sample_value
    assert value(names.SNAPSHOT_FILES, OWN) == 12
    assert value(names.SNAPSHOT_BYTES, OWN) == 3e9
    assert value(names.UNREADABLE_FILES, OWN) == 2
    assert value(names.MOVER_RETRIES, OWN) == 3
    assert value(names.RETENTION_HELD, OWN) == 1
    metrics.shown(owner_with(**{StatusKey.FILES: "12"}))
    assert (value(names.MOVER_RETRIES, OWN), value(names.RETENTION_HELD, OWN)) == (0, 0)


def test_a_restore_has_no_series_that_only_a_backup_can_have() -> None:
    metrics = Metrics()
    metrics.shown(
        builders.destination(status=Status(external={StatusKey.ERRORS: "2", StatusKey.FILES: "12"}))
    )
    own = {"obj_name": "photos-restore", "obj_namespace": "media", "role": "destination"}
    value = metrics.registry.get_sample_value
    assert value(names.SNAPSHOT_FILES, own) == 12
    assert value(names.UNREADABLE_FILES, own) is None
    assert value(names.RETENTION_HELD, own) is None


def test_maintenance_that_never_ran_has_no_time() -> None:
    metrics = Metrics()
    value = metrics.registry.get_sample_value
    assert math.isnan(value(names.MAINTENANCE_SUCCESS) or 0)
    metrics.maintained(MaintenanceStatus(success=NOW, failed=True, is_shared=True))
    assert value(names.REPOSITORY_SHARED) == 1
    assert value(names.MAINTENANCE_SUCCESS) == NOW.timestamp()
    assert value(names.MAINTENANCE_FAILED) == 1
    metrics.maintained(MaintenanceStatus())
    assert math.isnan(value(names.MAINTENANCE_SUCCESS) or 0)
    assert value(names.MAINTENANCE_FAILED) == 0


def test_proofs_are_shown_by_pvc_and_go_with_it() -> None:
    metrics = Metrics()
    value = metrics.registry.get_sample_value
    shop, media = ({"pvc_namespace": space, "pvc": "data"} for space in ("shop", "media"))
    good = ProofStatus(proven=NOW, has_failed=False, is_old=False)
    bad = ProofStatus(proven=None, has_failed=True, is_old=True)
    proofs = {Claim("shop", "data"): good, Claim("media", "data"): bad}
    metrics.drilled(DrillStatus(proofs=proofs, has_failed=True))
    assert value(names.RESTORE_PROOF_TIME, shop) == NOW.timestamp()
    assert math.isnan(value(names.RESTORE_PROOF_TIME, media) or 0)
    for name in (names.RESTORE_PROOF_FAILED, names.RESTORE_PROOF_OLD):
        assert (value(name, shop), value(name, media)) == (0, 1)
    assert (value(names.DRILL_FAILED), value(names.DRILL_LATE)) == (1, 0)
    metrics.drilled(DrillStatus(proofs={Claim("media", "data"): good}, is_late=True))
    assert value(names.RESTORE_PROOF_FAILED, media) == 0
    assert (value(names.DRILL_FAILED), value(names.DRILL_LATE)) == (0, 1)
    assert b"shop" not in generate_latest(metrics.registry)


def test_a_deleted_objects_series_go_with_it() -> None:
    metrics = Metrics()
    metrics.late(builders.source(), True)
    metrics.written(builders.source(), Write(patch={}, took=7.0, failed=True))
    metrics.shown(owner_with(**{StatusKey.FILES: "1", StatusKey.BYTES: "1", StatusKey.ERRORS: "1"}))
    metrics.forget("media", "photos-backup", "source")
    metrics.forget("media", "never-seen", "source")
    assert b"photos-backup" not in generate_latest(metrics.registry)
