"""A policy of the cluster's owner labels every PVC, those of movers and populators included."""

import time

import pytest

from contract.labels import (
    BACKUP,
    DESTINATION,
    POPULATOR_PREFIX,
    POPULATOR_PVC_FOR,
    RESTORE_FROM,
    ROLE,
    SOURCE,
)
from contract.temporary import is_temporary
from contract.volsync import API_VERSION
from manifests.volsync import DESTINATION as DESTINATION_KIND
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Api, Refused, eventually
from tests.integration.kyverno.objects import appears, bind, parts, pvc, ref

SETTLED = 12.0  # seconds: two background scans


def volume(namespace: str, name: str, labels: dict, owner: dict | None = None) -> dict:
    """A temporary volume with a tier, as such a policy leaves it."""
    manifest = pvc(namespace, name, tier="daily")
    manifest["metadata"]["labels"] |= labels
    if owner:
        reference = {key: owner[key] for key in ("apiVersion", "kind")}
        reference |= {key: owner["metadata"][key] for key in ("name", "uid")}
        manifest["metadata"]["ownerReferences"] = [reference]
    return manifest


@pytest.fixture
def temporaries(kyverno, namespace, mover: Api, volsync: Api) -> list[dict]:
    """A restore of ours, one of VolSync's own, and the populator's; all are Bound."""
    ours = volume(namespace, "volsync-data-restore-dest", {ROLE: DESTINATION})
    destination = ref(API_VERSION, DESTINATION_KIND, namespace, "theirs")
    owner = kyverno.api.create({**destination, "spec": {}})
    theirs = volume(namespace, "volsync-theirs-dest", {}, owner)
    prime = volume(namespace, POPULATOR_PREFIX + "1", {POPULATOR_PVC_FOR: "theirs"})
    kyverno.api.create(pvc(namespace, "theirs", tier=None))
    live = [mover.create(ours), volsync.create(theirs), volsync.create(prime)]
    for one in live:
        bind(kyverno.api, one)
    assert all(is_temporary(one["metadata"]) for one in live)
    return live


def test_nothing_is_generated_for_a_temporary_volume(kyverno, namespace, temporaries):
    other = kyverno.api.create(pvc(namespace, "other", tier="daily"))
    bind(kyverno.api, other)
    appears(kyverno.api, parts(namespace, "other")["source"])
    time.sleep(SETTLED)
    for live in temporaries:
        assert live["metadata"]["labels"][BACKUP] == "daily"
        for obj in parts(namespace, live["metadata"]["name"]).values():
            assert kyverno.api.get(obj) is None


def test_what_anybody_can_write_on_a_pvc_takes_no_backups_from_it(kyverno, namespace):
    marks = {"app.kubernetes.io/created-by": "volsync", POPULATOR_PVC_FOR: "data"}
    live = eventually(lambda: kyverno.api.create(volume(namespace, "data", {})))
    kyverno.api.merge(live, {"metadata": {"labels": marks}})
    bind(kyverno.api, live)
    appears(kyverno.api, parts(namespace)["source"])


COPY = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}


@pytest.mark.parametrize("decision", [answers.unknown("r"), answers.restore("cafe60")], ids=str)
def test_mover_and_volsync_make_their_volumes_whatever_is_known_of_backups(
    kyverno, namespace, mover: Api, volsync: Api, decision
):
    kyverno.script.set_answers(namespace, decision)
    source = volume(namespace, "volsync-data-backup-src", {ROLE: SOURCE})
    prime = volume(namespace, POPULATOR_PREFIX + "1", {POPULATOR_PVC_FOR: "theirs"})
    kyverno.api.create(pvc(namespace, "theirs", tier=None))
    for api, manifest in ((mover, source), (volsync, prime)):
        manifest["spec"]["dataSource"] = COPY
        made = api.create(manifest, dry_run=True)
        assert made["spec"]["dataSource"] == COPY
        assert RESTORE_FROM not in made["metadata"].get("annotations", {})


@pytest.mark.parametrize("name", ["volsync-data-backup-src", POPULATOR_PREFIX + "1"])
def test_a_name_and_labels_of_theirs_open_nothing_for_anybody_else(kyverno, namespace, name):
    kyverno.script.set_answers(namespace, answers.unknown("r"))
    marks = {"app.kubernetes.io/created-by": "volsync", POPULATOR_PVC_FOR: "theirs"}
    kyverno.api.create(pvc(namespace, "theirs", tier=None))
    with pytest.raises(Refused, match="the backup state of PVC"):
        kyverno.api.create(volume(namespace, name, marks))
