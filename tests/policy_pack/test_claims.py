import pytest
from claims import UNKNOWN, claims, field, items

from tests.policy_pack import inputs
from tests.policy_pack.inputs import CLAIM, CUSTOM_CLAIM, STATEFUL_SET, claim, proxy, stateful_set


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


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"a": {"b": "x"}}, "x"),
        ({"a": {}}, None),
        ({"a": None}, None),
        ({"a": "text"}, None),
        ({"a": {"b": inputs.UNKNOWN}}, UNKNOWN),
        ({"a": inputs.UNKNOWN_MAP}, UNKNOWN),
        ({"a": {"b": "x", "c": inputs.UNKNOWN}}, "x"),
    ],
)
def test_a_field_is_known_absent_or_unknown(source, expected):
    assert field(proxy(source), "a", "b") == expected


def test_below_an_unknown_everything_is_unknown():
    assert field(UNKNOWN, "a", "b") is UNKNOWN
    assert items(UNKNOWN, "a") == [UNKNOWN]


def test_text_is_no_list():
    assert items(proxy({"a": "text"}), "a") == []
