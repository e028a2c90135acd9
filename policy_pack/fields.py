"""Reads the inputs that Pulumi passes to a policy: proxies that raise when an unknown is read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy.proxy import UnknownValueError

EACH = "[]"


class Unknown:
    """The value of a field that Pulumi will only know during the update."""


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
    """The elements of a list, UNKNOWN where not known yet; an unknown list is one UNKNOWN."""
    elements = field(source, *path)
    if elements is UNKNOWN:
        return [UNKNOWN]
    if not isinstance(elements, Sequence) or isinstance(elements, str):
        return []
    return [_item(elements, index) for index in range(len(elements))]


def _item(source: Sequence[Any], index: int) -> Any:
    try:
        return source[index]
    except UnknownValueError:
        return UNKNOWN


def walk(source: Any, path: str) -> Iterator[Any]:
    """Every value at a dotted path, in which `[]` stands for each element of a list."""
    step, _, rest = path.partition(".")
    key = step.removesuffix(EACH)
    values = items(source, key) if step.endswith(EACH) else [field(source, key)]
    for value in values:
        if value is not None:
            yield from walk(value, rest) if rest else (value,)


def text(value: Any) -> str:
    """A value as messages show it."""
    return value if isinstance(value, str) else "(not known yet)"


def name_of(metadata: Any) -> str:
    """Namespace and name of an object, as messages show them."""
    namespace, name = field(metadata, "namespace"), text(field(metadata, "name"))
    return name if namespace is None else f"{text(namespace)}/{name}"
