"""Wires events to the queue: kopf watches, lightkube reads and writes, the plans decide."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

import kopf
from prometheus_client import disable_created_metrics, start_http_server

from contract.labels import CREATED_BY, ROLE, VOLSYNC
from contract.volsync import API_GROUP
from kube import resource
from kube.api import Api
from kube.client import ADMISSION_TIMEOUT, Client
from kube.resource import ObjectKey
from mover import maintenance_status
from mover.controller.reconciler import Reconciler
from mover.controller.workqueue import Queue
from mover.drill import status
from mover.metrics import Metrics
from mover.scheduling.scheduler import Gate
from mover.settings import Settings

log = logging.getLogger(__name__)

WORKERS = 8
UPKEEP = 15.0  # seconds between looks at the repository's maintenance and at the drills
UNREACHED = 5.0  # seconds after which an API that did not answer is asked again
SETTLE = 1.0  # seconds in which many moves count as one
WATCH_TIMEOUT = 300  # seconds; a watch that the network has lost is found out by then
CONNECT_TIMEOUT = 30
OWNERS = (resource.REPLICATION_SOURCE, resource.REPLICATION_DESTINATION)
OUR_CHILDREN = {CREATED_BY: VOLSYNC, ROLE: kopf.PRESENT}


def owner_keys(meta: Mapping[str, Any]) -> list[ObjectKey]:
    """The owner of a temporary object, as a key."""
    return [
        ObjectKey(ref["kind"], meta["namespace"], ref["name"])
        for ref in meta.get("ownerReferences") or ()
        if ref.get("controller") and ref.get("kind") in OWNERS
    ]


def watch(queue: Queue) -> kopf.OperatorRegistry:
    """Handlers that only enqueue: no finalizer and no annotation is put on anyone's object."""
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    def login(**kwargs: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)

    @kopf.on.event(API_GROUP, "replicationsources", registry=registry)
    @kopf.on.event(API_GROUP, "replicationdestinations", registry=registry)
    def of_owner(body: kopf.Body, **_: Any) -> None:
        queue.add(ObjectKey(body["kind"], body["metadata"]["namespace"], body["metadata"]["name"]))

    @kopf.on.event("batch", "jobs", labels=OUR_CHILDREN, registry=registry)
    @kopf.on.event("", "persistentvolumeclaims", labels=OUR_CHILDREN, registry=registry)
    @kopf.on.event(
        "snapshot.storage.k8s.io", "volumesnapshots", labels=OUR_CHILDREN, registry=registry
    )
    def of_child(meta: kopf.Meta, **_: Any) -> None:
        for key in owner_keys(meta):
            queue.add(key)

    return registry


def kopf_settings() -> kopf.OperatorSettings:
    """Kopf as a pure watcher."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.watching.server_timeout = WATCH_TIMEOUT
    settings.watching.client_timeout = WATCH_TIMEOUT + CONNECT_TIMEOUT
    settings.watching.connect_timeout = CONNECT_TIMEOUT
    return settings


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """The controller, until `stop` is set or a part of it dies."""
    disable_created_metrics()
    metrics = Metrics()
    api = Client(timeout=ADMISSION_TIMEOUT)
    reconciler = Reconciler(api, settings, metrics)
    queue = Queue(reconciler.run)
    server, thread = start_http_server(settings.metrics_port, registry=metrics.registry)
    operator = kopf.operator(
        registry=watch(queue),
        settings=kopf_settings(),
        clusterwide=True,
        standalone=True,
        liveness_endpoint=f"http://0.0.0.0:{settings.probe_port}/healthz",
    )
    parts: list[Coroutine[Any, Any, object]] = [
        operator,
        stop.wait(),
        govern(reconciler.gate, queue),
        watch_upkeep(api, settings, metrics),
        *(queue.serve() for _ in range(WORKERS)),
    ]
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        server.shutdown()
        thread.join()


async def govern(gate: Gate, queue: Queue) -> None:
    """Wakes whoever may go on, as soon as something has moved. Runs until it is cancelled."""
    while True:
        gate.moved.clear()
        seconds = UNREACHED
        try:
            survey = await gate.survey()
        except Exception as error:
            log.warning("movers at work cannot be counted: %s", error)
        else:
            seconds = survey.seconds
            for key in survey.keys:
                queue.add(key)
        await asyncio.sleep(SETTLE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(gate.moved.wait(), seconds)


async def watch_upkeep(api: Api, settings: Settings, metrics: Metrics) -> None:
    """Shows how maintenance and restore drills stand. Runs until it is cancelled."""
    space = settings.repository_namespace
    while True:
        try:
            metrics.maintained(await maintenance_status.look(api, space))
            if settings.drills:
                now = datetime.now(UTC)
                found = await status.look(api, space, settings.drills, settings.timezone, now)
                metrics.drilled(found)
        except Exception as error:
            log.warning("maintenance and drills cannot be looked at: %s", error)
        await asyncio.sleep(UPKEEP)
