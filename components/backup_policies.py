"""The policies and what Kyverno may do for them. Without them no PVC is backed up or restored."""

from dataclasses import dataclass

import pulumi

from components._register import register, register_role
from manifests.params import PolicyParams
from manifests.rbac import cluster_roles
from manifests.render import all_policies

# Ready: compiled, permitted, and the webhook in place. Then it is in force, not before.
IN_FORCE = "jsonpath={.status.conditionStatus.ready}=true"
# A DeletingPolicy has no webhook, only a schedule, and Kyverno's cleanup controller writes no
# readiness: 1.19.1 sets lastExecutionTime only.
NEVER_READY = ("DeletingPolicy",)


@dataclass(frozen=True, kw_only=True)
class BackupPoliciesArgs:
    """What differs between two installations of the policies."""

    params: PolicyParams


class BackupPolicies(pulumi.ComponentResource):
    """The policies, created in order with the gate last, so that `destroy` removes it first.

    The component must depend on all that the gate asks, so that PVC creation is never blocked by
    a gate whose answers are gone.
    """

    def __init__(
        self, name: str, args: BackupPoliciesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"excludedNamespaces": list(args.params.excluded)}
        super().__init__("pvc-backup:components:BackupPolicies", name, inputs, opts)
        child = pulumi.ResourceOptions(parent=self)
        needs: list[pulumi.Resource] = [
            register_role(f"{name}-{role['metadata']['name'].rpartition(':')[2]}", role, child)
            for role in cluster_roles(args.params)
        ]
        for policy in all_policies(args.params):
            title = f"{name}-{policy['metadata']['name']}-{policy['kind'].lower()}"
            after = pulumi.ResourceOptions(parent=self, depends_on=needs)
            wait_for = "" if policy["kind"] in NEVER_READY else IN_FORCE
            needs = [register(title, policy, after, wait_for=wait_for)]
        self.register_outputs({})
