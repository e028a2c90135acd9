"""The movers' namespace. Without it, where movers work apart, no backup and no restore starts."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Namespace, ResourceQuota, ServiceAccount

from components import pod
from components._register import READY, register
from components.network import isolation
from contract.environment import Isolation
from contract.repository import SYSTEM_SECRET, PasswordSource
from contract.scope import MOVERS_NAMESPACE
from manifests import external_secrets


@dataclass(frozen=True, kw_only=True)
class MoversArgs:
    """Nothing is made where movers work in the namespaces of their PVCs."""

    isolation: Isolation
    password: PasswordSource
    quota: dict[str, str]


class Movers(pulumi.ComponentResource):
    """A namespace where nothing but movers runs, and the Secret that they mount."""

    def __init__(
        self, name: str, args: MoversArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(
            "pvc-backup:components:Movers", name, {"isolation": args.isolation.value}, opts
        )
        if args.isolation is Isolation.SYSTEM:
            self._install(name, args)
        self.register_outputs({})

    def _install(self, name: str, args: MoversArgs) -> None:
        labels = {**pod.labels(MOVERS_NAMESPACE), **pod.POD_SECURITY}
        space = Namespace(
            f"{name}-namespace",
            metadata={"name": MOVERS_NAMESPACE, "labels": labels},
            opts=pulumi.ResourceOptions(parent=self),
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[space])
        register(
            f"{name}-secret",
            external_secrets.external_secret(
                {"name": SYSTEM_SECRET, "namespace": MOVERS_NAMESPACE},
                secret=SYSTEM_SECRET,
                password=args.password,
            ),
            inside,
            wait_for=READY,
        )
        isolation(f"{name}-network-policy", MOVERS_NAMESPACE, inside)
        # Kubernetes makes this account itself; server-side apply changes the one that is there. It
        # goes with its namespace: deleted before, it is made anew at once, and `destroy` waits for
        # the end of what never ends.
        ServiceAccount(
            f"{name}-account",
            metadata=pod.metadata("default", MOVERS_NAMESPACE),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions.merge(
                inside, pulumi.ResourceOptions(retain_on_delete=True)
            ),
        )
        if args.quota:
            ResourceQuota(
                f"{name}-quota",
                metadata=pod.metadata(MOVERS_NAMESPACE, MOVERS_NAMESPACE),
                spec={"hard": args.quota},
                opts=inside,
            )
