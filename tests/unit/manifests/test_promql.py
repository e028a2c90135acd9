import pytest

from contract import labels, names
from contract.names import Claim
from contract.schedule import TIERS
from manifests import promql


def test_matchers_narrow_a_metric_down():
    assert promql.selector("up", 'job="a"', 'pod=~"b.*"') == 'up{job="a", pod=~"b.*"}'


@pytest.mark.parametrize(
    "narrowed",
    [
        promql.tiered_pvcs('x="y"'),
        promql.pvcs_in_phase("Bound", 'x="y"'),
        promql.denials('x="y"'),
        promql.unprotected_pvcs('x="y"'),
    ],
)
def test_what_is_shared_can_be_narrowed_further(narrowed):
    assert ', x="y"}' in narrowed


def test_every_tier_counts_as_backed_up():
    assert all(tier in promql.tiered_pvcs() for tier in TIERS)
    assert labels.NO_BACKUP not in promql.tiered_pvcs()


def test_a_sources_name_leads_back_to_its_pvc():
    suffix = names.source_name(Claim("shop", "data")).removeprefix("data")
    assert f'"obj_name", "(.+){suffix}")' in promql.by_pvc("up")
