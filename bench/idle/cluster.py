"""A real API server with etcd that holds the scene. No controller runs that would change it."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from bench.idle import audit_log, scene
from bench.idle.scene import Object, Protected
from contract.labels import BOUND
from contract.names import Claim, Identity, identity
from kopia.snapshots import Snapshot
from kube import resource
from lab import tools
from lab.cluster import loopback, sources
from lab.cluster.loopback import Servers
from lab.polling import REQUEST

START = 120.0  # seconds until a busy machine has the API server ready
WRITERS = 16  # requests at once
NODES = 3
LOG_SIZE = 4000  # MB; a log that is put aside would be missed
# Kinds that the product asks for nowhere.
OTHERS = {
    "CustomResourceDefinition": "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "PersistentVolume": "api/v1/persistentvolumes",
}
FOREIGN = (
    resource.EXTERNAL_SECRET,
    resource.REPLICATION_DESTINATION,
    resource.REPLICATION_SOURCE,
    resource.SNAPSHOT,
    resource.SNAPSHOT_CLASS,
    resource.SNAPSHOT_CONTENT,
)
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The running API server, and the log of what its users ask for."""

    servers: Servers
    log: audit_log.Log


@contextmanager
def running(folder: Path, users: Sequence[str]) -> Generator[Cluster]:
    """An empty cluster with these users, each with all rights."""
    folder.mkdir()
    policy, log = folder / "policy.json", folder / "audit.log"
    policy.write_text(json.dumps(audit_log.policy(users)))
    flags = (
        f"--audit-policy-file={policy}",
        f"--audit-log-path={log}",
        f"--audit-log-maxsize={LOG_SIZE}",
    )
    binaries = tools.ensure(["etcd", "kube-apiserver"])
    with loopback.running(folder, binaries, *flags, users=users) as servers:
        yield Cluster(servers=servers, log=audit_log.Log(log))


def fill(
    servers: Servers,
    claims: Iterable[Claim],
    newest: Mapping[Identity, Snapshot],
    unique_id: str,
) -> None:
    """Creates everything. `newest` holds the last snapshot of each identity."""
    asyncio.run(_fill(servers, [*claims], newest, unique_id))


async def _fill(
    servers: Servers,
    claims: Sequence[Claim],
    newest: Mapping[Identity, Snapshot],
    unique_id: str,
) -> None:
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    headers = {"Authorization": f"Bearer {loopback.token(loopback.ADMIN)}"}
    client = httpx2.AsyncClient(base_url=servers.url, verify=trust, headers=headers, timeout=60)
    async with client:
        writer = _Writer(client)
        await writer.ready()
        await _each(crds(), writer.create)
        for kind in FOREIGN:
            await writer.served(kind)
        for item in scene.surroundings(unique_id, NODES):
            await writer.create(item)
        spaces = {claim.namespace: scene.namespace(claim.namespace) for claim in claims}
        await _each(spaces.values(), writer.create)
        now = datetime.now(UTC)

        async def protect(claim: Claim) -> None:
            one, snapshot = Protected(claim=claim, now=now), newest[identity(claim)]
            bound = {"phase": BOUND}
            await writer.create(one.volume(), bound)
            live = await writer.create(one.pvc(), {**bound, "accessModes": ["ReadWriteOnce"]})
            uid = live["metadata"]["uid"]
            await writer.create(one.source(uid), one.source_status(snapshot, unique_id))
            await writer.create(one.destination(uid), one.destination_status())

        await _each(claims, protect)
        await writer.create(scene.own_webhook())


def crds() -> Iterator[Object]:
    """The kinds of VolSync, of snapshots, and of External Secrets."""
    bases = sources.EXTERNAL_SECRETS.folder() / "config/crds/bases"
    files = [
        *(sources.VOLSYNC.folder() / "config/crd/bases").glob("*.yaml"),
        *(sources.SNAPSHOT_API.folder() / "config/crd").glob("snapshot*.yaml"),
        *bases.glob("external-secrets.io_*.yaml"),
    ]
    for file in files:
        crd = sources.yaml_object(file)
        crd["spec"].pop("conversion", None)  # its webhook does not run here
        yield crd


class _Writer:
    """Writes as the admin."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def ready(self) -> None:
        """Waits until the API server is ready. Raises TimeoutError."""
        await self._answered("/readyz")

    async def served(self, kind: str) -> None:
        """Waits until a kind is served. Raises TimeoutError."""
        await self._answered(resource.path(kind, ""))

    async def create(self, item: Object, status: Object | None = None) -> Object:
        """Creates an object with its status, and returns it. Raises RuntimeError."""
        where = _address(item)
        live = await self._send("POST", where, item, "application/json")
        if status is not None:
            own = f"{where}/{item['metadata']['name']}/status"
            await self._send("PATCH", own, {"status": status}, MERGE_PATCH)
        return live

    async def _send(self, method: str, where: str, body: Object, content: str) -> Object:
        headers = {"Content-Type": content}
        answer = await self._client.request(
            method, where, content=json.dumps(body), headers=headers
        )
        if answer.is_error:
            raise RuntimeError(f"{method} {where}: {answer.text}")
        return answer.json()

    async def _answered(self, where: str) -> None:
        async with asyncio.timeout(START):
            while not await self._is_answered(where):
                await asyncio.sleep(REQUEST.shortest)

    async def _is_answered(self, where: str) -> bool:
        try:
            return (await self._client.get(where)).is_success
        except httpx2.TransportError:
            return False


def _address(item: Object) -> str:
    return OTHERS.get(item["kind"]) or resource.path(
        item["kind"], item["metadata"].get("namespace", "")
    )


async def _each(items: Iterable[Any], work: Callable[[Any], Awaitable[object]]) -> None:
    """Does the work for all items, some at once."""
    rest = iter(items)

    async def worker() -> None:
        for item in rest:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(WRITERS):
            group.create_task(worker())
