"""Targets of a deployment: a cluster, or YAML in folders that are numbered in order."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pulumi
from pulumi_kubernetes import Provider

from stack.settings import Settings

KUBERNETES = "kubernetes"
RENDERED = "rendered"  # the name of the output
FIRST = ("Namespace", "CustomResourceDefinition")  # what other objects cannot be made without
WAVE = "argocd.argoproj.io/sync-wave"
PULUMI = "pulumi.com/"  # annotations that nobody but Pulumi's provider reads
# A Job cannot be changed: `up` replaces it, and so must the tools.
REPLACED = {
    "argocd.argoproj.io/sync-options": "Force=true,Replace=true",
    "kustomize.toolkit.fluxcd.io/force": "Enabled",
}


class Target(Protocol):
    """Options of the components: each after the parts that it needs."""

    def after(self, *parts: pulumi.Resource) -> pulumi.ResourceOptions: ...


class OnCluster:
    """One explicit provider for everything; `destroy` goes the other way."""

    def __init__(self, context: str) -> None:
        self._provider = Provider(
            KUBERNETES,
            context=context or None,
            # Without it a new kubeconfig for the same cluster could replace every resource.
            cluster_identifier=f"{pulumi.get_project()}-{pulumi.get_stack()}",
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
        )

    def after(self, *parts: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(providers=[self._provider], depends_on=list(parts))


class Rendered:
    """A folder for each step: 0 holds FIRST, a component comes a step after what it needs."""

    def __init__(self, folder: str) -> None:
        self._folder = _unless_deployed(folder)
        # Not known before the check: once it is an output, the next one would pass.
        pulumi.export(RENDERED, self._folder)
        self._providers: list[Provider] = []
        self._first = self._provider(0)

    def after(self, *parts: pulumi.Resource) -> pulumi.ResourceOptions:
        step = 1 + max((self._step(part) for part in parts), default=0)
        return pulumi.ResourceOptions(
            providers=[self._provider(step)],
            depends_on=list(parts),
            transformations=[self._placed(step)],
        )

    def _provider(self, step: int) -> Provider:
        for number in range(len(self._providers), step + 1):
            folder = pulumi.Output.concat(self._folder, f"/{number}")
            self._providers.append(
                Provider(f"{KUBERNETES}-{number}", render_yaml_to_directory=folder)
            )
        return self._providers[step]

    def _step(self, part: pulumi.Resource) -> int:
        provider = part.get_provider(f"{KUBERNETES}:core/v1:Namespace")
        return next(n for n, known in enumerate(self._providers) if known is provider)

    def _placed(self, step: int) -> pulumi.ResourceTransformation:
        def place(
            args: pulumi.ResourceTransformationArgs,
        ) -> pulumi.ResourceTransformationResult | None:
            package, _, kind = args.type_.partition(":")
            if package != KUBERNETES or "metadata" not in args.props:
                return None
            kind = kind.rpartition(":")[2]
            opts, number = args.opts, step
            if kind in FIRST:
                first = pulumi.ResourceOptions(provider=self._first)
                opts, number = pulumi.ResourceOptions.merge(opts, first), 0
            metadata: Any = args.props["metadata"]  # plain data, in our components and in charts
            props = {**args.props, "metadata": annotated(metadata, kind, number)}
            return pulumi.ResourceTransformationResult(props=props, opts=opts)

        return place


def annotated(metadata: Mapping[str, Any], kind: str, step: int) -> dict[str, Any]:
    """Metadata with annotations for Argo CD and Flux instead of those for Pulumi's provider."""
    annotations = (metadata.get("annotations") or {}).items()
    kept = {key: value for key, value in annotations if not key.startswith(PULUMI)}
    more = {WAVE: str(step), **(REPLACED if kind == "Job" else {})}
    return {**metadata, "annotations": {**kept, **more}}


def _unless_deployed(folder: str) -> pulumi.Output[str]:
    """The folder; refused for a deployed stack, whose objects would be deleted instead."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    before = pulumi.StackReference("last-up", stack_name=name)
    return before.outputs.apply(checked(folder))


def checked(folder: str) -> Callable[[Mapping[str, Any]], str]:
    """The folder, by the stack's outputs so far. Raises pulumi.RunError for a deployed stack."""

    def check(outputs: Mapping[str, Any]) -> str:
        if outputs and RENDERED not in outputs:
            raise pulumi.RunError(
                "render.folder: this stack is deployed to a cluster, and rendering it would remove"
                " everything from there. Render a stack of its own: pulumi stack init"
            )
        return folder

    return check


def target(settings: Settings) -> Target:
    """The target that the settings choose."""
    if settings.render.folder:
        return Rendered(settings.render.folder)
    return OnCluster(settings.cluster.context)
