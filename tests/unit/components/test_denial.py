from components.denial import Denial, DenialArgs
from contract.scope import VOLSYNC_NAMESPACE
from tests.unit.components.fixtures import built


def _policies(is_ours):
    made = built(lambda opts: Denial("denial", DenialArgs(is_ours=is_ours), opts))
    return [item.inputs for item in made.of_kind("NetworkPolicy")]


def test_nothing_goes_in_or_out_of_any_pod_in_a_namespace_of_ours():
    (made,) = _policies(is_ours=True)
    assert made["metadata"]["namespace"] == VOLSYNC_NAMESPACE
    assert not made["spec"]["podSelector"]
    assert made["spec"]["ingress"] == made["spec"]["egress"] == []


def test_the_pods_of_others_in_a_namespace_of_theirs_are_left_alone():
    assert _policies(is_ours=False) == []
