from prometheus_client import generate_latest

from contract import metrics as names
from mover.metrics import Metrics
from mover.model import Write
from tests.mover import views

LABELS = {
    "obj_name": "photos-backup",
    "obj_namespace": "media",
    "role": "source",
    "method": "kopia",
}
OWN = {key: LABELS[key] for key in ("obj_name", "obj_namespace", "role")}


def test_the_series_have_volsyncs_names_and_labels() -> None:
    metrics = Metrics()
    metrics.late(views.source(), True)
    assert metrics.registry.get_sample_value(names.OUT_OF_SYNC, LABELS) == 1
    assert metrics.registry.get_sample_value(names.MISSED_INTERVALS, LABELS) == 0
    assert metrics.registry.get_sample_value(names.MOVER_JOB_FAILURES, OWN) == 0


def test_a_synchronisation_is_counted_when_it_ends() -> None:
    metrics = Metrics()
    metrics.written(views.source(), Write(patch={}, took=7.0, missed=True))
    metrics.written(views.source(), Write(patch={}, failed=True))
    metrics.written(views.source(), Write(patch={}))
    value = metrics.registry.get_sample_value
    assert value(f"{names.SYNC_SECONDS}_sum", LABELS) == 7
    assert value(f"{names.SYNC_SECONDS}_count", LABELS) == 1
    assert value(names.MISSED_INTERVALS, LABELS) == 1
    assert value(names.MOVER_JOB_FAILURES, OWN) == 1


def test_a_deleted_objects_series_go_with_it() -> None:
    metrics = Metrics()
    metrics.late(views.source(), True)
    metrics.written(views.source(), Write(patch={}, took=7.0, failed=True))
    metrics.forget("media", "photos-backup", "source")
    metrics.forget("media", "never-seen", "source")
    assert b"photos-backup" not in generate_latest(metrics.registry)
