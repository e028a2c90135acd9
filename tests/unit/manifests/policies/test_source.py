import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import schedule
from contract.names import Claim
from contract.schedule import TIERS
from manifests.params import PolicyParams
from manifests.policies import source
from tests.unit.contract.strategies import claims
from tests.unit.manifests.policies.schedule_cel import schedule_of, variables

PHOTOS = Claim("media", "photos")
windows = st.integers(1, schedule.MAX_WINDOW)


def test_the_status_subresource_is_matched_because_bound_is_written_there():
    (rule,) = source.policy(PolicyParams())["spec"]["matchConstraints"]["resourceRules"]
    assert rule["resources"] == ["persistentvolumeclaims", "persistentvolumeclaims/status"]


def test_only_a_bound_pvc_gets_a_source_even_in_a_background_scan():
    spec = source.policy(PolicyParams())["spec"]
    for condition in spec["matchConditions"]:
        assert condition["expression"] in spec["generate"][0]["expression"]


@pytest.mark.parametrize("tier", TIERS)
@given(claim=claims, window=windows, spread=st.booleans())
def test_the_policy_computes_each_tiers_schedule_as_the_contract_does(tier, claim, window, spread):
    params = PolicyParams(window=window, spread=spread)
    wanted = schedule.cron(tier, claim, window=window, spread=spread)
    assert schedule_of(tier, claim, params) == wanted


@given(label=st.text(max_size=9), spread=st.booleans())
def test_a_label_that_is_no_tier_has_no_schedule_rather_than_another_tiers(label, spread):
    if label not in TIERS:
        with pytest.raises(KeyError):
            schedule_of(label, PHOTOS, PolicyParams(spread=spread))


def test_without_spread_nothing_is_hashed():
    assert "hash" not in str(variables(PolicyParams(spread=False)))


def test_the_window_of_the_stack_is_used():
    assert '"window": 180' in variables(PolicyParams(window=180))["minutes"]


def test_the_spread_reads_as_many_digits_as_the_contract():
    expressions = variables(PolicyParams())
    assert expressions["places"] == "[0, 1, 2, 3]"
    assert expressions["powers"] == "[4096, 256, 16, 1]"
    assert schedule.SPREAD_DIGITS == 4
