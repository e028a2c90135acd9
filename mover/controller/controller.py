"""The controller: watches feed a work queue, whose workers call the reconciler."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

from prometheus_client import disable_created_metrics, start_http_server

from contract.environment import MoverSettings
from contract.listen import anywhere
from kube.api import Api
from kube.client import ADMISSION_TIMEOUT, Client
from mover import maintenance_status
from mover.controller import health
from mover.controller.reconciler import Reconciler
from mover.controller.watch import Pulse, watch, watched
from mover.controller.workqueue import Queue
from mover.drill import status
from mover.metrics import Metrics
from mover.scheduling.scheduler import Scheduler

log = logging.getLogger(__name__)

WORKERS = 8
STATUS_INTERVAL = 15.0  # seconds between looks at the repository's maintenance and at the drills
UNREACHED = 5.0  # seconds after which an API that did not answer is asked again
SETTLE = 1.0  # seconds in which many moves count as one


async def run(settings: MoverSettings, stop: asyncio.Event) -> None:
    """The controller, until `stop` is set or a part of it dies."""
    disable_created_metrics()
    metrics = Metrics()
    api = Client(timeout=ADMISSION_TIMEOUT)
    reconciler = Reconciler(api, settings, metrics)
    queue = Queue(reconciler.run)
    server, thread = start_http_server(
        settings.metrics_port, addr=anywhere(), registry=metrics.registry
    )
    watches = watched(settings)
    pulse = Pulse(watches)
    parts: list[Coroutine[Any, Any, object]] = [
        stop.wait(),
        health.serve(settings.probe_port, pulse.dead),
        *(watch(api, about, queue.add, pulse) for about in watches),
        queue_startable(reconciler.scheduler, queue),
        watch_repository_status(api, settings, metrics),
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
        await api.close()
        server.shutdown()
        server.server_close()
        thread.join()


async def queue_startable(scheduler: Scheduler, queue: Queue) -> None:
    """Queues every object that may start now, after each change. Runs until it is cancelled."""
    while True:
        scheduler.moved.clear()
        seconds = UNREACHED
        try:
            survey = await scheduler.survey()
        except Exception as error:
            log.warning("movers at work cannot be counted: %s", error)
        else:
            seconds = survey.seconds
            for key in survey.keys:
                queue.add(key)
        await asyncio.sleep(SETTLE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(scheduler.moved.wait(), seconds)


async def watch_repository_status(api: Api, settings: MoverSettings, metrics: Metrics) -> None:
    """Keeps the metrics of maintenance and restore drills current. Runs until it is cancelled."""
    space = settings.repository_namespace
    while True:
        try:
            metrics.maintained(await maintenance_status.look(api, space))
            if settings.drills:
                drills = await status.look(api, space, settings.drills, settings.timezone)
                metrics.drilled(drills)
        except Exception as error:
            log.warning("maintenance and drills cannot be looked at: %s", error)
        await asyncio.sleep(STATUS_INTERVAL)
