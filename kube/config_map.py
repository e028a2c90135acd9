"""ConfigMaps that several programs write: nobody's change is lost to another's."""

from collections.abc import Callable, Mapping

from kube.api import CONFLICT, ApiError, Writes
from kube.resource import CONFIG_MAP, Object

ATTEMPTS = 3  # another may write between the look and the write

Data = Mapping[str, str]
Patch = Mapping[str, str | None]


class ConflictError(Exception):
    """Others were faster each time."""


async def update(
    api: Writes,
    namespace: str,
    name: str,
    change: Callable[[Data | None], Patch | None],
    labels: Mapping[str, str] | None = None,
) -> None:
    """Merges into `data` what `change` makes of it, asked anew where another has written since.

    `change` gets None where there is no such ConfigMap, which is then made, with the labels; it
    returns None where nothing is to be written. Raises ConflictError.
    """
    for _ in range(ATTEMPTS):
        found = await api.get(CONFIG_MAP, namespace, name)
        patch = change(None if found is None else found.get("data") or {})
        if patch is None or await write(api, namespace, name, found, patch, labels):
            return
    raise ConflictError


async def write(
    api: Writes,
    namespace: str,
    name: str,
    found: Object | None,
    patch: Patch,
    labels: Mapping[str, str] | None = None,
) -> bool:
    """Merges into `data` of the version that was found; False where it is another by now."""
    try:
        if found is None:
            metadata = {"name": name, "namespace": namespace, "labels": dict(labels or {})}
            body = {"apiVersion": "v1", "kind": CONFIG_MAP, "metadata": metadata, "data": patch}
            await api.create(body)
        else:
            version = {"resourceVersion": found["metadata"]["resourceVersion"]}
            await api.patch(CONFIG_MAP, namespace, name, {"metadata": version, "data": patch})
    except ApiError as error:
        if error.code == CONFLICT:
            return False
        raise
    return True
