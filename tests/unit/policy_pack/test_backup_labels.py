import pytest
from backup_labels import AUTONAMED, database_problems, inherited_problems, label_problems
from claims import claims
from fields import UNKNOWN

from contract.labels import CNPG_CLUSTER, REASON
from contract.names import PVC_NAME_LIMIT
from contract.schedule import TIERS
from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import CLAIM, claim, proxy


def _problems(props, rule=label_problems, resource_type=CLAIM):
    return [text for pvc in claims(resource_type, proxy(props)) for text in rule(pvc)]


def _only(props, **more):
    (problem,) = _problems(props, **more)
    return problem


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_is_enough(tier):
    assert _problems(claim({"backup": tier})) == []


def test_none_needs_a_reason():
    assert "without a reason" in _only(claim({"backup": "none"}))
    for empty in ("", "  "):
        assert _problems(claim({"backup": "none"}, annotations={REASON: empty}))
    assert _problems(claim({"backup": "none"}, annotations={REASON: "a cache"})) == []


@pytest.mark.parametrize("labels", [None, {}, {"app": "x"}])
def test_a_pvc_without_the_label_is_told_what_to_write(labels):
    problem = _only(claim(labels))
    assert problem.startswith("PersistentVolumeClaim apps/data: has no label backup.")
    for word in (*TIERS, "none", REASON):
        assert word in problem


@pytest.mark.parametrize("value", ["weekly", "Hourly", "", "true", 1, True, ["daily"]])
def test_any_other_value_is_wrong(value):
    assert "means nothing" in _only(claim({"backup": value}))


@pytest.mark.parametrize(
    "props",
    [
        claim({"backup": inputs.UNKNOWN}),
        claim(inputs.UNKNOWN_MAP),
        {**claim(), "metadata": inputs.UNKNOWN_MAP},
    ],
    ids=["label", "labels", "metadata"],
)
def test_what_is_not_known_at_preview_does_not_pass(props):
    assert "not known at preview" in _only(props)


def test_an_unknown_reason_does_not_pass():
    unknown = {REASON: inputs.UNKNOWN}
    assert "not known at preview" in _only(claim({"backup": "none"}, annotations=unknown))


@pytest.mark.parametrize("key", ["name", "namespace"])
def test_other_unknowns_do_no_harm(key):
    assert (
        _problems(claim({"backup": "daily", "app": inputs.UNKNOWN}, **{key: inputs.UNKNOWN})) == []
    )


def test_a_patch_may_lack_the_label_but_not_spoil_it():
    patch = f"{CLAIM}Patch"
    assert _problems(claim({"app": "x"}), resource_type=patch) == []
    assert _problems(claim({"backup": "weekly"}), resource_type=patch)


def test_a_name_that_could_never_be_restored_is_refused_while_it_is_labelled():
    long = "x" * (PVC_NAME_LIMIT + 1)
    assert str(PVC_NAME_LIMIT) in _only(claim({"backup": "daily"}, name=long))
    assert _problems(claim({"backup": "daily"}, name=long[:-1])) == []
    reason = {REASON: "a cache"}
    assert _problems(claim({"backup": "none"}, name=long, annotations=reason)) == []


def test_a_random_name_is_refused_because_backups_are_found_by_name():
    named = claim({"backup": "daily"}, annotations={AUTONAMED: "true"})
    assert "metadata.name" in _only(named)


@pytest.mark.parametrize("value", ["hourly", "none", inputs.UNKNOWN])
def test_a_databases_volume_must_not_bear_the_label(value):
    props = claim({CNPG_CLUSTER: "db", "backup": value})
    assert "Barman" in _only(props, rule=database_problems)


def test_a_databases_volume_needs_no_label():
    props = claim({CNPG_CLUSTER: "db"})
    assert _problems(props) == []
    assert _problems(props, rule=database_problems) == []


def test_other_volumes_are_no_databases():
    assert _problems(claim({"backup": "daily"}), rule=database_problems) == []
    assert _problems(claim(inputs.UNKNOWN_MAP), rule=database_problems) == []


def test_a_database_must_not_pass_the_label_on():
    assert list(inherited_problems("db", proxy({"backup": "daily"})))
    assert list(inherited_problems("db", UNKNOWN))
    assert list(inherited_problems("db", proxy({"app": "x"}))) == []
    assert list(inherited_problems("db", None)) == []
