import pytest

from components.priority import CRITICAL, Priority, PriorityArgs
from tests.unit.components.fixtures import built

LARGEST = 1_000_000_000  # Kubernetes keeps what is above to itself


def _made(chosen):
    return built(lambda opts: Priority("priority", PriorityArgs(chosen=chosen), opts))


def test_the_priority_is_one_that_every_cluster_lets_us_have():
    (made,) = _made("").of_kind("PriorityClass")
    assert made.inputs["metadata"]["name"] == CRITICAL
    assert not CRITICAL.startswith("system-")
    assert 0 < made.inputs["value"] < LARGEST
    assert not made.inputs.get("globalDefault")


@pytest.mark.parametrize("chosen", ["system-cluster-critical", "platform"])
def test_a_priority_that_others_have_made_is_left_to_them(chosen):
    assert _made(chosen).of_kind("PriorityClass") == []
