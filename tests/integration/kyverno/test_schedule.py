"""The spread of start times, as the engine computes it, for windows that the flow does not use."""

import pytest

from contract import schedule
from contract.names import Claim
from contract.schedule import TIERS
from manifests import kyverno as kinds
from manifests.params import PolicyParams
from manifests.policies import claim, source
from tests.integration.kyverno.api import eventually
from tests.integration.kyverno.conftest import is_ready
from tests.integration.kyverno.objects import pvc

KEY = "example.org/schedule"
WISHES = [
    PolicyParams(window=1),
    PolicyParams(window=180),
    PolicyParams(window=schedule.MAX_WINDOW),
    PolicyParams(spread=False),
]
PATCH = """[JSONPatch{op: "add", path: "/metadata/annotations", value: {
  "example.org/schedule": variables.schedule}}]"""


@pytest.mark.parametrize("params", WISHES, ids=["1", "180", "longest", "off"])
def test_every_window_is_computed_as_the_contract_does(kyverno, namespace, params):
    spec = source.policy(params)["spec"]
    variables = {v["name"]: v["expression"] for v in spec["variables"] if v["name"] != "objects"}
    policy = kinds.mutating(
        "schedule-" + namespace,
        title="t",
        description="d",
        match=claim.tiered(kyverno.params, ["CREATE"]),
        conditions={"here": "object.metadata.namespace == '" + namespace + "'"},
        variables=variables,
        patches=[PATCH],
    )
    kyverno.api.apply(policy)
    try:
        eventually(lambda: is_ready(kyverno.api, policy))
        for name, tier in [(f"v{i}", tier) for i in range(6) for tier in TIERS]:
            live = kyverno.api.create(pvc(namespace, f"{name}-{tier}", tier=tier))
            pvc_claim = Claim(namespace, live["metadata"]["name"])
            expected = schedule.cron(tier, pvc_claim, spread=params.spread, window=params.window)
            assert live["metadata"]["annotations"][KEY] == expected
    finally:
        kyverno.api.delete(policy)
