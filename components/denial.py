"""The denial of all traffic in VolSync's namespace but what a pod's own policy lets through.

Without it each of our pods still has that policy, but others in the namespace have none.
"""

from dataclasses import dataclass

import pulumi

from components.network import isolation
from contract.scope import VOLSYNC_NAMESPACE


@dataclass(frozen=True, kw_only=True)
class DenialArgs:
    """`is_ours`: the stack made the namespace, so that nobody else's pods are cut off."""

    is_ours: bool


class Denial(pulumi.ComponentResource):
    """Comes when all parts have their policies: an upgrade cuts off none that runs."""

    def __init__(
        self, name: str, args: DenialArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("pvc-backup:components:Denial", name, {"isOurs": args.is_ours}, opts)
        if args.is_ours:
            child = pulumi.ResourceOptions(parent=self)
            isolation(f"{name}-network-policy", VOLSYNC_NAMESPACE, child)
        self.register_outputs({})
