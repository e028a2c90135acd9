"""How long the audit of a big cluster takes, and what it costs.

The audit's own process, over a stand-in for the API server that holds the objects, and over a list
of snapshots that was made from one real entry: kopia's own time for it is left out, the reading of
it is not.

first_s    from the start of the process to the first answer with every PVC judged
warm_ms    the whole report as JSON, judged anew for the answer (median)
young_ms   the same within the five seconds in which a report is shared
page_ms    the page, of which 200 PVCs are shown
one_ms     one PVC with its history
"""

import argparse
import asyncio
import hashlib
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import report, repository
from bench.repository import KEPT, claims
from bench.service import AUDIT_MODULE, Service, ask, fetch, started
from contract.audit import AUDIT, Verdict, audit_path
from contract.names import Claim, identity
from contract.times import exact_text
from fakes.audit_scene import Scene, pvc
from fakes.http_api import FakeCluster
from kopia.command import Kopia
from kube.resource import REPLICATION_SOURCE
from lab.pins import BY_NAME
from lab.polling import PROCESS, wait_until
from plumber.audit.service import YOUNG

ROUNDS = 9
PATIENCE = 300.0  # seconds until everything must have been read

Object = dict[str, Any]


def listing(kopia: Kopia, folder: Path, pvcs: int, kept: int) -> Path:
    """A program that prints what kopia would print of so many snapshots."""
    source = folder / "source"
    source.mkdir()
    (source / "file").write_text("content")
    repository.back_up(kopia, Claim("model", "model"), source, datetime.now(UTC))
    text = kopia.run("snapshot", "list", "--all", "--json", "--no-retention")
    (entry,) = json.loads(text)
    now = datetime.now(UTC).replace(microsecond=0)
    entries = [copied(entry, claim, now, age) for claim in claims(pvcs) for age in range(kept)]
    (folder / "listing.json").write_text(json.dumps(entries))
    program = folder / "kopia"
    program.write_text(f"#!/bin/sh\nexec cat '{folder / 'listing.json'}'\n")
    program.chmod(0o755)
    return program


def copied(entry: Object, claim: Claim, now: datetime, age: int) -> Object:
    """The entry of a snapshot that is `age` hours old."""
    whose, start = identity(claim), exact_text(now - timedelta(hours=age))
    source = {"host": whose.host, "userName": whose.user, "path": whose.path}
    number = hashlib.sha256(f"{claim} {age}".encode()).hexdigest()[:32]
    return {**entry, "id": number, "source": source, "startTime": start, "endTime": start}


def cluster(pvcs: int) -> FakeCluster:
    """An API server with that many protected PVCs."""
    scene = Scene()
    for claim in claims(pvcs):
        scene.protect(pvc(claim.name, namespace=claim.namespace), hours=-1)
    api_server = FakeCluster(others=scene.objects)
    for source in api_server.others.pop(REPLICATION_SOURCE):
        source["metadata"]["resourceVersion"] = "1"
        meta = source["metadata"]
        api_server.sources[f"{meta['namespace']}/{meta['name']}"] = source
    return api_server


def is_whole(service: Service, pvcs: int) -> bool:
    """Whether every PVC is judged from the repository."""
    code, body = asyncio.run(ask(service.port, AUDIT))
    return code == 200 and body["counts"][Verdict.PROTECTED] == pvcs


def milliseconds(service: Service, path: str, pause: float) -> float:
    """The median of some rounds, with a pause before each."""

    def once() -> float:
        time.sleep(pause)
        began = time.perf_counter()
        code, _ = asyncio.run(fetch(service.port, path))
        if code != 200:
            raise RuntimeError(f"{path} was answered with {code}")
        return time.perf_counter() - began

    return round(statistics.median(once() for _ in range(ROUNDS)) * 1000, 1)


def seconds_until_whole(service: Service, pvcs: int, began: float) -> float:
    """Seconds since `began` until every PVC is judged. Raises TimeoutError."""
    wait_until("a verdict on every PVC", lambda: is_whole(service, pvcs), PATIENCE, PROCESS)
    return round(time.monotonic() - began, 2)


def main() -> None:
    """Measures one cluster."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench audit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pvcs", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--kept", type=int, default=KEPT, help=f"snapshots of each ({KEPT})")
    options = parser.parse_args()
    report.machine(kopia=BY_NAME["kopia"].pin)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        built, writer = repository.empty(folder / "repository")
        program = listing(writer, folder, options.pvcs, options.kept)
        api = cluster(options.pvcs)
        began = time.monotonic()
        with started(built, folder / "audit", AUDIT_MODULE, kopia=program, cluster=api) as service:
            figures: dict[str, Any] = {
                "pvcs": options.pvcs,
                "snapshots": options.pvcs * options.kept,
            }
            figures["first_s"] = seconds_until_whole(service, options.pvcs, began)
            figures["warm_ms"] = milliseconds(service, AUDIT, YOUNG + 0.2)
            figures["young_ms"] = milliseconds(service, AUDIT, 0)
            figures["page_ms"] = milliseconds(service, "/", YOUNG + 0.2)
            claim = next(claims(1))
            figures["one_ms"] = milliseconds(service, audit_path(claim), 0)
            figures["memory_mib"] = round(service.memory() / 2**20, 1)
    for key, value in figures.items():
        print(f"{key}: {value}")
    report.last(figures)


if __name__ == "__main__":
    main()
