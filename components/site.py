"""What a cluster asks of all of our parts, whatever they do."""

from dataclasses import dataclass, field

from components.network import ApiServer
from components.priority import CRITICAL
from contract.pods import OwnPods


@dataclass(frozen=True, kw_only=True)
class Site:
    """The same for every part of a stack."""

    api_server: ApiServer = field(default_factory=ApiServer)
    pods: OwnPods = field(default_factory=OwnPods)

    @property
    def critical(self) -> str:
        """The PriorityClass of the pods that PVCs wait for."""
        return self.pods.priority_class or CRITICAL
