"""Watches ReplicationSources for backups that are reported as complete."""

import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager

from bench.chaos.verdict import Backup, backup_of
from contract import names
from lab import tools
from lab.application import Application
from lab.cluster import api

FIELDS = ("lastManualSync", "external.snapshot", "external.snapshotTime", "external.files")
LINE = "{.metadata.name}" + "".join(f"|{{.status.{field}}}" for field in FIELDS) + '{"\\n"}'
PAUSE = 0.5  # seconds, where the API server has ended the watch


class Watch:
    """The backups that the ReplicationSources of a namespace have reported so far."""

    def __init__(self) -> None:
        self._backups: dict[str, dict[str, Backup]] = defaultdict(dict)
        self._tokens: dict[str, dict[str, str]] = defaultdict(dict)

    def backups(self, app: Application, pvc: str) -> list[Backup]:
        """All complete backups of a PVC, also of those that had its name before."""
        return list(self._backups[names.source_name(app.claim(pvc))].values())

    def note(self, line: str, reported: float) -> None:
        """Records one line of the watch; a repeated report keeps its first time."""
        source, _, rest = line.strip().partition("|")
        backup = backup_of(rest, reported, self._tokens[source])
        if backup:
            self._backups[source].setdefault(backup.snapshot, backup)


@contextmanager
def watching(app: Application) -> Generator[Watch]:
    """Watches until the end, over every restart of the API server."""
    watch, ended = Watch(), threading.Event()
    running: list[subprocess.Popen[str]] = []
    kubectl = str(tools.ensure(["kubectl"])["kubectl"])
    words = ("-n", app.namespace, "get", "replicationsources", "--watch", "-o", f"jsonpath={LINE}")

    def follow() -> None:
        while not ended.is_set():
            with subprocess.Popen(
                [kubectl, *words],
                env=api.kubectl_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            ) as process:
                running[:] = [process]
                for line in process.stdout or ():
                    watch.note(line, time.time())
            ended.wait(PAUSE)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield watch
    finally:
        ended.set()
        for process in running:
            process.terminate()
        thread.join()
