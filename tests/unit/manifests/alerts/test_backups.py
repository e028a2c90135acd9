from manifests.alerts.backups import TICK
from manifests.params import PolicyParams


def test_orphans_are_given_three_ticks_of_the_cleanup():
    assert PolicyParams().cleanup == f"*/{TICK} * * * *"
