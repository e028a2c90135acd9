from contract.environment import Isolation
from contract.repository import PasswordSource
from contract.volsync import DESTINATION, SpecKey
from manifests.external_secrets import SECRET
from manifests.params import PolicyParams
from manifests.policies import claim, generate

PASSWORD = PasswordSource(store="vault", item="backups/kopia", field="pw")
SPEC = generate.policy(PolicyParams(password=PASSWORD, isolation=Isolation.NAMESPACE))["spec"]
OBJECTS = {v["name"]: v["expression"] for v in SPEC["variables"]}["objects"]


def test_it_shares_the_name_of_the_origin():
    assert generate.NAME == claim.BACKUP_RESTORE


def test_a_later_label_is_seen_too():
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["CREATE", "UPDATE"]


def test_a_background_scan_checks_again_what_it_does_not_match():
    (condition,) = SPEC["matchConditions"]
    assert SPEC["generate"][0]["expression"].startswith("!(" + condition["expression"] + ")")


def test_the_stacks_store_item_and_field_are_used():
    for text in ('"name": "vault"', '"key": "backups/kopia"', '"property": "pw"'):
        assert text in OBJECTS


def test_the_destination_takes_the_snapshot_from_the_record():
    assert f'"{SpecKey.SNAPSHOT}": dyn(variables.snapshot)' in OBJECTS


def _apart(*in_namespaces: str) -> str:
    params = PolicyParams(in_namespaces=in_namespaces)
    variables = generate.policy(params)["spec"]["variables"]
    return {v["name"]: v["expression"] for v in variables}["objects"]


def test_movers_that_work_apart_need_no_secret_of_a_pvc():
    assert SECRET not in _apart()
    assert DESTINATION in _apart()


def test_an_exception_has_its_secret_as_without_isolation():
    everywhere, _, there = _apart("plain").partition(
        ' + (object.metadata.namespace in ["plain"] ? '
    )
    assert everywhere == _apart()
    assert SECRET in there


def test_the_public_parameters_stay_with_the_movers_wherever_they_work():
    assert f'"{SpecKey.SECRET}"' in _apart()
