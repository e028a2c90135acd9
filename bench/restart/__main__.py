"""Kyverno is killed and rolled while PVCs are created: is one admitted that nobody judged?

Runs on the lab, which it brings up. A PVC has a backup and is created again and again, as a dry run
at full rate and for real, beside the policies of strangers. Then the same without our webhook and
without the canary, so that the measurement is known to see what it looks for:
`without_guard_unjudged` should not be 0.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Event, Lock

from bench import report
from bench.admission.client import Client, Request
from contract import admission
from contract.names import destination_name
from lab.application import Application, kubectl, new_application
from lab.faults import kyverno
from lab.faults.deployment import ADMISSION
from lab.program import UP, lab
from manifests import webhook
from stack import versions

PVC = "data"
CANARY = "pvc-backup-canary"
SERVICE = "kyverno-svc"  # of the admission controller
SETTLE = 4.0  # seconds under load after Kyverno is ready again
RESTORED, UNJUDGED, DENIED, LOST = "restored", "admitted_unjudged", "denied", "no_answer"


class Load:
    """Creates one and the same PVC as fast as it can, and counts what becomes of it."""

    def __init__(self, app: Application, clients: int) -> None:
        self._app, self._clients = app, clients
        self._counts: Counter[str] = Counter()
        self._lock, self._stop = Lock(), Event()

    @contextmanager
    def running(self) -> Generator[Counter[str]]:
        """Under load inside the context; the counts are complete after it."""
        self._counts, self._stop = Counter(), Event()
        with ThreadPoolExecutor(self._clients + 1) as pool:
            work = [pool.submit(self._dry_runs) for _ in range(self._clients)]
            work.append(pool.submit(self._creations))
            try:
                yield self._counts
            finally:
                self._stop.set()
            for future in work:
                future.result()

    def _dry_runs(self) -> None:
        path = f"{self._path()}?dryRun=All"
        with closing(Client()) as client:
            while not self._stop.is_set():
                self._create(client, path)

    def _creations(self) -> None:
        """For real; what is admitted is deleted at once."""
        with closing(Client()) as client:
            while not self._stop.is_set():
                if self._create(client, self._path()) in (RESTORED, UNJUDGED):
                    kubectl("-n", self._app.namespace, "delete", "pvc", PVC, "--timeout=120s")
                self._stop.wait(0.05)

    def _create(self, client: Client, path: str) -> str:
        manifest = self._app.pvc_manifest(PVC, "hourly")
        answer = client.send(Request(method="POST", path=path, body=json.dumps(manifest).encode()))
        outcome = self._outcome(answer.status, answer.text, is_good=answer.is_good)
        with self._lock:
            self._counts[outcome] += 1
        return outcome

    def _outcome(self, status: int, text: str, *, is_good: bool) -> str:
        if not is_good:
            return DENIED if status else LOST
        source = json.loads(text)["spec"].get("dataSourceRef", {})
        is_ours = source.get("name") == destination_name(self._app.claim(PVC))
        return RESTORED if is_ours else UNJUDGED

    def _path(self) -> str:
        return f"/api/v1/namespaces/{self._app.namespace}/persistentvolumeclaims"


def _kill() -> None:
    """Kills Kyverno in a pod whose first death it is: kubelet starts that one again at once."""
    kyverno.kill()
    time.sleep(1)  # until kubelet has seen it
    ADMISSION.await_ready()
    time.sleep(SETTLE)
    kyverno.roll()


def ordeal(load: Load, acts: Iterable[Callable[[], None]]) -> Counter[str]:
    """Under load, one act after another; returns what became of the creations."""
    with load.running() as counts:
        for number, act in enumerate(acts, start=1):
            act()
            time.sleep(SETTLE)
            print(f"{number}: {dict(counts)}", flush=True)
    return counts


@contextmanager
def without_guard() -> Generator[None]:
    """Takes our webhook, its guard and the canary away, and puts them back.

    And has Kyverno's Service name replicas that are not ready: how long the API server still knows
    one that has just been killed is a matter of luck.
    """
    kinds = [
        f"{admission.KIND.lower()}/{admission.CONFIGURATION}",
        f"validatingadmissionpolicybinding/{webhook.GUARD}",
    ]
    deployment = f"deployment/{ADMISSION.name}"
    place = ("-n", ADMISSION.namespace)
    saved = [json.loads(kubectl("get", kind, "-o", "json")) for kind in kinds]
    before = json.loads(kubectl(*place, "get", deployment, "-o", "json"))
    containers = before["spec"]["template"]["spec"]["containers"]
    place_of_canary = next(i for i, one in enumerate(containers) if one["name"] == CANARY)
    where = f"/spec/template/spec/containers/{place_of_canary}"
    kubectl(*place, "patch", deployment, "--type=json", "-p", _patch("remove", where))
    kubectl("delete", *kinds)
    kubectl(*place, "patch", "service", SERVICE, "-p", _unready(is_named=True))
    ADMISSION.await_ready()
    try:
        yield
    finally:
        kubectl(*place, "patch", "service", SERVICE, "-p", _unready(is_named=False))
        for obj in saved:
            for key in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
                obj["metadata"].pop(key, None)
            kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(obj))
        canary = containers[place_of_canary]
        kubectl(*place, "patch", deployment, "--type=json", "-p", _patch("add", where, canary))
        ADMISSION.await_ready()


def _unready(*, is_named: bool) -> str:
    return json.dumps({"spec": {"publishNotReadyAddresses": is_named}})


def _patch(op: str, path: str, value: object = None) -> str:
    return json.dumps([{"op": op, "path": path, **({"value": value} if value else {})}])


def main() -> int:
    """Returns 1 where a creation was admitted unjudged."""
    parser = argparse.ArgumentParser(prog="scripts/bench restart", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="of Kyverno (20)")
    parser.add_argument("--rollouts", type=int, default=5, help="of Kyverno (5)")
    parser.add_argument("--foreign", type=int, default=200, help="policies of each kind (200)")
    parser.add_argument("--clients", type=int, default=4, help="that create dry runs (4)")
    parser.add_argument(
        "--without-guard", type=int, default=3, metavar="KILLS", help="kills without our guard (3)"
    )
    options = parser.parse_args()
    lab("up")
    lab("pulumi", *UP)
    report.machine(kyverno=versions.KYVERNO.version)
    start = time.monotonic()
    with new_application() as app, kyverno.foreign_policies(options.foreign):
        app.protected(PVC)
        app.delete_pvc(PVC)
        load = Load(app, options.clients)
        acts = [*[_kill] * options.kills, *[kyverno.roll] * options.rollouts]
        counts = ordeal(load, acts)
        with without_guard():
            bare = ordeal(load, [_kill] * options.without_guard)
    report.last(
        {
            "kills": options.kills,
            "rollouts": options.rollouts,
            "foreign": 2 * options.foreign,
            **{name: counts[name] for name in (UNJUDGED, DENIED, RESTORED, LOST)},
            "without_guard_unjudged": bare[UNJUDGED],
            "seconds": round(time.monotonic() - start, 1),
        }
    )
    return 1 if counts[UNJUDGED] else 0


if __name__ == "__main__":
    sys.exit(main())
