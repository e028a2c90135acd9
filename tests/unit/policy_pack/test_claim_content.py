import pytest
from claim_content import source_problems, volume_problems
from claims import claims

from contract.names import Claim, destination_name
from contract.volsync import API_GROUP
from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import CLAIM, STATEFUL_SET, claim, proxy, stateful_set

TIER = {"backup": "hourly"}
PLAIN = {"storageClassName": "block"}
OURS = {
    "apiGroup": API_GROUP,
    "kind": "ReplicationDestination",
    "name": destination_name(Claim("apps", "data")),
}
SOURCES = {
    "ours": {"dataSourceRef": OURS},
    "a person's": {"dataSourceRef": {**OURS, "name": "photos-dst"}},
    "another tool's": {
        "dataSourceRef": {"apiGroup": "example.test", "kind": "Restore", "name": "x"}
    },
    "a snapshot": {"dataSource": {"apiGroup": "snapshot", "kind": "VolumeSnapshot", "name": "x"}},
    "a clone": {"dataSource": {"kind": "PersistentVolumeClaim", "name": "x"}},
}


def problems(rule, props, resource_type=CLAIM):
    return [text for pvc in claims(resource_type, proxy(props)) for text in rule(pvc)]


def with_spec(labels=TIER, **spec):
    return {**claim(labels), "spec": {**PLAIN, **spec}}


@pytest.mark.parametrize("source", SOURCES)
def test_a_data_source_in_git_is_told_with_what_to_do(source):
    template = {"metadata": {"name": "t", "labels": TIER}, "spec": {**PLAIN, **SOURCES[source]}}
    for resource_type, props in (
        (CLAIM, with_spec(**SOURCES[source])),
        (STATEFUL_SET, stateful_set(template)),
    ):
        (problem,) = problems(source_problems, props, resource_type)
        assert "Remove dataSourceRef and dataSource; a live PVC keeps its own." in problem
        assert next(iter(SOURCES[source])) in problem


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("labels", [None, {"backup": "none"}])
def test_a_pvc_without_a_tier_may_be_filled_from_anything(source, labels):
    assert problems(source_problems, with_spec(labels, **SOURCES[source])) == []


def test_a_pvc_that_names_no_source_passes():
    assert problems(source_problems, with_spec()) == []
    assert problems(source_problems, claim(TIER)) == []


@pytest.mark.parametrize(
    "props",
    [
        with_spec(dataSourceRef=inputs.UNKNOWN_MAP),
        {**claim(TIER), "spec": inputs.UNKNOWN_MAP},
    ],
)
def test_a_source_that_is_not_known_at_preview_does_not_pass(props):
    (problem,) = problems(source_problems, props)
    assert "not known at preview" in problem


@pytest.mark.parametrize("name", ["by-hand", inputs.UNKNOWN])
def test_a_volume_chosen_by_hand_is_warned_of(name):
    (problem,) = problems(volume_problems, with_spec(volumeName=name))
    assert "creating it again is denied. Remove volumeName." in problem


def test_without_a_chosen_volume_or_a_tier_nobody_is_warned():
    assert problems(volume_problems, with_spec()) == []
    assert problems(volume_problems, with_spec(volumeName="")) == []
    assert problems(volume_problems, with_spec(None, volumeName="by-hand")) == []
    assert problems(volume_problems, {**claim(TIER), "spec": inputs.UNKNOWN_MAP}) == []
