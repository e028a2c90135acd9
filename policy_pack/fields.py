"""Reads what Pulumi hands to a policy: proxies, in which an unknown value raises when touched."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy.proxy import UnknownValueError

EACH = "[]"


class Unknown:
    """What a field reads as when Pulumi will only know it during the update."""


UNKNOWN = Unknown()


def field(source: Any, *path: str) -> Any:
    """The value at a path: None where absent, UNKNOWN where not known yet."""
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


def walk(source: Any, path: str) -> Iterator[Any]:
    """Every value at a dotted path, in which `[]` stands for each element of a list."""
    here, _, rest = path.partition(".")
    key = here.removesuffix(EACH)
    found = items(source, key) if here.endswith(EACH) else [field(source, key)]
    for one in found:
        if one is not None:
            yield from walk(one, rest) if rest else (one,)


def text(value: Any) -> str:
    """As it is named in a message."""
    return value if isinstance(value, str) else "(not known yet)"


def name_of(metadata: Any) -> str:
    """Namespace and name of an object, as it is named in a message."""
    namespace, name = field(metadata, "namespace"), text(field(metadata, "name"))
    return name if namespace is None else f"{text(namespace)}/{name}"
