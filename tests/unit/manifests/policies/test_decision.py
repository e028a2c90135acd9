import re

import pytest

from manifests.params import PolicyParams
from manifests.policies import decision, gate, restore


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.123456789Z"]
)
def test_a_time_in_utc_has_the_shape(text):
    assert re.search(decision.AS_OF_SHAPE, text)


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-01-31", "2026-01-31T12:00:00+00:00", "2026-01-31T12:00:00Z#", "٢٠٢٦-01-31"],
)
def test_nothing_else_has_it(text):
    assert not re.search(decision.AS_OF_SHAPE, text)


def test_both_policies_read_the_answer_the_same_way():
    shared = decision.variables(PolicyParams())
    words = shared.pop("words").removesuffix("\n}")
    for policy in (restore.policy(PolicyParams()), gate.policy(PolicyParams())):
        variables = {v["name"]: v["expression"] for v in policy["spec"]["variables"]}
        assert variables.items() >= shared.items()
        assert variables["words"].startswith(words)


def test_only_complete_answers_are_believed():
    text = decision.variables(PolicyParams())["decision"]
    for demand in (
        "statusCode == 200",
        "authoritative == true",
        "words.restore, variables.words.f",
    ):
        assert demand in text
