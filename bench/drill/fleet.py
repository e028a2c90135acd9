"""The applications of a drill: creates, restores, compares and backs them up."""

import json
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from bench.admission.client import Client
from bench.drill.course import Course, marks, seconds
from contract import labels, names
from contract.volsync import API_VERSION, StatusKey
from lab.application import (
    DATA,
    TREE,
    Application,
    KubectlError,
    Tree,
    get,
    is_bound,
    is_ready,
    kubectl,
)
from lab.demo import difference
from lab.polling import Interval, WaitTimeoutError, wait_until, wait_until_gone

PVCS, PODS, EVENTS = "persistentvolumeclaims", "pods", "events"
SOURCES, DESTINATIONS = "replicationsources", "replicationdestinations"
KINDS = {
    **dict.fromkeys((PVCS, PODS, EVENTS), "api/v1"),
    **dict.fromkeys((SOURCES, DESTINATIONS), f"apis/{API_VERSION}"),
}
POLL = Interval(0.5, 0.5)  # between two looks at everything
RETRY = 5.0  # seconds between two attempts to apply what was denied, as GitOps does
AT_ONCE = 2  # pods that are filled or compared side by side: the machine has two cores
PATIENCE, PER_PVC = 300.0, 30.0  # seconds that anything may take, and more for each PVC
REFUSAL = re.compile(r"^Error from server", re.MULTILINE)

Object = dict[str, Any]


@dataclass
class Progress:
    """The progress of a restore of everything; times are seconds since 1970."""

    began: float = 0.0
    denied: int = 0  # creations that had to be repeated
    bound: dict[str, float] = field(default_factory=dict)
    proofs: dict[str, Future[tuple[float, tuple[str, ...]]]] = field(default_factory=dict)

    def is_over(self, wanted: int) -> bool:
        """Whether all PVCs are bound and compared."""
        compared = sum(proof.done() for proof in self.proofs.values())
        return len(self.bound) == wanted and compared == wanted


@dataclass(frozen=True)
class Fleet:
    """So many PVCs, each with a pod; `sizes` are the megabytes of their big files."""

    app: Application
    sizes: Mapping[str, int]

    @property
    def timeout(self) -> float:
        """Seconds after which something is wrong."""
        return PATIENCE + PER_PVC * len(self.sizes)

    def every(self, kind: str) -> dict[str, Object]:
        """All objects of a kind in the namespace, by name."""
        with closing(Client()) as client:
            text = client.get(f"/{KINDS[kind]}/namespaces/{self.app.namespace}/{kind}")
        return {item["metadata"]["name"]: item for item in json.loads(text)["items"]}

    def apply(self, backup: str | None) -> None:
        """Applies all manifests at once. Raises KubectlError with every denial."""
        items = [self.app.pvc_manifest(name, backup) for name in self.sizes]
        items += [self.app.pod_manifest(name) for name in self.sizes]
        bundle = {"apiVersion": "v1", "kind": "List", "items": items}
        kubectl("apply", "-f", "-", stdin=json.dumps(bundle))

    def ensure_namespace(self) -> None:
        """Makes the namespace where it is missing; returns when pods can be created in it."""
        if not get("namespace", self.app.namespace):
            self.app.create()
        account = ("serviceaccount", "default", self.app.namespace)
        wait_until("account of the pods", lambda: get(*account))

    def prepare(self) -> dict[str, Tree]:
        """Fills all volumes and backs them up; returns their trees."""
        self.app.delete()  # an earlier run's
        self.ensure_namespace()
        self.apply(backup=None)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            trees = dict(zip(self.sizes, pool.map(self._fill, self.sizes), strict=True))
        # Only now, so that the first backup has all of it.
        marked = ("label", PVCS, "--all", f"{labels.BACKUP}=hourly")
        kubectl("-n", self.app.namespace, *marked)
        self.wait_backed_up(lambda pvc, snapshot: bool(snapshot))
        return trees

    def _fill(self, pvc: str) -> Tree:
        self.wait_running(pvc)
        return self._tree(pvc, "make", str(self.sizes[pvc]))

    def wait_running(self, pvc: str) -> None:
        """Returns when the application's pod runs."""
        ready = ("--for=condition=Ready", f"--timeout={self.timeout:.0f}s")
        kubectl("-n", self.app.namespace, "wait", f"pod/{pvc}", *ready)

    def _tree(self, pvc: str, *command: str) -> Tree:
        script = ("python3", "-c", TREE.read_text(), command[0], DATA, *command[1:])
        return json.loads(kubectl("-n", self.app.namespace, "exec", pvc, "--", *script))

    def restore(self, before: Mapping[str, Tree]) -> Progress:
        """Applies everything; watches until all is restored and compared, or the timeout."""
        progress = Progress(began=time.time())
        deadline = progress.began + self.timeout
        with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(1) as git:
            applied = git.submit(self._apply_until_admitted, progress, deadline)

            def is_over() -> bool:
                self._look(progress, lambda pvc: pool.submit(self._prove, pvc, before[pvc]))
                return applied.done() and progress.is_over(len(self.sizes))

            with suppress(WaitTimeoutError):  # what is missing shows in the figures
                wait_until("restore of everything", is_over, self.timeout, POLL)
            applied.result()
        return progress

    def _apply_until_admitted(self, progress: Progress, deadline: float) -> None:
        while time.time() < deadline:
            try:
                self.apply(backup="hourly")
            except KubectlError as error:
                progress.denied += refusals(str(error))
                print(f"   denied: {str(error).splitlines()[0]}", flush=True)
                time.sleep(RETRY)
            else:
                return

    def _look(self, progress: Progress, prove: Callable[[str], Future]) -> None:
        now = time.time()
        for name, pvc in self.every(PVCS).items():
            if name in self.sizes and is_bound(pvc):
                progress.bound.setdefault(name, now)
        for name, pod in self.every(PODS).items():
            if name in progress.bound and name not in progress.proofs and is_ready(pod):
                progress.proofs[name] = prove(name)

    def _prove(self, pvc: str, before: Tree) -> tuple[float, tuple[str, ...]]:
        try:
            changed = difference(before, self._tree(pvc, "describe"))
        except (KubectlError, ValueError) as error:
            changed = [str(error)]
        took = time.time()
        state = "equal" if not changed else f"WRONG: {len(changed)} differences: {changed[0]}"
        print(f"   {pvc} is back: {state}", flush=True)
        return took, tuple(changed)

    def courses(self, progress: Progress) -> list[Course]:
        """The timeline of each PVC, from `progress` and from what Kubernetes has recorded."""
        pvcs = self.every(PVCS)
        destinations, events = self.every(DESTINATIONS), self.every(EVENTS).values()
        courses = []
        for name in self.sizes:
            meta = pvcs.get(name, {}).get("metadata", {})
            destination = destinations.get(names.destination_name(self.app.claim(name)))
            course = Course(
                pvc=name,
                created=seconds(meta.get("creationTimestamp")),
                bound=progress.bound.get(name, 0.0),
                marks=marks(destination, events),
            )
            if name in progress.proofs:
                proven, changed = progress.proofs[name].result()
                course = replace(course, proven=proven, changed=changed)
            courses.append(course)
        return courses

    def wait_backed_up(self, is_wanted: Callable[[str, str], bool]) -> None:
        """Returns when every PVC has a newest snapshot that is wanted; given both."""

        def missing() -> list[str]:
            sources = self.every(SOURCES)
            return [
                pvc
                for pvc in self.sizes
                if not is_wanted(pvc, snapshot(sources.get(names.source_name(self.app.claim(pvc)))))
            ]

        wait_until_gone("PVCs without a backup", missing, self.timeout)

    def wait_backed_up_again(self) -> float:
        """Waits until every PVC has a backup other than the one it came from; returns the time."""
        pvcs = self.every(PVCS)
        origin = {
            name: pvc["metadata"]["annotations"].get(labels.RESTORE_FROM, "")
            for name, pvc in pvcs.items()
        }
        self.wait_backed_up(lambda pvc, snapshot_id: snapshot_id not in ("", origin[pvc]))
        return time.time()


def refusals(text: str) -> int:
    """How many objects kubectl names as refused."""
    return len(REFUSAL.findall(text))


def snapshot(source: Object | None) -> str:
    """The snapshot of a source's last backup; "" before the first."""
    status = (source or {}).get("status") or {}
    return (
        status.get("external", {}).get(StatusKey.SNAPSHOT, "") if "lastSyncTime" in status else ""
    )
