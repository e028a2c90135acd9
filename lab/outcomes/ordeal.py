"""Observes five probes on PVCs while a part is broken and after it has healed."""

import json
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event

from contract import labels, names
from lab.application import Application, KubectlError, Tree, is_bound, kubectl
from lab.demo import difference
from lab.faults import freeze
from lab.faults.catalog import Fault
from lab.node.process import Process
from lab.outcomes.table import SHOWS, TABLE, Creation, Outcome, Probe, Transfer, fits
from lab.polling import Interval, wait_until
from mover.plan import attempt

BUSY, LOST, KEPT = "busy", "lost", "kept"  # backed up, restored, created again while it is broken
MEGABYTES = 1
HOLD = 12.0  # seconds in which what is to wait or to be denied could have been done
PATIENCE = 120.0  # seconds for what is to be done while it is broken
STEP = 1.0  # seconds between two attempts to create a PVC
INTERVAL = Interval(STEP, STEP)
NO_ANSWER = (KubectlError, KeyError)  # the API does not answer, or the object is not there


@dataclass(kw_only=True)
class TrialResult:
    """The outcome of each probe under one fault, and what was wrong in the end."""

    fault: str
    outcomes: dict[Probe, Outcome] = field(default_factory=dict)
    wrong: dict[Probe, str] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)  # PVCs with a backup that bound without files
    denial: str = ""  # the last one's words
    broken_s: float = 0.0
    healed_s: float = 0.0  # from the end of the fault until all was well

    def surprises(self) -> list[str]:
        """Cells of the table that are not true."""
        expected = TABLE[self.fault].expected()
        return [
            f"{probe}: {outcome}, expected: {expected[probe]}"
            for probe, outcome in self.outcomes.items()
            if not fits(expected[probe], outcome)
        ]


class Ordeal:
    """One namespace that goes through one fault after another."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._trees: dict[str, Tree] = {}
        self._pool = ThreadPoolExecutor(len(Probe))

    def prepare(self) -> None:
        """Three PVCs with backups."""
        pvcs = (BUSY, LOST, KEPT)
        trees = self._pool.map(lambda name: self._app.protected(name, MEGABYTES)[0], pvcs)
        self._trees = dict(zip(pvcs, trees, strict=True))

    def endure(self, fault: Fault) -> TrialResult:
        """Breaks a part, observes, heals it, and waits until all is well."""
        trial = _Trial(self._app, self._trees, self._pool, fault.name)
        result = trial.result
        with ExitStack() as stack:
            trial.begin(stack)
            start = time.monotonic()
            with fault.broken():
                trial.look()
                result.broken_s = time.monotonic() - start
        healed = time.monotonic()
        trial.settle()
        result.healed_s = time.monotonic() - healed
        return result


class _Trial:
    """The run of one fault."""

    def __init__(
        self,
        app: Application,
        trees: Mapping[str, Tree],
        pool: ThreadPoolExecutor,
        fault: str,
    ) -> None:
        self.result = TrialResult(fault=fault)
        self._app, self._trees, self._pool = app, trees, pool
        self._token = f"during-{fault}"
        self._pvcs = {Probe.PLAIN: f"plain-{fault}", Probe.NEW: f"new-{fault}", Probe.KEPT: KEPT}
        self._stopped: list[Process] = []
        self._failed: dict[Probe, int] = {}
        self._finished: dict[Probe, bool] = {}

    def begin(self, stack: ExitStack) -> None:
        """Stops two movers in the middle of their work; `stack` continues them."""
        list(self._pool.map(self._app.delete_pvc, (LOST, KEPT)))
        self._failed = self._failures()
        _await(f"admission of {LOST}", lambda: self._admit(LOST, "hourly"))
        self._app.ask(BUSY, self._token)
        stack.callback(lambda: freeze.release(self._stopped))

        def catch(pvc: str, role: str) -> None:
            self._stopped.append(freeze.caught(self._app.claim(pvc), role))

        list(self._pool.map(catch, (BUSY, LOST), (labels.SOURCE, labels.DESTINATION)))

    def look(self) -> None:
        """Lets the movers go on and creates PVCs, until nothing more is to be expected."""
        ended = Event()
        started = time.monotonic()
        freeze.release(self._stopped)
        creating = {
            probe: self._pool.submit(self._create, probe, pvc, ended)
            for probe, pvc in self._pvcs.items()
        }
        moving = {
            probe: self._pool.submit(
                _holds_before, ended, lambda probe=probe: self._has_moved(probe)
            )
            for probe in (Probe.BACKUP, Probe.RESTORE)
        }
        expected = TABLE[self.result.fault].expected()
        running = {**creating, **moving}
        wait([future for probe, future in running.items() if expected[probe] in SHOWS], PATIENCE)
        wait(running.values(), max(0.0, started + HOLD - time.monotonic()))
        ended.set()
        for probe, creation in creating.items():
            self.result.outcomes[probe] = creation.result().outcome()
        for probe, future in moving.items():
            self._finished[probe] = future.result() and _holds(lambda p=probe: self._is_done(p))

    def settle(self) -> None:
        """Waits until all is well, and notes where it does not become so."""
        checks: dict[Probe, Callable[[], str]] = {
            Probe.PLAIN: lambda: self._is_created(Probe.PLAIN),
            Probe.NEW: self._is_protected,
            Probe.KEPT: lambda: self._is_created(Probe.KEPT) or self._changed(KEPT),
            Probe.BACKUP: self._is_recorded,
            Probe.RESTORE: lambda: self._changed(LOST),
        }
        running = {probe: self._pool.submit(_complaint, check) for probe, check in checks.items()}
        complaints = {probe: future.result() for probe, future in running.items()}
        self.result.wrong = {probe: text for probe, text in complaints.items() if text}
        failures = self._failures()
        for probe, is_finished in self._finished.items():
            count = failures[probe] - self._failed[probe]
            transfer = Transfer(is_finished=is_finished, failures=count)
            self.result.outcomes[probe] = transfer.outcome()
        doomed = [self._pvcs[probe] for probe in (Probe.PLAIN, Probe.NEW)]
        kubectl("-n", self._app.namespace, "delete", "pvc", *doomed, "--wait=false")

    def _create(self, probe: Probe, pvc: str, ended: Event) -> Creation:
        denials, is_admitted = 0, False
        while not ended.is_set() and not is_admitted:
            try:
                self._apply(probe)
                is_admitted = True
            except KubectlError as error:
                denials += 1
                self.result.denial = str(error)
                ended.wait(STEP)
        is_bound = is_admitted and _holds_before(ended, lambda: self._is_bound(pvc))
        return Creation(denials=denials, is_admitted=is_admitted, is_bound=is_bound)

    def _apply(self, probe: Probe) -> bool:
        return self._admit(self._pvcs[probe], None if probe is Probe.PLAIN else "hourly")

    def _admit(self, pvc: str, backup: str | None) -> bool:
        """Raises KubectlError with the denial."""
        self._app.apply_pvc(pvc, backup)
        return True

    def _has_moved(self, probe: Probe) -> bool:
        return self._is_done(probe) or self._failures()[probe] > self._failed[probe]

    def _is_done(self, probe: Probe) -> bool:
        return self._is_backed_up() if probe is Probe.BACKUP else self._is_bound(LOST)

    def _is_bound(self, pvc: str) -> bool:
        live = self._app.pvc(pvc)
        return live is not None and is_bound(live)

    def _is_backed_up(self) -> bool:
        status = self._app.objects(BUSY)["replicationsource"].get("status", {})
        return status.get("lastManualSync") == self._token

    def _is_created(self, probe: Probe) -> str:
        """Creates it again where it was denied, as GitOps does."""
        pvc = self._pvcs[probe]
        _await(f"admission of {pvc}", lambda: self._app.pvc(pvc) or self._apply(probe))
        self._app.wait_bound(pvc)
        return ""

    def _is_protected(self) -> str:
        self._is_created(Probe.NEW)
        self._app.wait_backup(self._pvcs[Probe.NEW])
        return ""

    def _is_recorded(self) -> str:
        _await("backup that was under way", self._is_backed_up)
        return ""

    def _changed(self, pvc: str) -> str:
        """How a restored PVC differs from what was backed up."""
        self._app.wait_bound(pvc)
        tree = self._app.files(pvc)
        if not tree:
            self.result.empty.add(pvc)
        return "\n".join(difference(self._trees[pvc], tree))

    def _failures(self) -> dict[Probe, int]:
        owners = {
            Probe.BACKUP: names.source_name(self._app.claim(BUSY)),
            Probe.RESTORE: names.destination_name(self._app.claim(LOST)),
        }
        return {probe: self._failures_of(name) for probe, name in owners.items()}

    def _failures_of(self, owner: str) -> int:
        chosen = f"reason={attempt.TRANSFER_FAILED},involvedObject.name={owner}"
        place = ("-n", self._app.namespace, "get", "events", "--field-selector", chosen)
        return len(json.loads(kubectl(*place, "-o", "json"))["items"])


def _holds_before(ended: Event, condition: Callable[[], bool]) -> bool:
    """Whether a condition holds at any time before `ended` is set."""
    try:
        wait_until("the condition", condition, math.inf, INTERVAL, ignoring=NO_ANSWER, stop=ended)
    except TimeoutError:
        return False
    return True


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except NO_ANSWER:
        return False


def _await(description: str, condition: Callable[[], object]) -> None:
    wait_until(description, condition, ignoring=NO_ANSWER)


def _complaint(check: Callable[[], str]) -> str:
    try:
        return check()
    except (KubectlError, TimeoutError) as error:
        return str(error)
