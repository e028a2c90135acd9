import json
import re

import pytest
from hypothesis import given

from contract import names
from contract.names import PVC_NAME_LIMIT, Claim
from manifests.params import PolicyParams
from manifests.policies import claim
from tests.unit.contract.strategies import claims

TEXT = re.compile(r'"(?:\\.|[^"\\])*"|object\.metadata\.name(space)?')


def evaluated(expression: str, pvc: Claim) -> str:
    """The value of a concatenation for one PVC."""
    data = {"object.metadata.name": pvc.name, "object.metadata.namespace": pvc.namespace}
    parts = [match.group() for match in TEXT.finditer(expression)]
    return "".join(data.get(part) or json.loads(part) for part in parts)


PAIRS = [
    (claim.SOURCE, names.source_name),
    (claim.DESTINATION, names.destination_name),
    (claim.SECRET, names.secret_name),
    (claim.ACCESS.user, lambda pvc: names.identity(pvc).user),
    (claim.ACCESS.host, lambda pvc: names.identity(pvc).host),
]


@pytest.mark.parametrize(("expression", "name_of"), PAIRS)
@given(pvc=claims.filter(lambda pvc: len(pvc.name) <= PVC_NAME_LIMIT))
def test_the_policies_names_are_the_contracts(expression, name_of, pvc):
    assert evaluated(str(expression), pvc) == name_of(pvc)


def test_only_tiers_outside_excluded_namespaces_match():
    match = claim.tiered(PolicyParams(), ["CREATE"])
    assert match["objectSelector"]["matchExpressions"] == [
        {"key": "backup", "operator": "In", "values": ["hourly", "daily"]}
    ]
    excluded = match["namespaceSelector"]["matchExpressions"][0]["values"]
    assert excluded == list(PolicyParams().excluded)
