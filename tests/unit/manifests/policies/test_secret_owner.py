from manifests.native import BINDING, POLICY
from manifests.policies import secret_owner

OBJECTS = secret_owner.objects()
SPEC = OBJECTS[0]["spec"]


def test_the_api_server_judges_by_itself():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING]
    assert "paramKind" not in SPEC


def test_a_secret_that_external_secrets_does_not_write_is_never_matched():
    (term,) = SPEC["matchConstraints"]["objectSelector"]["matchExpressions"]
    assert term == {"key": "reconcile.external-secrets.io/managed", "operator": "Exists"}


def test_a_creation_or_deletion_never_comes_here():
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert (rule["resources"], rule["operations"]) == (["secrets"], ["UPDATE"])


def test_only_secrets_named_like_those_of_pvcs_are_judged():
    (condition,) = SPEC["matchConditions"]
    assert condition["expression"] == 'object.metadata.name.startsWith("volsync-")'
