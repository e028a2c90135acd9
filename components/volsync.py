"""Upstream VolSync. Without it no restored volume is handed to its PVC, and backups stop."""

from dataclasses import dataclass, field
from typing import Any

import pulumi

from components import pod
from components.monitoring import Monitoring
from components.network import network_policy
from components.release import ChartArgs, install
from components.site import Site
from contract.scope import VOLSYNC_NAMESPACE, VOLSYNC_RELEASE

IMAGE = "backube/volsync"
METRICS_PORT = 8443  # of its pods, as the chart has it
# The chart names one and the same image once for the controller and once for each data mover.
IMAGE_KEYS = ("image", "rclone", "restic", "rsync", "rsync-tls", "syncthing")


@dataclass(frozen=True, kw_only=True)
class VolSyncArgs(ChartArgs):
    """Arguments of VolSync, whose namespace also holds the mover, pvc-plumber and the web UI."""

    monitoring: Monitoring = field(default_factory=Monitoring)
    site: Site = field(default_factory=Site)


def values(args: VolSyncArgs) -> dict[str, Any]:
    """The chart's values, with every default that the system depends on written out."""
    chosen: dict[str, Any] = {"replicaCount": 1, "manageCRDs": True}
    if args.image_registry:
        mirrored = {"repository": f"{args.image_registry}/{IMAGE}"}
        chosen |= dict.fromkeys(IMAGE_KEYS, mirrored)
    return chosen


class VolSync(pulumi.ComponentResource):
    """The namespace and the release, each only where it is not already there."""

    def __init__(
        self, name: str, args: VolSyncArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"install": args.install, "version": args.chart.version}
        super().__init__("pvc-backup:components:VolSync", name, inputs, opts)
        install(
            self,
            name,
            args,
            release_name=VOLSYNC_RELEASE,
            namespace=VOLSYNC_NAMESPACE,
            values=values(args),
            labels=pod.POD_SECURITY,
            before=lambda inside: [_policy(name, args, inside)],
        )
        self.register_outputs({})


def _policy(name: str, args: VolSyncArgs, inside: pulumi.ResourceOptions) -> pulumi.Resource:
    """What VolSync needs where the namespace is ours, and so denies all else."""
    return network_policy(
        *(f"{name}-network-policy", VOLSYNC_RELEASE, inside),
        port=METRICS_PORT,
        namespaces=args.monitoring.namespaces,
        calls=args.site.api_server,
    )
