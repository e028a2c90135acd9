"""The few calls to the Kubernetes API that pvc-plumber makes: plain dicts in and out."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple

import httpx2
from lightkube import ApiError
from lightkube.config.client_adapter import ConnectionParams
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ConfigError
from lightkube.core.generic_client import BasicRequest, GenericAsyncClient

from contract.scope import VOLSYNC_NAMESPACE
from contract.volsync import API_VERSION

CONFIG_MAPS = f"api/v1/namespaces/{VOLSYNC_NAMESPACE}/configmaps"
SOURCES = f"apis/{API_VERSION}/replicationsources"

TIMEOUT = 10.0  # seconds for one call
WATCH = 30  # seconds after which a watch is begun anew, so that a dead connection is noticed
PIECE = 500  # objects in one answer: ten thousand at once would take longer than TIMEOUT
NOT_FOUND = 404
CONFLICT = 409
MERGE_PATCH = "application/merge-patch+json"

Object = dict[str, Any]


class Change(NamedTuple):
    """What has been added or changed, and what has gone; or all that there is."""

    objects: Sequence[Object] = ()
    gone: Sequence[Object] = ()
    is_all: bool = False


class ClusterError(Exception):
    """The API server is away or said no. `code` is its HTTP status; 0 where there was none."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(reason)
        self.code = code


class Cluster:
    """One connection, made at the first call, so that a process without access still starts."""

    def __init__(self) -> None:
        self._client: GenericAsyncClient | None = None

    async def close(self) -> None:
        """Ends its connections."""
        if self._client is not None:
            await self._client.close()

    async def get(self, path: str) -> Object:
        """One object, or a list of them."""
        return await self._call("GET", path)

    async def find(self, path: str, selector: str) -> list[Object]:
        """All objects with these labels."""
        found = await self._call("GET", path, params={"labelSelector": selector})
        return found["items"]

    async def create(self, path: str, manifest: Mapping[str, Any]) -> Object:
        """Makes an object; a conflict where it is there already."""
        return await self._call("POST", path, body=manifest)

    async def merge(self, path: str, body: Mapping[str, Any]) -> Object:
        """Merges into an object; a conflict where `metadata.resourceVersion` is another."""
        return await self._call("PATCH", path, body=body, content=MERGE_PATCH)

    async def follow(self, path: str) -> AsyncIterator[Change]:
        """First all objects of a kind, then each change, until an error."""
        items, version = await self._all(path)
        yield Change(objects=items, is_all=True)
        while True:
            params = {
                "watch": "1",
                "allowWatchBookmarks": "true",
                "timeoutSeconds": str(WATCH),
                "resourceVersion": version,
            }
            async for event in self._events(path, params):
                if event["type"] == "ERROR":
                    raise ClusterError("a watch has fallen behind", event["object"].get("code", 0))
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] in {"ADDED", "MODIFIED"}:
                    yield Change(objects=[event["object"]])
                elif event["type"] == "DELETED":
                    yield Change(gone=[event["object"]])

    async def _all(self, path: str) -> tuple[list[Object], str]:
        """A whole kind, piece by piece, and the version from which it can be watched."""
        items: list[Object] = []
        params = {"limit": str(PIECE)}
        while True:
            found = await self._call("GET", path, params=params)
            items += found["items"]
            more = found["metadata"].get("continue", "")
            if not more:
                return items, found["metadata"]["resourceVersion"]
            params["continue"] = more

    async def _events(self, path: str, params: dict[str, str]) -> AsyncIterator[Object]:
        try:
            client = self._connected()
            timeout = httpx2.Timeout(TIMEOUT, read=WATCH + TIMEOUT)
            request = BasicRequest(method="GET", url=path, params=params, timeout=timeout)
            response = await client.send(client.build_adapter_request(request), stream=True)
            try:
                if response.is_error:
                    await response.aread()  # its words
                client.raise_for_status(response)
                async for line in response.aiter_lines():
                    yield json.loads(line)
            finally:
                await response.aclose()
        except _FAILURES as error:
            raise _told(error) from None

    async def _call(
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
        try:
            client = self._connected()
            response = await client.send(client.build_adapter_request(request))
            client.raise_for_status(response)
            return response.json()
        except _FAILURES as error:
            raise _told(error) from None

    def _connected(self) -> GenericAsyncClient:
        if self._client is None:
            connection = ConnectionParams(timeout=httpx2.Timeout(TIMEOUT))
            try:
                self._client = GenericAsyncClient(connection, KubeConfig.from_env())
            except Exception as error:  # a file of any content, or none; tried again later
                name = type(error).__name__
                raise ClusterError(f"there is no access to the API server ({name})") from None
        return self._client


_FAILURES = (ApiError, httpx2.HTTPError, ConfigError, ValueError)  # also a body that is no JSON


def _told(error: Exception) -> ClusterError:
    if isinstance(error, ApiError):
        return ClusterError(f"the API server said: {error.status.message}", error.status.code or 0)
    if isinstance(error, httpx2.HTTPStatusError):
        code = error.response.status_code
        return ClusterError(f"the API server answered with status {code}", code)
    return ClusterError(f"the API server does not answer ({type(error).__name__})")
