"""Optimistic writes to ConfigMaps that several programs share; no change is lost."""

from collections.abc import Callable, Mapping

from kube.api import CONFLICT, ApiError, Writes
from kube.resource import CONFIG_MAP, Object

ATTEMPTS = 3  # another may write between the look and the write

Data = Mapping[str, str]
Patch = Mapping[str, str | None]


class ConflictError(Exception):
    """Another program wrote first at every attempt."""


async def update(
    api: Writes,
    namespace: str,
    name: str,
    change: Callable[[Data | None], Patch | None],
    labels: Mapping[str, str] | None = None,
) -> None:
    """Patches `data` with the result of `change`, and tries again where another wrote first.

    `change` gets None where there is no such ConfigMap, which is then made, with the labels; it
    returns None where nothing is to be written. Raises ConflictError.
    """
    for _ in range(ATTEMPTS):
        config_map = await api.get(CONFIG_MAP, namespace, name)
        patch = change(None if config_map is None else config_map.get("data") or {})
        if patch is None or await write(api, namespace, name, config_map, patch, labels):
            return
    raise ConflictError


async def write(
    api: Writes,
    namespace: str,
    name: str,
    config_map: Object | None,
    patch: Patch,
    labels: Mapping[str, str] | None = None,
) -> bool:
    """Patches `data` of exactly this version of a ConfigMap; False where it has changed since."""
    try:
        if config_map is None:
            metadata = {"name": name, "namespace": namespace, "labels": dict(labels or {})}
            body = {"apiVersion": "v1", "kind": CONFIG_MAP, "metadata": metadata, "data": patch}
            await api.create(body)
        else:
            version = {"resourceVersion": config_map["metadata"]["resourceVersion"]}
            await api.patch(CONFIG_MAP, namespace, name, {"metadata": version, "data": patch})
    except ApiError as error:
        if error.code == CONFLICT:
            return False
        raise
    return True
