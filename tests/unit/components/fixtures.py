"""Arguments that several component tests share, and how a component is built alone."""

from collections.abc import Callable
from typing import Any

import pulumi
from pulumi_kubernetes import Provider

from components.exposure import Page
from components.monitoring import Monitoring
from contract.repository import NfsExport
from tests.unit.stack.recording import Recording, record

IMAGE = "registry.test/pvc-backup:1"
EXPORT = NfsExport(server="nfs.test", path="/export")
UNMONITORED = Monitoring(enabled=False, namespaces=(), labels={})
MONITORED = Monitoring(enabled=True, namespaces=("monitoring",), labels={"release": "prometheus"})
HIDDEN_PAGE = Page()


def plain(value: object) -> Any:
    """A typed argument as the plain data that it is: its type allows an Output everywhere."""
    return value


def built(build: Callable[[pulumi.ResourceOptions], object]) -> Recording:
    """What a component registers when it is built with the options of the program."""

    def program() -> None:
        provider = Provider("kubernetes", cluster_identifier="test")
        build(pulumi.ResourceOptions(providers=[provider]))

    return record(program)
