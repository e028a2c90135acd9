import pytest

from contract import schedule
from contract.environment import Isolation
from manifests.params import PolicyParams


def test_the_fixed_exclusions_cannot_be_left_out():
    with pytest.raises(ValueError, match="kyverno, volsync-system"):
        PolicyParams(excluded=("kube-system",))


@pytest.mark.parametrize("window", [0, -1, schedule.MAX_WINDOW + 1])
def test_a_window_that_no_cron_line_can_hold_is_refused(window):
    with pytest.raises(ValueError, match="window must be"):
        PolicyParams(window=window)


def test_a_url_that_would_double_the_slash_is_refused():
    with pytest.raises(ValueError, match="slash"):
        PolicyParams(plumber_url="http://x/")


def test_the_defaults_are_the_published_ones():
    params = PolicyParams()
    assert params.plumber_url == "http://pvc-plumber.volsync-system.svc.cluster.local."
    assert params.cleanup == "*/15 * * * *"
    assert params.spread


def test_a_pvc_has_a_secret_of_its_own_unless_all_movers_work_apart():
    assert PolicyParams(isolation=Isolation.NAMESPACE).has_secrets
    assert not PolicyParams().has_secrets
    assert PolicyParams(in_namespaces=("plain",)).has_secrets
