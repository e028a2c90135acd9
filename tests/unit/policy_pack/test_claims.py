import pytest
from claim_paths import EPHEMERAL, POD_SPECS, TEMPLATES
from claims import claims
from fields import UNKNOWN, field

from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import (
    CLAIM,
    CUSTOM_CLAIM,
    STATEFUL_SET,
    claim,
    manifest,
    proxy,
    stateful_set,
)


def _claims(resource_type, props):
    return list(claims(resource_type, proxy(props)))


@pytest.mark.parametrize("resource_type", [CLAIM, CUSTOM_CLAIM])
def test_a_pvc_is_found_however_it_is_written(resource_type):
    (pvc,) = _claims(resource_type, claim({"backup": "daily"}))
    assert (pvc.label, pvc.namespace) == ("PersistentVolumeClaim apps/data", "apps")
    assert field(pvc.metadata, "labels", "backup") == "daily"
    assert not pvc.is_partial


def test_a_pvc_whose_kind_is_not_known_yet_is_found_by_its_type():
    props = {**claim(), "apiVersion": inputs.UNKNOWN, "kind": inputs.UNKNOWN}
    assert len(_claims(CLAIM, props)) == 1
    assert len(_claims(CUSTOM_CLAIM, props)) == 1


def test_a_custom_resource_of_another_group_is_no_pvc():
    props = {**claim(), "apiVersion": "example.test/v1"}
    assert _claims("kubernetes:example.test/v1:PersistentVolumeClaim", props) == []


def test_another_providers_resource_is_no_pvc():
    assert _claims("example:core/v1:PersistentVolumeClaim", claim()) == []


def test_every_template_of_a_stateful_set_is_a_pvc_of_its_namespace():
    template = {"metadata": {"name": "data", "labels": {"backup": "hourly"}}}
    pvcs = _claims(STATEFUL_SET, stateful_set(template, {"metadata": {"name": "wal"}}))
    assert [item.label for item in pvcs] == [
        "StatefulSet apps/db, volumeClaimTemplate data",
        "StatefulSet apps/db, volumeClaimTemplate wal",
    ]
    assert {item.namespace for item in pvcs} == {"apps"}


def test_a_stateful_set_without_templates_has_no_pvc():
    assert _claims(STATEFUL_SET, stateful_set()) == []


def test_templates_that_are_not_known_yet_count_as_one_unknown_pvc():
    props = stateful_set()
    props["spec"]["volumeClaimTemplates"] = inputs.UNKNOWN_MAP
    (pvc,) = _claims(STATEFUL_SET, props)
    assert pvc.metadata is UNKNOWN


def test_one_unknown_template_does_not_hide_the_others():
    template = {"metadata": {"name": "data"}}
    unknown, pvc = _claims(STATEFUL_SET, stateful_set(inputs.UNKNOWN_MAP, template))
    assert unknown.metadata is UNKNOWN
    assert pvc.label.endswith("data")


def test_a_patch_is_only_a_part_of_a_pvc():
    (pvc,) = _claims(f"{CLAIM}Patch", claim())
    assert pvc.is_partial


def test_a_list_holds_pvcs():
    props = {"apiVersion": "v1", "kind": "PersistentVolumeClaimList", "items": [claim(), claim()]}
    assert len(_claims("kubernetes:core/v1:PersistentVolumeClaimList", props)) == 2


def test_a_list_of_anything_holds_pvcs_too():
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    data = {"metadata": {"name": "data"}}
    props = {"apiVersion": "v1", "kind": "List", "items": [claim(), config_map, stateful_set(data)]}
    assert [pvc.label for pvc in _claims("kubernetes:core/v1:List", props)] == [
        "PersistentVolumeClaim apps/data",
        "StatefulSet apps/db, volumeClaimTemplate data",
    ]


def test_items_of_a_typed_list_need_not_say_what_they_are():
    bare = {key: claim()[key] for key in ("metadata", "spec")}
    props = {"apiVersion": "v1", "kind": "PersistentVolumeClaimList", "items": [bare]}
    (pvc,) = _claims("kubernetes:core/v1:PersistentVolumeClaimList", props)
    assert pvc.label == "PersistentVolumeClaim apps/data"


@pytest.mark.parametrize("kind", TEMPLATES, ids="-".join)
def test_templates_of_every_known_operator_are_found(kind):
    (path,) = TEMPLATES[kind]
    props = manifest(kind, path, {"metadata": {"labels": {"backup": "daily"}}})
    (pvc,) = _claims(f"kubernetes:{kind[0]}/v1:{kind[1]}", props)
    assert field(pvc.metadata, "labels", "backup") == "daily"
    assert (pvc.namespace, pvc.is_template, pvc.is_ephemeral) == ("apps", True, False)


def test_a_pack_can_be_told_of_another_operator():
    kind, path = ("example.test", "Store"), "spec.disks[].template"
    props = manifest(kind, path, {"metadata": {"name": "data"}})
    paths = {kind: (path,)}
    (pvc,) = claims("kubernetes:example.test/v1:Store", proxy(props), paths)
    assert pvc.label == "Store apps/thing, volumeClaimTemplate data"
    assert _claims("kubernetes:example.test/v1:Store", props) == []


@pytest.mark.parametrize("kind", POD_SPECS, ids="-".join)
def test_ephemeral_volumes_of_every_kind_of_pod_are_found(kind):
    props = manifest(kind, f"{POD_SPECS[kind]}.{EPHEMERAL}", {"spec": {}})
    (pvc,) = _claims(f"kubernetes:{kind[0] or 'core'}/v1:{kind[1]}", props)
    assert pvc.is_ephemeral


def test_a_patch_of_a_stateful_set_is_only_a_part_of_it():
    (pvc,) = _claims(f"{STATEFUL_SET}Patch", {**stateful_set({}), "kind": "StatefulSet"})
    assert pvc.is_partial
