from contract.volsync import SpecKey
from manifests.params import PolicyParams
from manifests.policies import claim, generate

SPEC = generate.policy(PolicyParams(secret_store="vault"))["spec"]
OBJECTS = {v["name"]: v["expression"] for v in SPEC["variables"]}["objects"]


def test_it_shares_the_name_of_the_origin():
    assert generate.NAME == claim.BACKUP_RESTORE


def test_a_later_label_is_seen_too():
    (rule,) = SPEC["matchConstraints"]["resourceRules"]
    assert rule["operations"] == ["CREATE", "UPDATE"]


def test_a_background_scan_checks_again_what_it_does_not_match():
    (condition,) = SPEC["matchConditions"]
    assert SPEC["generate"][0]["expression"].startswith("!(" + condition["expression"] + ")")


def test_the_stacks_store_is_used():
    assert '"name": "vault"' in OBJECTS


def test_the_destination_takes_the_snapshot_from_the_record():
    assert f'"{SpecKey.SNAPSHOT}": dyn(variables.snapshot)' in OBJECTS
