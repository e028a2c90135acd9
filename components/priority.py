"""The priority of what a cluster cannot do without. Without it nothing but the order changes."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.scheduling.v1 import PriorityClass

from components import pod
from contract.labels import PROJECT

CRITICAL = f"{PROJECT}-critical"
VALUE = 1_000_000  # above what people give their applications, below all of Kubernetes' own
WHY = "Without pvc-plumber no PVC with a backup label is created; without the mover none is filled."


@dataclass(frozen=True, kw_only=True)
class PriorityArgs:
    """`chosen` is a PriorityClass that others have made; "" lets the stack make one."""

    chosen: str


class Priority(pulumi.ComponentResource):
    """A PriorityClass of our own: `system-cluster-critical` is often kept to `kube-system`."""

    def __init__(
        self, name: str, args: PriorityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pvc-backup:components:Priority", name, {"chosen": args.chosen}, opts)
        if not args.chosen:
            PriorityClass(
                f"{name}-class",
                metadata={"name": CRITICAL, "labels": pod.labels(CRITICAL)},
                value=VALUE,
                description=WHY,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
