from manifests.params import PolicyParams
from manifests.policies import restore

SPEC = restore.policy(PolicyParams())["spec"]


def test_only_a_create_is_touched():
    assert [r["operations"] for r in SPEC["matchConstraints"]["resourceRules"]] == [["CREATE"]]


VARIABLES = {variable["name"]: variable["expression"] for variable in SPEC["variables"]}


def test_only_text_that_was_checked_becomes_part_of_a_url():
    """`decision` asks pvc-plumber, and `restores` looks at it."""
    (mutation,) = SPEC["mutations"]
    known = VARIABLES.pop("isKnown")
    assert known.startswith("variables.asOfValid && variables.decision")
    assert VARIABLES.pop("isRestore").startswith("variables.isKnown && variables.restores")
    for own in ("marks", "leftovers"):
        assert "variables.restores" not in VARIABLES[own]
    assert VARIABLES["marks"].startswith("!variables.isKnown ? {}")
    assert "variables.restores" not in mutation["jsonPatch"]["expression"]
    assert "variables.decision" not in mutation["jsonPatch"]["expression"]
