"""What a cluster asks of all of our parts, whatever they do."""

from dataclasses import dataclass, field

from components.network import ApiServer


@dataclass(frozen=True, kw_only=True)
class Site:
    """The same for every part of a stack."""

    api_server: ApiServer = field(default_factory=ApiServer)
