"""Finds the PVCs in a resource: the resource itself, or a StatefulSet's volumeClaimTemplates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UnknownValueError

CLAIM = "PersistentVolumeClaim"
STATEFUL_SET = "StatefulSet"
PATCH = "Patch"
LIST = "List"


class Unknown:
    """What a field reads as when Pulumi will only know it during the update."""


UNKNOWN = Unknown()


@dataclass(frozen=True, kw_only=True)
class FoundClaim:
    """A PVC as the program writes it. `metadata` can hold unknown fields: read it with `field`."""

    label: str
    namespace: Any  # str or UNKNOWN
    metadata: Any  # Mapping or UNKNOWN
    is_partial: bool  # a patch: fields that it lacks may be set elsewhere


def field(source: Any, *path: str) -> Any:
    """The value at a path: None where absent, UNKNOWN where not known yet.

    Mappings here are Pulumi's proxies: no dicts, and reading an unknown value raises.
    """
    for key in path:
        if source is UNKNOWN or not isinstance(source, Mapping):
            return UNKNOWN if source is UNKNOWN else None
        try:
            source = source.get(key)
        except UnknownValueError:
            return UNKNOWN
    return source


def items(source: Any, *path: str) -> list[Any]:
    """The elements of a list, each UNKNOWN where not known yet; an unknown list has one such."""
    found = field(source, *path)
    if found is UNKNOWN:
        return [UNKNOWN]
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [_item(found, index) for index in range(len(found))]


def _item(source: Sequence[Any], index: int) -> Any:
    try:
        return source[index]
    except UnknownValueError:
        return UNKNOWN


def kind_of(resource_type: str, props: Mapping[str, Any]) -> tuple[str, str]:
    """API group and kind, from the properties or, where they do not tell, from the type's token.

    A CustomResource has a token of its own making, so that the token alone would miss it.
    """
    _, _, token = resource_type.partition(":")
    group_version, _, kind = token.rpartition(":")
    stated, kind_stated = field(props, "apiVersion"), field(props, "kind")
    version = stated if isinstance(stated, str) else group_version.removeprefix("core/")
    group = version.rpartition("/")[0]
    return group, kind_stated if isinstance(kind_stated, str) else kind


def claims(resource_type: str, props: Mapping[str, Any]) -> Iterator[FoundClaim]:
    """Every PVC that a resource stands for."""
    if not resource_type.startswith("kubernetes:"):
        return
    group, kind = kind_of(resource_type, props)
    is_partial = resource_type.endswith(PATCH)
    kind = kind.removesuffix(PATCH)
    if (group, kind) == ("", CLAIM):
        yield _claim(kind, props, is_partial=is_partial)
    elif (group, kind) == ("", CLAIM + LIST):
        for item in items(props, "items"):
            yield _claim(CLAIM, item, is_partial=False)
    elif (group, kind) == ("apps", STATEFUL_SET):
        yield from _templates(props, is_partial=is_partial)


def _claim(kind: str, source: Any, *, is_partial: bool) -> FoundClaim:
    metadata = field(source, "metadata")
    return FoundClaim(
        label=f"{kind} {_name(metadata)}",
        namespace=field(metadata, "namespace"),
        metadata=metadata,
        is_partial=is_partial,
    )


def _templates(props: Mapping[str, Any], *, is_partial: bool) -> Iterator[FoundClaim]:
    owner = field(props, "metadata")
    for template in items(props, "spec", "volumeClaimTemplates"):
        metadata = field(template, "metadata")
        name = field(metadata, "name")
        yield FoundClaim(
            label=f"{STATEFUL_SET} {_name(owner)}, volumeClaimTemplate {_text(name)}",
            namespace=field(owner, "namespace"),
            metadata=metadata,
            is_partial=is_partial,
        )


def _name(metadata: Any) -> str:
    namespace = field(metadata, "namespace")
    name = _text(field(metadata, "name"))
    return name if namespace is None else f"{_text(namespace)}/{name}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "(not known yet)"
