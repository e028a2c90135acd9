from contract import labels
from contract.environment import Isolation
from manifests.params import PolicyParams
from manifests.policies import cleanup

SPEC = cleanup.policy(PolicyParams())["spec"]


def test_both_labels_are_demanded():
    terms = SPEC["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert [term["key"] for term in terms] == [labels.MANAGED_BY, labels.PVC]


def test_the_three_kinds_and_no_others_are_matched():
    rules = SPEC["matchConstraints"]["resourceRules"]
    resources = {name for rule in rules for name in rule["resources"]}
    assert resources == {"replicationsources", "replicationdestinations", "externalsecrets"}


def test_an_object_must_have_one_of_the_three_names():
    names = {v["name"]: v["expression"] for v in SPEC["variables"]}["names"]
    for name in (
        'variables.pvc + "-backup"',
        'variables.pvc + "-restore"',
        '"volsync-" + variables.pvc',
    ):
        assert name in names


def test_the_stacks_schedule_is_used():
    assert cleanup.policy(PolicyParams(cleanup="0 * * * *"))["spec"]["schedule"] == "0 * * * *"


def test_a_secret_is_removed_under_a_living_pvc_only_where_movers_work_apart():
    together = cleanup.policy(PolicyParams(isolation=Isolation.NAMESPACE))["spec"]
    (_, unwanted) = together["conditions"]
    assert "secretKind" not in unwanted["expression"]
    (_, unwanted) = SPEC["conditions"]
    assert "object.kind == variables.words.secretKind" in unwanted["expression"]
    assert "variables.inNamespaces" in unwanted["expression"]
