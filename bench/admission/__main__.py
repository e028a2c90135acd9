"""What a backup label costs when a PVC is created: through the real API server and Kyverno.

Runs on the lab, which it brings up. Plain PVCs are the peer: blocks of both kinds take turns, and
everything that a block has caused is gone before the next. No storage takes part: the class waits
for a pod that never comes. A dry run (`dry_`) is judged in the same way and leaves nothing behind,
so it shows admission alone, and also that of PVCs that have a backup (`restore`).
"""

import argparse
import itertools
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from bench import report
from bench.admission import cost
from bench.admission.client import Answer, Block, Client, Request, reason, send_all
from contract.scope import KYVERNO_NAMESPACE
from lab.application import Application, kubectl
from lab.objects import storage
from lab.polling import wait_until_gone
from lab.program import UP, lab
from stack import versions

PLAIN, LABELLED, RESTORE = "plain", "labelled", "restore"
ONE, MANY = 1, 50  # clients
ROUNDS = 4
QUIET = 2.0  # seconds between two blocks, for what no list shows
WARM = 10  # creations of each kind that are not counted
GONE = 300.0  # seconds that everything of a block may take to go


@dataclass(frozen=True, kw_only=True)
class Series:
    """Creations of one kind by so many clients."""

    kind: str
    clients: int
    is_dry: bool = False

    @property
    def key(self) -> str:
        """The name of its figures, with a placeholder for the figure."""
        return f"{'dry_' if self.is_dry else ''}{self.kind}_{{}}_{self.clients}"


@dataclass
class Measurement:
    """Everything that was measured of a series."""

    blocks: list[Block] = field(default_factory=list)
    processor: list[cost.Times] = field(default_factory=list)
    webhooks: list[cost.Times] = field(default_factory=list)

    @property
    def answers(self) -> list[Answer]:
        return [answer for block in self.blocks for answer in block.answers]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def figures(measurements: Mapping[Series, Measurement]) -> dict[str, float]:
    """The reported figures. Refused creations are errors, and have no time."""
    totals: dict[str, float] = {}
    errors = 0
    for series, measurement in measurements.items():
        good = [answer.seconds * 1000 for answer in measurement.answers if answer.is_good]
        errors += len(measurement.answers) - len(good)
        if good:
            totals[series.key.format("p50_ms")] = round(percentile(good, 0.50), 1)
            totals[series.key.format("p95_ms")] = round(percentile(good, 0.95), 1)
    for dry, kind, clients in itertools.product(("", "dry_"), (LABELLED, RESTORE), (ONE, MANY)):
        for share in ("p50", "p95"):
            ours, peer = (totals.get(f"{dry}{k}_{share}_ms_{clients}") for k in (kind, PLAIN))
            if ours and peer:
                totals[f"{dry}{kind}_over_plain_{share}_{clients}"] = round(ours / peer, 2)
    return {**totals, "errors": errors}


class Bench:
    """A namespace to create in, and what was measured so far."""

    def __init__(self, app: Application, backed_up: str) -> None:
        self.measurements: dict[Series, Measurement] = defaultdict(Measurement)
        self._app, self._backed_up = app, backed_up
        self._numbers = itertools.count()

    def warm_up(self) -> None:
        """Creates a few of each kind that are not counted."""
        for kind in (PLAIN, LABELLED):
            for is_dry in (False, True):
                send_all(self._requests(Series(kind=kind, clients=ONE, is_dry=is_dry), WARM), ONE)
        self._clean()

    def measure(self, kinds: Sequence[str], clients: int, count: int, *, is_dry: bool) -> None:
        """Measures `count` creations of each kind, in blocks that alternate."""
        for number in range(ROUNDS):
            # No kind is always the first after the other.
            for kind in kinds if number % 2 else reversed(kinds):
                series = Series(kind=kind, clients=clients, is_dry=is_dry)
                self._block(series, count // ROUNDS)

    def _block(self, series: Series, count: int) -> None:
        requests, measurement = self._requests(series, count), self.measurements[series]
        with closing(Client()) as client:
            before, cpu = _webhooks(client), cost.processor()
            block = send_all(requests, series.clients)
            measurement.processor.append(cost.spent(cpu, cost.processor(), count))
            measurement.webhooks.append(cost.means(before, _webhooks(client)))
        measurement.blocks.append(block)
        bad = [answer for answer in block.answers if not answer.is_good]
        for answer in bad[:3]:
            print(f"   refused: {reason(answer)}", flush=True)
        times = [answer.seconds * 1000 for answer in block.answers]
        print(
            f"   {'dry run, ' if series.is_dry else ''}{series.kind}, {series.clients} clients:"
            f" {count / block.seconds:.0f}/s, p50 {percentile(times, 0.5):.1f} ms,"
            f" p95 {percentile(times, 0.95):.1f} ms, {len(bad)} refused,"
            f" clients took {block.client_cpu / block.seconds:.0%} of a core",
            flush=True,
        )
        if not series.is_dry:
            self._clean()

    def _requests(self, series: Series, count: int) -> list[Request]:
        path = f"/api/v1/namespaces/{self._app.namespace}/persistentvolumeclaims"
        return [
            Request(
                method="POST",
                path=f"{path}?dryRun=All" if series.is_dry else path,
                body=json.dumps(self._manifest(series.kind)).encode(),
            )
            for _ in range(count)
        ]

    def _manifest(self, kind: str) -> dict[str, object]:
        name = self._backed_up if kind == RESTORE else f"{kind}-{next(self._numbers)}"
        label = None if kind == PLAIN else "hourly"
        return self._app.pvc_manifest(name, label, storage_class=storage.WAITING_CLASS)

    def _clean(self) -> None:
        """Removes what a block has made, and waits for the end of all that it has caused."""
        place = ("-n", self._app.namespace)
        kubectl(*place, "delete", "persistentvolumeclaims", "--all", f"--timeout={GONE:.0f}s")
        created = ("replicationdestinations,externalsecrets,secrets", "-o", "name")
        wait_until_gone("the objects", lambda: kubectl(*place, "get", *created), GONE)
        requests = ("-n", KYVERNO_NAMESPACE, "get", "updaterequests.kyverno.io", "-o", "name")
        wait_until_gone("Kyverno's requests", lambda: kubectl(*requests), GONE)
        time.sleep(QUIET)


def _webhooks(client: Client) -> Mapping[str, tuple[float, float]]:
    return cost.webhooks(client.get("/metrics"))


@contextmanager
def namespaces() -> Generator[Bench]:
    """A namespace of its own, with a PVC that has a backup and is gone; removed afterwards."""
    app = Application("admission")
    app.delete()  # an earlier run's
    app.create()
    try:
        app.protected("backed-up")
        app.delete_pvc("backed-up")
        yield Bench(app, "backed-up")
    finally:
        app.delete()


def show(measurements: Mapping[Series, Measurement]) -> None:
    """Prints where the time goes."""
    for clients, is_dry in ((ONE, False), (MANY, False), (ONE, True), (MANY, True)):
        chosen = {
            s.kind: measurement
            for s, measurement in measurements.items()
            if (s.clients, s.is_dry) == (clients, is_dry)
        }
        if not chosen:
            continue
        what = f"{clients} clients{', dry run' if is_dry else ''}"
        print(f"processor, ms a creation, {what}:")
        print(
            "\n".join(cost.table({k: measurement.processor for k, measurement in chosen.items()}))
        )
        print(f"webhook, ms a call, {what}:")
        print("\n".join(cost.table({k: measurement.webhooks for k, measurement in chosen.items()})))


def main() -> int:
    """Returns 1 where a creation was refused."""
    parser = argparse.ArgumentParser(prog="scripts/bench admission", description=__doc__)
    parser.add_argument("--one", type=int, default=200, help="creations by one client (200)")
    parser.add_argument("--many", type=int, default=1000, help=f"creations by {MANY} (1000)")
    options = parser.parse_args()
    lab("up")
    lab("pulumi", *UP)
    report.machine(kyverno=versions.KYVERNO.version, volsync=versions.VOLSYNC.version)
    with namespaces() as bench:
        bench.warm_up()
        for clients, count in ((ONE, options.one), (MANY, options.many)):
            bench.measure((PLAIN, LABELLED), clients, count, is_dry=False)
            bench.measure((PLAIN, LABELLED, RESTORE), clients, count, is_dry=True)
        show(bench.measurements)
        totals = figures(bench.measurements)
    report.last(totals)
    return 1 if totals["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
