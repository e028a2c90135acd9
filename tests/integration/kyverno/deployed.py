"""What `pulumi up` makes of a production stack, as far as an API server alone can hold it."""

import json
from collections.abc import Iterator

from tests.integration.kyverno.api import Api, Refused
from tests.unit.stack.recording import record_program
from tests.unit.stack.stacks import ROOT, stack

# In this order. Policies are this folder's own; nothing here has the kinds of the other objects.
KINDS = (
    "Namespace",
    "PriorityClass",
    "ServiceAccount",
    "ConfigMap",
    "Deployment",
    "CronJob",
    "Job",
)
CONFLICT = 409


def objects() -> Iterator[dict]:
    """Those of the kinds."""
    program = record_program(stack(ROOT / "Pulumi.prod.yaml"))
    for kind in KINDS:
        for resource in program.of_kind(kind):
            yield json.loads(json.dumps(resource.inputs), parse_float=_whole)


def _whole(text: str) -> int:
    """Pulumi's wire has no integers; none of our numbers has a fraction."""
    return int(float(text))


def deploy(api: Api) -> None:
    """Makes what is not there yet."""
    for obj in objects():
        try:
            api.create(obj)
        except Refused as refused:
            if refused.code != CONFLICT:
                raise
