"""Finds the PVCs in a resource: the resource itself, or templates that other kinds hold."""

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
    """A PVC as the program writes it. Its parts can hold unknown fields: read them with `field`."""

    label: str
    namespace: Any  # str, None or UNKNOWN
    metadata: Any  # Mapping, None or UNKNOWN
    spec: Any  # Mapping, None or UNKNOWN
    is_partial: bool = False  # a patch: fields that it lacks may be set elsewhere
    is_template: bool = False  # another kind's: Pulumi registers no PVC of its own
    is_ephemeral: bool = False  # deleted with its pod


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A Kubernetes object of a program, or an object in a list of those."""

    kind: Kind
    props: Any
    is_partial: bool = False

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"{self.kind[1]} {name_of(field(self.props, 'metadata'))}"


def kind_of(resource_type: str, props: Any) -> Kind:
    """API group and kind, from the properties or, where they do not tell, from the type's token.

    A CustomResource has a token of its own making, so that the token alone would miss it.
    """
    _, _, token = resource_type.partition(":")
    group_version, _, kind = token.rpartition(":")
    stated, kind_stated = field(props, "apiVersion"), field(props, "kind")
    version = stated if isinstance(stated, str) else group_version.removeprefix("core/")
    group = version.rpartition("/")[0]
    return group, kind_stated if isinstance(kind_stated, str) else kind


def things(resource_type: str, props: Any) -> Iterator[Thing]:
    """The object that a resource stands for; of a list, its items."""
    if not resource_type.startswith("kubernetes:"):
        return
    group, kind = kind_of(resource_type, props)
    is_partial = resource_type.endswith(PATCH)
    if not kind.endswith(LIST):
        found = (group, kind.removesuffix(PATCH))
        yield Thing(kind=found, props=props, is_partial=is_partial)
        return
    version = text(field(props, "apiVersion"))
    for item in items(props, "items"):
        # Items of a typed list need not repeat what they are.
        yield Thing(kind=kind_of(f"x:{version}:{kind.removesuffix(LIST)}", item), props=item)


def claims(
    resource_type: str, props: Any, more: Mapping[Kind, tuple[str, ...]] = NO_PATHS
) -> Iterator[FoundClaim]:
    """Every PVC that a resource stands for. `more` are paths beside those of ways.py."""
    for thing in things(resource_type, props):
        if thing.kind == ("", CLAIM):
            metadata, spec = field(thing.props, "metadata"), field(thing.props, "spec")
            yield FoundClaim(
                label=thing.label,
                namespace=field(metadata, "namespace"),
                metadata=metadata,
                spec=spec,
                is_partial=thing.is_partial,
            )
        for path in (*TEMPLATES.get(thing.kind, ()), *more.get(thing.kind, ())):
            yield from _templates(thing, path, is_ephemeral=False)
        if thing.kind in POD_SPECS:
            yield from _templates(thing, f"{POD_SPECS[thing.kind]}.{EPHEMERAL}", is_ephemeral=True)


def _templates(thing: Thing, path: str, *, is_ephemeral: bool) -> Iterator[FoundClaim]:
    for template in walk(thing.props, path):
        metadata = field(template, "metadata")
        name = field(metadata, "name")
        # A template that has no name of its own is told by where it is.
        told = "volumeClaimTemplate " + (path if name is None else text(name))
        yield FoundClaim(
            label=f"{thing.label}, {told}",
            namespace=field(thing.props, "metadata", "namespace"),
            metadata=metadata,
            spec=UNKNOWN if template is UNKNOWN else field(template, "spec"),
            is_partial=thing.is_partial,
            is_template=True,
            is_ephemeral=is_ephemeral,
        )
