from contract import schedule
from contract.labels import Tier
from contract.names import Claim
from manifests.params import PolicyParams
from manifests.policies import source

ANY = Claim("n", "p")


def variables(params: PolicyParams) -> dict[str, str]:
    return {v["name"]: v["expression"] for v in source.policy(params)["spec"]["variables"]}


def test_the_status_subresource_is_matched_because_bound_is_written_there():
    (rule,) = source.policy(PolicyParams())["spec"]["matchConstraints"]["resourceRules"]
    assert rule["resources"] == ["persistentvolumeclaims", "persistentvolumeclaims/status"]


def test_only_a_bound_pvc_gets_a_source_even_in_a_background_scan():
    spec = source.policy(PolicyParams())["spec"]
    for condition in spec["matchConditions"]:
        assert condition["expression"] in spec["generate"][0]["expression"]


def test_without_spread_the_literal_schedules_are_used():
    found = variables(PolicyParams(spread=False))
    for tier in Tier:
        assert schedule.cron(tier, ANY, spread=False) in found["words"]
    assert "hash" not in str(found)


def test_the_window_of_the_stack_is_used():
    assert '"window": 180' in variables(PolicyParams(window=180))["minutes"]


def test_the_spread_reads_as_many_digits_as_the_contract():
    found = variables(PolicyParams())
    assert found["places"] == "[0, 1, 2, 3]"
    assert found["powers"] == "[4096, 256, 16, 1]"
    assert schedule.SPREAD_DIGITS == 4
