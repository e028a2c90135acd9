"""The few calls to the Kubernetes API that the mover makes: plain dicts in and out."""

from collections.abc import Mapping
from typing import Any

import httpx2
from lightkube import ApiError
from lightkube.config.client_adapter import ConnectionParams
from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.core.generic_client import BasicRequest, GenericAsyncClient

from contract.volsync import API_VERSION
from mover import model

TIMEOUT = 30.0  # seconds; an admission webhook may take ten of them
CONFIG_MAP = "ConfigMap"
CRON_JOB = "CronJob"
EVENT = "Event"
EXTERNAL_SECRET = "ExternalSecret"  # noqa: S105 - a kind
NAMESPACE = "Namespace"
NODE = "Node"
POD = "Pod"
SNAPSHOT_CLASS = "VolumeSnapshotClass"
STORAGE_CLASS = "StorageClass"

PATHS = {
    CONFIG_MAP: ("api/v1", "configmaps"),
    CRON_JOB: ("apis/batch/v1", "cronjobs"),
    EVENT: ("api/v1", "events"),
    EXTERNAL_SECRET: ("apis/external-secrets.io/v1", "externalsecrets"),
    NAMESPACE: ("api/v1", "namespaces"),
    NODE: ("api/v1", "nodes"),
    POD: ("api/v1", "pods"),
    SNAPSHOT_CLASS: ("apis/snapshot.storage.k8s.io/v1", "volumesnapshotclasses"),
    STORAGE_CLASS: ("apis/storage.k8s.io/v1", "storageclasses"),
    model.JOB: ("apis/batch/v1", "jobs"),
    model.PVC: ("api/v1", "persistentvolumeclaims"),
    model.SNAPSHOT: ("apis/snapshot.storage.k8s.io/v1", "volumesnapshots"),
    model.REPLICATION_SOURCE: (f"apis/{API_VERSION}", "replicationsources"),
    model.REPLICATION_DESTINATION: (f"apis/{API_VERSION}", "replicationdestinations"),
}

NOT_FOUND = 404
CONFLICT = 409
MERGE_PATCH = "application/merge-patch+json"

Object = dict[str, Any]


class Api:
    """One connection to the API server. Raises ApiError, or httpx2.HTTPError where it is silent."""

    def __init__(self, config: KubeConfig | SingleConfig | None = None) -> None:
        timeout = httpx2.Timeout(TIMEOUT)
        self._client = GenericAsyncClient(ConnectionParams(timeout=timeout), config)

    async def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """An object, or None where it does not exist."""
        try:
            return await self._send("GET", _path(kind, namespace, name))
        except (ApiError, httpx2.HTTPStatusError) as error:
            if is_refusal(error, NOT_FOUND):
                return None
            raise

    async def find(self, kind: str, namespace: str, selector: str) -> list[Object]:
        """All objects that a label selector fits; in every namespace where `namespace` is ""."""
        found = await self._send("GET", _path(kind, namespace), params={"labelSelector": selector})
        # Items of a list come without their kind.
        return [{**item, "kind": kind} for item in found["items"]]

    async def create(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        """Creates an object, or lets the server say what it would come out as."""
        path = _path(manifest["kind"], manifest["metadata"].get("namespace", ""))
        params = {"dryRun": "All"} if dry_run else {}
        return await self._send("POST", path, params=params, body=manifest)

    async def delete(self, kind: str, namespace: str, name: str, uid: str, version: str) -> None:
        """Deletes exactly the object with this uid (and version, where given)."""
        conditions = {"uid": uid} | ({"resourceVersion": version} if version else {})
        foreground = kind == model.JOB  # so that a Job is gone only after its pod
        body = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": conditions,
            "propagationPolicy": "Foreground" if foreground else "Background",
        }
        await self._send("DELETE", _path(kind, namespace, name), body=body)

    async def patch(
        self, kind: str, namespace: str, name: str, body: Mapping[str, Any], part: str = ""
    ) -> Object:
        """Merges into an object, or into a part of it; a conflict where the version differs."""
        path = f"{_path(kind, namespace, name)}{part}"
        return await self._send("PATCH", path, body=body, content=MERGE_PATCH)

    async def patch_status(
        self, kind: str, namespace: str, name: str, version: str, status: Mapping[str, Any]
    ) -> Object:
        """Merges into `status` of exactly this version of an object."""
        body = {"metadata": {"resourceVersion": version}, "status": status}
        return await self.patch(kind, namespace, name, body, "/status")

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = "application/json",
    ) -> Object:
        request = BasicRequest(
            method=method,
            url=path,
            params=params or {},
            data=body,
            headers={"Content-Type": content},
        )
        response = await self._client.send(self._client.build_adapter_request(request))
        self._client.raise_for_status(response)
        return response.json()


def _path(kind: str, namespace: str, name: str = "") -> str:
    version, plural = PATHS[kind]
    scope = [version, "namespaces", namespace, plural] if namespace else [version, plural]
    return "/".join([*scope, name] if name else scope)


def is_refusal(error: Exception, *codes: int) -> bool:
    """Whether the server answered with one of these HTTP statuses."""
    if isinstance(error, ApiError):
        return error.status.code in codes
    # A group that the cluster does not have is answered in plain text.
    return isinstance(error, httpx2.HTTPStatusError) and error.response.status_code in codes


def refusal_text(error: Exception) -> str:
    """What the server said, for people."""
    told = error.status.message if isinstance(error, ApiError) else str(error)
    return (told or str(error))[:500]
