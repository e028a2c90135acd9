"""The three objects of a PVC: when they appear, what is in them, and what stays of hand edits."""

import time

import pytest

from contract import labels, names, repository, schedule
from contract.names import Claim
from contract.schedule import TIERS
from contract.volsync import PROVIDER, SpecKey, retain_key
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import eventually
from tests.integration.kyverno.conftest import EXCLUDED
from tests.integration.kyverno.objects import CLASS, appears, bind, bound, parts, pvc


def created(kyverno, manifest: dict) -> dict:
    live = kyverno.api.create(manifest)
    appears(kyverno.api, parts(live["metadata"]["namespace"])["destination"])
    return live


def parameters(kyverno, obj: dict) -> dict:
    external = appears(kyverno.api, obj)["spec"]["external"]
    assert external["provider"] == PROVIDER
    return external["parameters"]


def test_the_secret_gets_exactly_three_keys(kyverno, namespace):
    kyverno.api.create(pvc(namespace))
    spec = appears(kyverno.api, parts(namespace)["secret"])["spec"]
    fixed, fetched = spec["target"]["template"]["data"], spec["data"]
    assert fixed == {
        repository.KEY_REPOSITORY: repository.REPOSITORY_URL,
        repository.KEY_FS_PATH: repository.MOUNT_PATH,
    }
    assert spec["target"]["template"]["mergePolicy"] == "Merge"
    assert [entry["secretKey"] for entry in fetched] == [repository.KEY_PASSWORD]
    assert spec["target"]["name"] == names.secret_name(Claim(namespace, "data"))


def test_every_object_belongs_to_its_pvc(kyverno, namespace):
    live = bound(kyverno.api, pvc(namespace))
    for obj in parts(namespace).values():
        meta = appears(kyverno.api, obj)["metadata"]
        assert (
            meta["labels"].items()
            >= {
                labels.MANAGED_BY: labels.KYVERNO,
                labels.PVC: "data",
            }.items()
        )
        assert [owner["uid"] for owner in meta["ownerReferences"]] == [live["metadata"]["uid"]]


def test_a_restore_pins_the_recorded_snapshot(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.restore("cafe20"))
    created(kyverno, pvc(namespace, accessModes=["ReadWriteOnce", "ReadOnlyMany"]))
    identity = names.identity(Claim(namespace, "data"))
    assert parameters(kyverno, parts(namespace)["destination"]) == {
        SpecKey.SECRET: names.secret_name(Claim(namespace, "data")),
        SpecKey.USER: identity.user,
        SpecKey.HOST: identity.host,
        SpecKey.SNAPSHOT: "cafe20",
        SpecKey.CAPACITY: "1Gi",
        SpecKey.ACCESS_MODES: "ReadWriteOnce,ReadOnlyMany",
        SpecKey.STORAGE_CLASS: CLASS,
    }


def test_a_fresh_pvc_has_an_idle_destination(kyverno, namespace):
    created(kyverno, pvc(namespace))
    live = appears(kyverno.api, parts(namespace)["destination"])
    assert live["spec"]["external"]["parameters"][SpecKey.SNAPSHOT] == ""
    assert "trigger" not in live["spec"]


def test_a_record_set_by_hand_later_starts_no_restore(kyverno, namespace):
    live = created(kyverno, pvc(namespace))
    kyverno.api.merge(live, {"metadata": {"annotations": {labels.RESTORE_FROM: "cafe21"}}})
    time.sleep(2)  # the update is handled within a second
    values = parameters(kyverno, parts(namespace)["destination"])
    assert values[SpecKey.SNAPSHOT] == ""


def test_no_backup_starts_before_the_pvc_is_bound(kyverno, namespace):
    live = created(kyverno, pvc(namespace))
    assert kyverno.api.get(parts(namespace)["source"]) is None
    bind(kyverno.api, live)
    spec = appears(kyverno.api, parts(namespace)["source"])["spec"]
    assert spec["sourcePVC"] == "data"


def test_a_source_keeps_what_the_contract_says(kyverno, namespace):
    bound(kyverno.api, pvc(namespace))
    values = parameters(kyverno, parts(namespace)["source"])
    counts = schedule.RETENTION.items()
    assert values.items() >= {retain_key(key): str(n) for key, n in counts.items()}.items()


@pytest.mark.parametrize("tier", list(TIERS))
@pytest.mark.parametrize("name", ["data", "a.b", "0", "x" * 63])
def test_the_schedule_is_the_contracts(kyverno, namespace, tier, name):
    bound(kyverno.api, pvc(namespace, name, tier=tier))
    spec = appears(kyverno.api, parts(namespace, name)["source"])["spec"]
    assert spec["trigger"]["schedule"] == schedule.cron(tier, Claim(namespace, name))


def test_a_new_tier_changes_the_schedule(kyverno, namespace):
    live = bound(kyverno.api, pvc(namespace))
    kyverno.api.merge(live, {"metadata": {"labels": {labels.BACKUP: "daily"}}})
    expected = {"schedule": schedule.cron("daily", Claim(namespace, "data"))}
    source = parts(namespace)["source"]
    eventually(lambda: appears(kyverno.api, source)["spec"]["trigger"] == expected)


def test_a_trigger_set_by_hand_survives_a_change_of_the_pvc(kyverno, namespace):
    live = bound(kyverno.api, pvc(namespace))
    for key in ("source", "destination"):
        kyverno.api.merge(parts(namespace)[key], {"spec": {"trigger": {"manual": "now"}}})
    kyverno.api.merge(live, {"metadata": {"labels": {labels.BACKUP: "daily"}}})
    expected = schedule.cron("daily", Claim(namespace, "data"))
    source = parts(namespace)["source"]
    eventually(lambda: appears(kyverno.api, source)["spec"]["trigger"]["schedule"] == expected)
    for key in ("source", "destination"):
        assert appears(kyverno.api, parts(namespace)[key])["spec"]["trigger"]["manual"] == "now"


def test_a_deleted_object_comes_back(kyverno, namespace):
    bound(kyverno.api, pvc(namespace))
    before = {
        key: appears(kyverno.api, obj)["metadata"]["uid"] for key, obj in parts(namespace).items()
    }
    for obj in parts(namespace).values():
        kyverno.api.delete(obj)
    for key, obj in parts(namespace).items():
        assert appears(kyverno.api, obj)["metadata"]["uid"] != before[key]


def test_a_label_set_later_starts_backups(kyverno, namespace):
    live = kyverno.api.create(pvc(namespace, tier=None))
    bind(kyverno.api, live)
    kyverno.api.merge(live, {"metadata": {"labels": {labels.BACKUP: "daily"}}})
    for obj in parts(namespace).values():
        appears(kyverno.api, obj)


def test_a_deleted_pvc_takes_its_objects_along(kyverno, namespace):
    live = bound(kyverno.api, pvc(namespace))
    kyverno.api.delete(live)
    for obj in parts(namespace).values():
        eventually(lambda obj=obj: kyverno.api.get(obj) is None)


def test_nothing_is_made_for_an_excluded_or_unlabelled_pvc(kyverno, mover, namespace):
    quiet = [pvc(EXCLUDED, "quiet"), pvc(namespace, "plain", tier=None)]
    quiet.append(pvc(namespace, "exempt", tier="none"))
    for manifest in quiet:
        bind(kyverno.api, mover.create(manifest))  # anybody else is refused a tier there
    bound(kyverno.api, pvc(namespace, "witness"))
    time.sleep(6)  # one background scan
    for manifest in quiet:
        meta = manifest["metadata"]
        for obj in parts(meta["namespace"], meta["name"]).values():
            assert kyverno.api.get(obj) is None
