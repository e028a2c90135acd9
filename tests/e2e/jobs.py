"""Watches the movers' Jobs, independently of the mover."""

import json
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contract import labels
from contract.names import Claim, label_value
from lab import tools
from lab.application import has_ended
from lab.cluster import api
from mover import names

Event = dict[str, Any]


class Watch:
    """The events that `kubectl get --watch` has written so far."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def events(self) -> Iterator[Event]:
        """Everything that happened to Jobs, in order."""
        decoder, text = json.JSONDecoder(), self._path.read_text()
        while text := text.lstrip():
            try:
                event, end = decoder.raw_decode(text)
            except ValueError:
                return  # still being written
            text = text[end:]
            yield event

    def uids(self, claim: Claim) -> dict[tuple[str, str], set[str]]:
        """The Jobs of a PVC by role and synchronisation: a second uid is a second Job for one."""
        job_uids = defaultdict(set)
        for event in self.events():
            meta = event["object"]["metadata"]
            marks = meta["labels"]
            namespace, owner = _owner(meta)
            if (namespace, marks[labels.PVC]) == (claim.namespace, label_value(claim)):
                begun = meta["annotations"][names.SYNC].rpartition("-")[0]
                job_uids[marks[labels.ROLE], f"{owner} {begun}"].add(meta["uid"])
        return dict(job_uids)

    def count(self) -> int:
        """How many different Jobs there were."""
        return len({event["object"]["metadata"]["uid"] for event in self.events()})

    def most_at_once(self) -> int:
        """How many Jobs were at work at the same time at most."""
        at_work: set[str] = set()
        most = 0
        for event in self.events():
            uid = event["object"]["metadata"]["uid"]
            if event["type"] == "DELETED" or has_ended(event["object"]):
                at_work.discard(uid)
            else:
                at_work.add(uid)
            most = max(most, len(at_work))
        return most


def _owner(meta: dict[str, Any]) -> tuple[str, str]:
    """The namespace and the uid of a Job's source or destination."""
    for reference in meta.get("ownerReferences", ()):
        return meta["namespace"], reference["uid"]
    marks = meta["annotations"]
    owner = names.owner_at(marks[names.OWNER])
    return owner.namespace if owner else "", marks[names.OWNER_UID]


@contextmanager
def watched() -> Generator[Watch]:
    """Watches the movers' Jobs of all namespaces; those that are there already come first."""
    kubectl = str(tools.ensure(["kubectl"])["kubectl"])
    selector = f"{labels.CREATED_BY}={labels.VOLSYNC}"
    words = ("get", "jobs", "-A", "-l", selector, "--watch", "--output-watch-events", "-o", "json")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events"
        with path.open("wb") as file:
            process = subprocess.Popen(
                [kubectl, *words], env=api.kubectl_environment(), stdout=file
            )
        try:
            yield Watch(path)
        finally:
            process.terminate()
            process.wait()
