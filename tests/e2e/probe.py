"""Somebody who wants a PVC that has a backup, at every moment."""

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
    """Tries all the time to create a PVC that never is; each try is a dry run at the real gates."""

    manifest: dict[str, Any]
    phase: str = "before"
    seen: list[tuple[str, str]] = field(default_factory=list)  # phase and what would come of it

    def ask(self) -> str:
        """What would come of it now: DENIED, EMPTY, or the name of the restore."""
        try:
            words = ("create", "--dry-run=server", "-o", "json", "-f", "-")
            made = json.loads(kubectl(*words, stdin=json.dumps(self.manifest)))
        except KubectlError:
            return DENIED
        return made["spec"].get("dataSourceRef", {}).get("name", EMPTY)

    def answers(self, phase: str = "") -> set[str]:
        """What came of the tries that began in this phase, or of all."""
        return {verdict for name, verdict in self.seen if phase in ("", name)}

    @contextmanager
    def running(self) -> Generator[None]:
        """As long as this lasts."""
        ended = threading.Event()

        def keep_asking() -> None:
            while not ended.wait(0.5):
                phase = self.phase
                self.seen.append((phase, self.ask()))

        thread = threading.Thread(target=keep_asking)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
