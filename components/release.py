"""A Helm chart as a real Helm release: hooks run, and a failed step is rolled back."""

from dataclasses import dataclass, replace
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release

TIMEOUT = 600  # seconds for one step of Helm: a first pull of all images over a slow line
HISTORY = 5


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart in a repository, or a folder (`name` is its path, the rest is empty)."""

    name: str
    repository: str
    version: str

    def elsewhere(self, *, path: str, repository: str, version: str) -> "Chart":
        """The same chart from a folder or from another repository; empty texts change nothing."""
        if path:
            return Chart(name=path, repository="", version="")
        return replace(
            self, repository=repository or self.repository, version=version or self.version
        )


def release(
    name: str,
    chart: Chart,
    *,
    release_name: str,
    namespace: str,
    values: dict[str, Any],
    opts: pulumi.ResourceOptions,
) -> Release:
    """The release of a chart; users of its CRDs must depend on it."""
    return Release(
        name,
        name=release_name,
        chart=chart.name,
        version=chart.version or None,
        repository_opts={"repo": chart.repository} if chart.repository else None,
        namespace=namespace,
        values=values,
        atomic=True,
        cleanup_on_fail=True,
        create_namespace=False,
        dependency_update=False,
        max_history=HISTORY,
        skip_await=False,
        skip_crds=False,
        timeout=TIMEOUT,
        opts=opts,
    )
