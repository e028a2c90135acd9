"""The schedule of a generated source, worked out from the policy's own CEL.

What that CEL is made of reads the same in Python, but for the division of whole numbers. Only the
digits of the hash are taken from the contract.
"""

from types import SimpleNamespace
from typing import Any

from contract.labels import BACKUP
from contract.names import Claim
from contract.schedule import SPREAD_DIGITS, spread_offset
from manifests.params import PolicyParams
from manifests.policies import source


def variables(params: PolicyParams) -> dict[str, str]:
    """The policy's variables and their expressions."""
    return {v["name"]: v["expression"] for v in source.policy(params)["spec"]["variables"]}


def schedule_of(label: str, claim: Claim, params: PolicyParams) -> str:
    """What the source of a PVC with this label gets. KeyError is CEL's `no such key`."""
    expressions = variables(params)
    known = SimpleNamespace(number=spread_offset(claim, 16**SPREAD_DIGITS))
    seen = SimpleNamespace(metadata=SimpleNamespace(labels={BACKUP: label}))

    def worked_out(expression: str) -> Any:
        words = {"string": str, "variables": known, "object": seen}
        return eval(expression.replace(" / ", " // "), words)  # noqa: S307 - our own text

    if params.spread:
        known.minutes = SimpleNamespace(**worked_out(expressions["minutes"]))
        known.offset = worked_out(expressions["offset"])
    known.schedules = worked_out(expressions["schedules"])
    return worked_out(expressions["schedule"])
