"""Finds the PVCs in a resource: the resource itself, or PVC templates in other kinds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from claim_paths import EPHEMERAL, POD_SPECS, TEMPLATES, Kind
from fields import UNKNOWN, field, items, name_of, text, walk

CLAIM = "PersistentVolumeClaim"
PATCH = "Patch"
LIST = "List"
NO_PATHS: Mapping[Kind, tuple[str, ...]] = {}


@dataclass(frozen=True, kw_only=True)
class FoundClaim:
    """A PVC as the program writes it. Its parts may hold unknown fields: read them with `field`."""

    label: str
    namespace: Any  # str, None or UNKNOWN
    metadata: Any  # Mapping, None or UNKNOWN
    spec: Any  # Mapping, None or UNKNOWN
    is_partial: bool = False  # a patch: fields that it lacks may be set elsewhere
    is_template: bool = False  # another kind's: Pulumi registers no PVC of its own
    is_ephemeral: bool = False  # deleted with its pod


@dataclass(frozen=True, kw_only=True)
class KubernetesObject:
    """A Kubernetes object in a program, or in a list in a program."""

    kind: Kind
    props: Any
    is_partial: bool = False

    @property
    def label(self) -> str:
        """Its kind, namespace and name, for messages."""
        return f"{self.kind[1]} {name_of(field(self.props, 'metadata'))}"


def kind_of(resource_type: str, props: Any) -> Kind:
    """API group and kind, from the properties or, where these lack them, from the type's token.

    A CustomResource has a token of its own, so the token alone would not identify its kind.
    """
    _, _, token = resource_type.partition(":")
    group_version, _, kind = token.rpartition(":")
    api_version, stated_kind = field(props, "apiVersion"), field(props, "kind")
    version = api_version if isinstance(api_version, str) else group_version.removeprefix("core/")
    group = version.rpartition("/")[0]
    return group, stated_kind if isinstance(stated_kind, str) else kind


def objects(resource_type: str, props: Any) -> Iterator[KubernetesObject]:
    """The Kubernetes object of a resource; for a list, its items."""
    if not resource_type.startswith("kubernetes:"):
        return
    group, kind = kind_of(resource_type, props)
    is_partial = resource_type.endswith(PATCH)
    if not kind.endswith(LIST):
        stated_kind = (group, kind.removesuffix(PATCH))
        yield KubernetesObject(kind=stated_kind, props=props, is_partial=is_partial)
        return
    version = text(field(props, "apiVersion"))
    for item in items(props, "items"):
        # Items of a typed list need not state their kind.
        yield KubernetesObject(
            kind=kind_of(f"x:{version}:{kind.removesuffix(LIST)}", item), props=item
        )


def claims(
    resource_type: str, props: Any, operator_paths: Mapping[Kind, tuple[str, ...]] = NO_PATHS
) -> Iterator[FoundClaim]:
    """Every PVC in a resource. `operator_paths` are further paths, beside those in claim_paths."""
    for obj in objects(resource_type, props):
        if obj.kind == ("", CLAIM):
            metadata, spec = field(obj.props, "metadata"), field(obj.props, "spec")
            yield FoundClaim(
                label=obj.label,
                namespace=field(metadata, "namespace"),
                metadata=metadata,
                spec=spec,
                is_partial=obj.is_partial,
            )
        for path in (*TEMPLATES.get(obj.kind, ()), *operator_paths.get(obj.kind, ())):
            yield from _templates(obj, path, is_ephemeral=False)
        if obj.kind in POD_SPECS:
            yield from _templates(obj, f"{POD_SPECS[obj.kind]}.{EPHEMERAL}", is_ephemeral=True)


def _templates(obj: KubernetesObject, path: str, *, is_ephemeral: bool) -> Iterator[FoundClaim]:
    for template in walk(obj.props, path):
        metadata = field(template, "metadata")
        name = field(metadata, "name")
        # A template without a name is identified by its path.
        title = "volumeClaimTemplate " + (path if name is None else text(name))
        yield FoundClaim(
            label=f"{obj.label}, {title}",
            namespace=field(obj.props, "metadata", "namespace"),
            metadata=metadata,
            spec=UNKNOWN if template is UNKNOWN else field(template, "spec"),
            is_partial=obj.is_partial,
            is_template=True,
            is_ephemeral=is_ephemeral,
        )
