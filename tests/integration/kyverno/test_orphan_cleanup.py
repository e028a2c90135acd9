"""A label removed takes the three objects away, and nothing else."""

import pytest

from contract import labels
from tests.integration.kyverno.api import eventually
from tests.integration.kyverno.objects import appears, parts, ref
from tests.integration.kyverno.orphans import NAMESPACE, REMOVED

TICK = 90.0  # seconds: the policy runs every minute here


@pytest.fixture(scope="module")
def reaped(kyverno, orphans):
    api = kyverno.api
    eventually(lambda: not any(api.get(obj) for obj in orphans.doomed), TICK)
    return orphans


def test_objects_of_living_pvcs_and_foreign_ones_stay(kyverno, reaped):
    deleted = [obj["metadata"]["name"] for obj in reaped.spared if not kyverno.api.get(obj)]
    assert deleted == []


def test_a_label_set_again_brings_backups_back(kyverno, reaped):
    live = kyverno.api.get(ref("v1", "PersistentVolumeClaim", NAMESPACE, REMOVED))
    kyverno.api.merge(live, {"metadata": {"labels": {labels.BACKUP: "hourly"}}})
    for obj in parts(NAMESPACE, REMOVED).values():
        appears(kyverno.api, obj)
