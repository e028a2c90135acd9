"""Helm charts: installed as a real release, or rendered to objects without a cluster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.helm import v3
from pulumi_kubernetes.helm.v3 import ChartOpts, FetchOpts, LocalChartOpts, Release

from components import pod

TIMEOUT = 600  # seconds for one step of Helm: a first pull of all images over a slow line
HISTORY = 5
HOOK = "helm.sh/hook"


@dataclass(frozen=True, kw_only=True)
class ChartSource:
    """Where a chart comes from instead of its own repository: another one, or a folder."""

    path: str = ""
    """Folder with the chart, relative to the project, such as `charts/kyverno`; excludes the
    others."""
    repository: str = ""
    """Another chart repository; if not set, the chart's own."""
    version: str = ""
    """Another version than the one that `stack/versions.py` pins."""

    def __post_init__(self) -> None:
        if self.path and (self.repository or self.version):
            raise ValueError("path excludes repository and version")


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart in a repository, or a folder (`name` is its path, the rest is empty)."""

    name: str
    repository: str
    version: str

    def from_source(self, source: ChartSource) -> "Chart":
        """The same chart from a folder or from another repository; empty texts change nothing."""
        if source.path:
            return Chart(name=source.path, repository="", version="")
        return replace(
            self,
            repository=source.repository or self.repository,
            version=source.version or self.version,
        )


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """Helm capabilities of a cluster that cannot be asked: its version, and the kinds it has.

    `kubernetes` is `1.30`, each of `kinds` is `<group>/<version>/<kind>`.
    """

    kubernetes: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ChartArgs:
    """A chart that may be there already, and the namespace that it goes into."""

    install: bool
    create_namespace: bool
    chart: Chart
    image_registry: str
    capabilities: Capabilities | None


def install(
    parent: pulumi.Resource,
    name: str,
    args: ChartArgs,
    *,
    release_name: str,
    namespace: str,
    values: dict[str, Any],
    labels: Mapping[str, str] | None = None,
    before: Callable[[pulumi.ResourceOptions], list[pulumi.Resource]] | None = None,
) -> None:
    """The namespace and the release in it, each only where it is asked for.

    `labels` are of the namespace, `before` makes what else is in it before the release.
    """
    needs: list[pulumi.Resource] = []
    if args.create_namespace:
        place = Namespace(
            f"{name}-namespace",
            metadata={"name": namespace, "labels": {**pod.labels(namespace), **(labels or {})}},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        inside = pulumi.ResourceOptions(parent=parent, depends_on=[place])
        needs += [place, *(before(inside) if before else ())]
    if args.install:
        release(
            f"{name}-release",
            args.chart,
            release_name=release_name,
            namespace=namespace,
            values=values,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=needs),
            capabilities=args.capabilities,
        )


def release(
    name: str,
    chart: Chart,
    *,
    release_name: str,
    namespace: str,
    values: dict[str, Any],
    opts: pulumi.ResourceOptions,
    capabilities: Capabilities | None = None,
) -> pulumi.Resource:
    """The release of a chart; with capabilities its rendered objects, as no cluster is asked.

    Users of its CRDs must depend on it.
    """
    if capabilities:
        return _objects(chart, capabilities, release_name, namespace, values, opts)
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


def _objects(
    chart: Chart,
    capabilities: Capabilities,
    release_name: str,
    namespace: str,
    values: dict[str, Any],
    opts: pulumi.ResourceOptions,
) -> v3.Chart:
    # The newer kind, helm.v4.Chart, takes any cluster that it cannot ask for Kubernetes 1.20.
    common: dict[str, Any] = {
        "namespace": namespace,
        "values": values,
        "kube_version": capabilities.kubernetes,
        "api_versions": list(capabilities.kinds) or None,
        "transformations": [without_hooks],
    }
    if chart.repository:
        fetch = FetchOpts(repo=chart.repository)
        how = ChartOpts(chart.name, version=chart.version, fetch_opts=fetch, **common)
    else:
        how = LocalChartOpts(chart.name, **common)
    return v3.Chart(release_name, how, opts)


def without_hooks(manifest: dict[str, Any], _opts: pulumi.ResourceOptions) -> None:
    """Drops a Helm hook from rendered objects, where it would run at once."""
    if HOOK in ((manifest.get("metadata") or {}).get("annotations") or {}):
        manifest.clear()
        manifest.update(apiVersion="v1", kind="List", items=[])
