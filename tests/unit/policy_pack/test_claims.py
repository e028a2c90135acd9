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


def _found(resource_type, props):
    return list(claims(resource_type, proxy(props)))


@pytest.mark.parametrize("resource_type", [CLAIM, CUSTOM_CLAIM])
def test_a_pvc_is_found_however_it_is_written(resource_type):
    (found,) = _found(resource_type, claim({"backup": "daily"}))
    assert (found.label, found.namespace) == ("PersistentVolumeClaim apps/data", "apps")
    assert field(found.metadata, "labels", "backup") == "daily"
    assert not found.is_partial


def test_a_pvc_whose_kind_is_not_known_yet_is_found_by_its_type():
    props = {**claim(), "apiVersion": inputs.UNKNOWN, "kind": inputs.UNKNOWN}
    assert len(_found(CLAIM, props)) == 1
    assert len(_found(CUSTOM_CLAIM, props)) == 1


def test_a_custom_resource_of_another_group_is_no_pvc():
    props = {**claim(), "apiVersion": "example.test/v1"}
    assert _found("kubernetes:example.test/v1:PersistentVolumeClaim", props) == []


def test_another_providers_resource_is_no_pvc():
    assert _found("example:core/v1:PersistentVolumeClaim", claim()) == []


def test_every_template_of_a_stateful_set_is_a_pvc_of_its_namespace():
    first = {"metadata": {"name": "data", "labels": {"backup": "hourly"}}}
    found = _found(STATEFUL_SET, stateful_set(first, {"metadata": {"name": "wal"}}))
    assert [item.label for item in found] == [
        "StatefulSet apps/db, volumeClaimTemplate data",
        "StatefulSet apps/db, volumeClaimTemplate wal",
    ]
    assert {item.namespace for item in found} == {"apps"}


def test_a_stateful_set_without_templates_has_no_pvc():
    assert _found(STATEFUL_SET, stateful_set()) == []


def test_templates_that_are_not_known_yet_count_as_one_unknown_pvc():
    props = stateful_set()
    props["spec"]["volumeClaimTemplates"] = inputs.UNKNOWN_MAP
    (found,) = _found(STATEFUL_SET, props)
    assert found.metadata is UNKNOWN


def test_one_unknown_template_does_not_hide_the_others():
    known = {"metadata": {"name": "data"}}
    first, second = _found(STATEFUL_SET, stateful_set(inputs.UNKNOWN_MAP, known))
    assert first.metadata is UNKNOWN
    assert second.label.endswith("data")


def test_a_patch_is_only_a_part_of_a_pvc():
    (found,) = _found(f"{CLAIM}Patch", claim())
    assert found.is_partial


def test_a_list_holds_pvcs():
    props = {"apiVersion": "v1", "kind": "PersistentVolumeClaimList", "items": [claim(), claim()]}
    assert len(_found("kubernetes:core/v1:PersistentVolumeClaimList", props)) == 2


def test_a_list_of_anything_holds_pvcs_too():
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    data = {"metadata": {"name": "data"}}
    props = {"apiVersion": "v1", "kind": "List", "items": [claim(), config_map, stateful_set(data)]}
    assert [one.label for one in _found("kubernetes:core/v1:List", props)] == [
        "PersistentVolumeClaim apps/data",
        "StatefulSet apps/db, volumeClaimTemplate data",
    ]


def test_items_of_a_typed_list_need_not_say_what_they_are():
    bare = {key: claim()[key] for key in ("metadata", "spec")}
    props = {"apiVersion": "v1", "kind": "PersistentVolumeClaimList", "items": [bare]}
    (found,) = _found("kubernetes:core/v1:PersistentVolumeClaimList", props)
    assert found.label == "PersistentVolumeClaim apps/data"


@pytest.mark.parametrize("kind", TEMPLATES, ids="-".join)
def test_templates_of_every_known_operator_are_found(kind):
    (path,) = TEMPLATES[kind]
    props = manifest(kind, path, {"metadata": {"labels": {"backup": "daily"}}})
    (found,) = _found(f"kubernetes:{kind[0]}/v1:{kind[1]}", props)
    assert field(found.metadata, "labels", "backup") == "daily"
    assert (found.namespace, found.is_template, found.is_ephemeral) == ("apps", True, False)


def test_a_pack_can_be_told_of_another_operator():
    kind, path = ("example.test", "Store"), "spec.disks[].template"
    props = manifest(kind, path, {"metadata": {"name": "data"}})
    more = {kind: (path,)}
    (found,) = claims("kubernetes:example.test/v1:Store", proxy(props), more)
    assert found.label == "Store apps/thing, volumeClaimTemplate data"
    assert _found("kubernetes:example.test/v1:Store", props) == []


@pytest.mark.parametrize("kind", POD_SPECS, ids="-".join)
def test_ephemeral_volumes_of_every_kind_of_pod_are_found(kind):
    props = manifest(kind, f"{POD_SPECS[kind]}.{EPHEMERAL}", {"spec": {}})
    (found,) = _found(f"kubernetes:{kind[0] or 'core'}/v1:{kind[1]}", props)
    assert found.is_ephemeral


def test_a_patch_of_a_stateful_set_is_only_a_part_of_it():
    (found,) = _found(f"{STATEFUL_SET}Patch", {**stateful_set({}), "kind": "StatefulSet"})
    assert found.is_partial
