import pytest

from contract import policies
from manifests.params import PolicyParams
from manifests.render import all_policies
from plumber.canary.review import CANARIES

NOT_JUDGED = [None, [], {}, {"response": None}, {"response": {"allowed": True}}]
DENIED = {"response": {"uid": "1", "allowed": False}}
CHANGED = {"response": {"uid": "1", "allowed": True, "patch": "W10="}}


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.path)
def test_only_a_denial_or_a_change_is_a_judgement(canary):
    assert [answer for answer in NOT_JUDGED if canary.is_judged(answer)] == []
    is_validating = canary.kind == policies.VALIDATING
    assert canary.is_judged(DENIED) is is_validating
    assert canary.is_judged(CHANGED) is not is_validating


def test_every_policy_that_protects_a_pvc_has_its_canary():
    """A new gate without one would be passed by while Kyverno starts."""
    kinds = (policies.VALIDATING, policies.MUTATING)
    every = {
        (policy["kind"], policy["metadata"]["name"])
        for policy in all_policies(PolicyParams())
        if policy["kind"] in kinds
    }
    assert {(canary.kind, canary.policy) for canary in CANARIES} == every


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.path)
def test_a_canary_is_a_dry_run_and_about_no_pvc_that_exists(canary):
    request = canary.review()["request"]
    assert request["dryRun"] is True
    assert request["object"]["metadata"]["name"] == request["name"] == "pvc-backup-canary"
