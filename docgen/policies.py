"""Writes docs/policies.md."""

import json
from collections.abc import Sequence
from typing import Any

from contract.scope import MOVERS_NAMESPACE
from manifests.kyverno import DESCRIPTION, TITLE

INTRO = """# Policies

Written by `scripts/golden` from `manifests/policies/`; change them there.

They are listed in the order in which they are deployed; they are removed in the reverse order.
"""

SIDES = {
    "ValidatingPolicy": "closed: while Kyverno is down, all that it matches is denied",
    "MutatingPolicy": "closed: while Kyverno is down, all that it matches is denied",
    "GeneratingPolicy": "open: the request passes, a later background scan generates the objects",
    "DeletingPolicy": "keeps: on an error, or without Kyverno, nothing is deleted",
    "ValidatingAdmissionPolicy": "closed: the API server judges by itself, without Kyverno",
}


def _term(term: dict[str, Any]) -> str:
    values = ", ".join(f"`{value}`" for value in term.get("values", []))
    words = {
        "In": f"is {values}",
        "NotIn": f"is not {values}",
        "Exists": "is set",
        "DoesNotExist": "is not set",
    }
    return f"`{term['key']}` {words[term['operator']]}"


def _where(match: dict[str, Any]) -> str:
    terms = match["namespaceSelector"].get("matchExpressions", [])
    operator = terms[0]["operator"] if terms else ""
    if terms and terms[0]["values"] == [MOVERS_NAMESPACE]:
        return f"only in `{MOVERS_NAMESPACE}`"
    return {"NotIn": "not in excluded namespaces", "In": "only in excluded namespaces"}.get(
        operator, "in all namespaces"
    )


def _section(policy: dict[str, Any]) -> str:
    meta, spec = policy["metadata"], policy["spec"]
    match = spec["matchConstraints"]
    rules = match["resourceRules"]
    resources = ", ".join(f"`{name}`" for rule in rules for name in rule["resources"])
    operations = sorted({name for rule in rules for name in rule["operations"]} - {"*"})
    when = f"schedule `{spec['schedule']}`" if "schedule" in spec else ", ".join(operations)
    asks = "yes" if "http.Get" in json.dumps(spec) else "no"
    selector = match.get("objectSelector", {})
    terms = [_term(term) for term in selector.get("matchExpressions", [])]
    rows = [
        ("kind", policy["kind"]),
        ("matches", f"{resources}; labels: {' and '.join(terms) or 'any'}"),
        ("where", _where(match)),
        ("when", when),
        ("asks pvc-plumber", asks),
        ("if it fails", SIDES[policy["kind"]]),
    ]
    table = "\n".join(f"| {name} | {text} |" for name, text in rows)
    title, description = meta["annotations"][TITLE], meta["annotations"][DESCRIPTION]
    return f"## {meta['name']}: {title}\n\n{description}\n\n| | |\n|---|---|\n{table}\n"


def policy_page(policies: Sequence[dict[str, Any]]) -> str:
    """The page, one section per policy. The first one does not match in excluded namespaces."""
    excluded = policies[0]["spec"]["matchConstraints"]["namespaceSelector"]["matchExpressions"][0]
    names = ", ".join(f"`{name}`" for name in excluded["values"])
    scope = f"Excluded namespaces are {names}, and those that the stack excludes.\n"
    return "\n".join([INTRO + scope, *[_section(policy) for policy in policies]])
