"""Rules about objects that Kyverno generates and that are in a program all the same."""

from collections.abc import Iterator, Mapping
from typing import Any

from claims import KubernetesObject
from fields import UNKNOWN, field, items, name_of, text

from contract.names import DESTINATION_SUFFIX, SECRET_PREFIX, SOURCE_SUFFIX
from contract.repository import KEY_PASSWORD
from contract.volsync import API_GROUP, MOVERLESS, PROVIDER

EXTERNAL_SECRET = ("external-secrets.io", "ExternalSecret")


def generated_problems(obj: KubernetesObject) -> Iterator[str]:
    """Refuses a generated object in a program: the two owners would overwrite each other.

    A name alone is no proof: someone may run VolSync with another mover.
    """
    metadata, spec = field(obj.props, "metadata"), field(obj.props, "spec")
    name = text(field(metadata, "name"))
    if obj.kind[0] == API_GROUP and _is_moved_by_us(name, spec):
        origin = "the backup label of its PVC"
    elif obj.kind == EXTERNAL_SECRET and name.startswith(SECRET_PREFIX) and _has_our_keys(spec):
        origin = "the backup label of a PVC in its namespace"
    else:
        return
    yield (
        f"{obj.kind[1]} {name_of(metadata)}: is made by Kyverno of {origin}, not by a program. "
        f"Remove it from the program; label the PVC."
    )


def _is_moved_by_us(name: str, spec: Any) -> bool:
    if field(spec, "external", "provider") == PROVIDER:
        return True
    movers = set(spec) - MOVERLESS if isinstance(spec, Mapping) else ()
    return name.endswith((SOURCE_SUFFIX, DESTINATION_SUFFIX)) and not movers


def _has_our_keys(spec: Any) -> bool:
    keys = {field(entry, "secretKey") for entry in items(spec, "data")}
    return spec is UNKNOWN or KEY_PASSWORD in keys
