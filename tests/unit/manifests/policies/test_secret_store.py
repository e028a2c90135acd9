from contract.repository import PasswordSource
from contract.scope import MOVERS_NAMESPACE, RESTORE_PROOF, VOLSYNC_NAMESPACE
from manifests.native import BINDING, POLICY
from manifests.policies import secret_store

PASSWORD = PasswordSource(store="vault", item="backups/kopia", field="pw")
OBJECTS = secret_store.objects(PASSWORD)
SPEC = OBJECTS[0]["spec"]


def _variable(spec, name):
    return {pair["name"]: pair["expression"] for pair in spec["variables"]}[name]


def test_the_api_server_judges_by_itself_in_every_namespace():
    assert [obj["kind"] for obj in OBJECTS] == [POLICY, BINDING]
    assert "paramKind" not in SPEC
    assert SPEC["matchConstraints"]["namespaceSelector"] == {}


def test_a_deletion_a_status_and_a_store_never_come_here():
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["CREATE", "UPDATE"]
    assert not [name for name in rule["resources"] if "/" in name or "store" in name]


def test_each_release_of_external_secrets_has_its_versions_judged():
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["apiVersions"] == ["*"]


def test_only_where_the_stack_fetches_the_password_itself_is_nobody_judged():
    condition = SPEC["matchConditions"][1]["expression"]
    for name in (VOLSYNC_NAMESPACE, MOVERS_NAMESPACE, RESTORE_PROOF):
        assert f'"{name}"' in condition


def test_kyverno_may_fetch_nothing_but_the_stacks_own_item_and_field():
    ours = _variable(SPEC, "isOurs")
    assert 'entry.remoteRef.key == "backups/kopia"' in ours
    assert 'entry.remoteRef.property == "pw"' in ours
    (policy, _) = secret_store.objects(PasswordSource(item="kopia", field=""))
    assert "!has(entry.remoteRef.property)" in _variable(policy["spec"], "isOurs")
