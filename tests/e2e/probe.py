"""Tries to create a PVC that has a backup, continuously."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lab.application import KubectlError, kubectl

DENIED, EMPTY = "denied", "empty"  # what can come of a try beside the name of a restore


@dataclass
class Probe:
    """Dry-runs the creation of one PVC repeatedly at the real gates, and records the outcomes."""

    manifest: dict[str, Any]
    phase: str = "before"
    attempts: list[tuple[str, str]] = field(default_factory=list)  # phase and what would come of it

    def ask(self) -> str:
        """The outcome of a creation now: DENIED, EMPTY, or the name of the restore."""
        try:
            words = ("create", "--dry-run=server", "-o", "json", "-f", "-")
            admitted = json.loads(kubectl(*words, stdin=json.dumps(self.manifest)))
        except KubectlError:
            return DENIED
        return admitted["spec"].get("dataSourceRef", {}).get("name", EMPTY)

    def answers(self, phase: str = "") -> set[str]:
        """The outcomes of the attempts that began in this phase, or of all."""
        return {verdict for name, verdict in self.attempts if phase in ("", name)}

    @contextmanager
    def running(self) -> Generator[None]:
        """Keeps trying inside the context."""
        ended = threading.Event()

        def keep_asking() -> None:
            while not ended.wait(0.5):
                phase = self.phase
                self.attempts.append((phase, self.ask()))

        thread = threading.Thread(target=keep_asking)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
