"""Deletes and restores objects of the stack, and runs Jobs of its CronJobs."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from lab.application import get, has_ended, kubectl
from lab.polling import wait_until


@contextmanager
def deleted(kind: str, name: str, namespace: str) -> Generator[None]:
    """Deletes an object, and creates it again as it was."""
    live = get(kind, name, namespace)
    if live is None:
        raise LookupError(f"there is no {kind} {namespace}/{name}")
    metadata = {"name": name, "namespace": namespace}
    metadata |= {key: live["metadata"].get(key, {}) for key in ("labels", "annotations")}
    body = {key: value for key, value in live.items() if key != "status"} | {"metadata": metadata}
    kubectl("-n", namespace, "delete", kind, name)
    try:
        yield
    finally:
        kubectl("create", "-f", "-", stdin=json.dumps(body))


def run(cron_job: str, namespace: str) -> str:
    """Runs a Job of a CronJob to its end, good or bad; returns its name."""
    name = f"{cron_job}-{time.time_ns()}"
    kubectl("-n", namespace, "create", "job", name, f"--from=cronjob/{cron_job}")
    wait_until(f"end of Job {name}", lambda: has_ended(get("job", name, namespace) or {}), 300)
    return name


def patch(kind: str, name: str, namespace: str, change: dict[str, Any]) -> None:
    """Changes a part of an object."""
    kubectl("-n", namespace, "patch", kind, name, "--type=merge", "-p", json.dumps(change))
