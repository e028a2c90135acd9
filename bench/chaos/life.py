"""One PVC in a run of chaos: written, backed up, lost, created again, read."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bench.chaos.plan import Life
from bench.chaos.verdict import Restoration, seconds
from contract import labels
from lab.application import DATA, Application, KubectlError, is_bound, kubectl
from lab.polling import Interval, WaitTimeoutError, wait_until

INTERVAL = Interval(0.5, 0.5)
STUCK = 240.0  # seconds after which what does not come to its end never will
# A file for each counter, so that a volume that is copied meanwhile has the old ones or one more.
WRITE = f"""
import os, sys
with open(os.path.join({DATA!r}, sys.argv[1]), "w") as file:
    file.write(sys.argv[1] * 1000)
os.sync()
"""
READ = f"""
import json, os
names = [name for name in os.listdir({DATA!r}) if name.isdecimal()]
print(json.dumps({{name: open(os.path.join({DATA!r}, name)).read() == name * 1000
                  for name in names}}))
"""
# An API that does not answer, or an object that is not there.
NO_ANSWER = (KubectlError, KeyError, TimeoutError, json.JSONDecodeError)
DENIED = ("denied the request", "failed calling webhook")

Value = TypeVar("Value")


class StuckError(Exception):
    """A condition never held; the text names it."""


class Limit:
    """The end of all waiting: some minutes after everything was healed."""

    def __init__(self) -> None:
        self._over: float | None = None

    def start(self) -> None:
        """Starts the countdown: everything is healed."""
        self._over = time.monotonic() + STUCK

    def until(
        self, description: str, condition: Callable[[], Value], timeout: float = math.inf
    ) -> Value | None:
        """The first true value; None after `timeout` seconds. Raises StuckError at the limit."""

        def value() -> Value | None:
            if self._over is not None and time.monotonic() > self._over:
                raise StuckError(f"no {description}")
            return condition()

        try:
            return wait_until(description, value, timeout, INTERVAL, ignoring=NO_ANSWER)
        except WaitTimeoutError:
            return None


@dataclass(frozen=True, kw_only=True)
class Course:
    """One PVC's way through one run."""

    app: Application
    pvc: str
    life: Life
    counter: int
    limit: Limit

    def run(self, denials: list[str]) -> Restoration:
        """Plays the run; notes every denial. Raises StuckError."""
        time.sleep(self.life.pause)
        if self.life.is_new:
            self._create(denials)
            self._until_bound()
        self._write()
        self._back_up()
        self._lose()
        created = self._create(denials)
        self._until_bound()
        return self._read(created)

    def _create(self, denials: list[str]) -> float:
        """Creates the PVC; returns the time of the request that was admitted."""

        def admitted() -> float:
            requested = time.time()
            try:
                self.app.apply_pvc(self.pvc, backup="hourly")
            except KubectlError as error:
                if any(words in str(error) for words in DENIED):
                    denials.append(str(error))
                raise
            return requested

        return self.limit.until(f"admission of {self.pvc}", admitted) or 0.0

    def _until_bound(self) -> None:
        def has_volume() -> bool:
            pvc = self.app.pvc(self.pvc)
            return pvc is not None and is_bound(pvc)

        self.limit.until(f"bound {self.pvc}", has_volume)

    def _write(self) -> None:
        word = str(self.counter)

        def is_written() -> bool:
            self.app.run(self.pvc, "python3", "-c", WRITE, word)
            return True

        self.limit.until(f"file in {self.pvc}", is_written)

    def _back_up(self) -> None:
        token, timeout = str(self.counter), self.life.timeout

        def is_asked() -> bool:
            if "replicationsource" not in self.app.objects(self.pvc):
                return False
            self.app.ask(self.pvc, token)
            return True

        def is_done() -> bool:
            status = self.app.objects(self.pvc)["replicationsource"]["status"]
            return status.get("lastManualSync") == token

        if self.limit.until(f"source of {self.pvc}", is_asked, timeout):
            self.limit.until(f"backup of {self.pvc}", is_done, timeout)

    def _lose(self) -> None:
        place = ("-n", self.app.namespace, "delete", "--wait=false", "--ignore-not-found")

        def is_gone() -> bool:
            kubectl(*place, f"pod/{self.pvc}", f"pvc/{self.pvc}")
            return self.app.pvc(self.pvc) is None

        def is_tidy() -> bool:
            movers = self.app.movers(self.pvc, "pods")
            return not movers and not self.app.objects(self.pvc)

        self.limit.until(f"end of {self.pvc}", is_gone)
        if self.life.is_tidy:
            self.limit.until(f"end of what belonged to {self.pvc}", is_tidy)

    def _read(self, created: float) -> Restoration:
        pvc = self.limit.until(f"look at {self.pvc}", lambda: self.app.pvc(self.pvc))
        noted = (pvc or {"metadata": {}})["metadata"].get("annotations", {})
        when = noted.get(labels.RESTORE_FROM_TIME)

        def files() -> str:
            return self.app.run(self.pvc, "python3", "-c", READ)

        held = json.loads(self.limit.until(f"pod of {self.pvc}", files) or "{}")
        newest = max(map(int, held), default=None)
        # A backup may have run while its last file was being written.
        rest = [is_whole for name, is_whole in held.items() if int(name) != newest]
        return Restoration(
            created=created,
            is_bound=True,
            restored=noted.get(labels.RESTORE_FROM, ""),
            restored_time=seconds(when) if when else 0,
            counter=newest,
            is_intact=all(rest),
            written=self.counter,
        )


def discard(app: Application, pvc: str) -> None:
    """Leaves a PVC behind for good."""
    try:
        kubectl("-n", app.namespace, "delete", "--wait=false", f"pod/{pvc}", f"pvc/{pvc}")
    except KubectlError:
        return  # it goes with its namespace
