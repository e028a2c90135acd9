"""A cluster that runs the origin design with the fork, and its move to the stack."""

import json
import subprocess
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adopt.__main__ import LEFT
from adopt.step import Step
from components.secret_store import TOKEN_SECRET
from contract import labels, repository
from contract.names import Identity, identity
from contract.scope import KYVERNO_DEPLOYMENTS, KYVERNO_NAMESPACE, VOLSYNC_NAMESPACE
from contract.volsync import API_GROUP
from lab import paths, tools, tree
from lab.application import Application, KubectlError, Tree, kubectl
from lab.cluster import secretstore
from lab.faults import export
from lab.faults.deployment import PLUMBER, Deployment
from lab.node import namespaces
from lab.objects import storage
from lab.origin import kinds, policies, workloads
from lab.polling import wait_until
from lab.program import STACK, lab
from lab.pulumi import CONFIG
from tests.e2e import rendered
from tests.e2e.probe import Probe
from tests.project.pages.terminal import Terminal

Object = dict[str, Any]

# The PVCs: one that lives on; one that waits for its first pod, and whose backups have another
# name; one that is gone; one that somebody tries to create all the time.
ALIVE, RENAMED, LOST, TRIED = "alive", "renamed", "lost", "tried"

ADOPT = paths.ROOT / "scripts" / "adopt"
CRD = "CustomResourceDefinition"
WEBHOOKS = "validatingwebhookconfigurations,mutatingwebhookconfigurations"


def _applied(verb: str, objects: Iterable[Object], *more: str) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    kubectl(verb, "-f", "-", *more, stdin=json.dumps(listed))


def _apply(*objects: Object) -> None:
    _applied("apply", objects, "--server-side", "--force-conflicts")


def _delete(*objects: Object) -> None:
    _applied("delete", objects, "--ignore-not-found", "--timeout=120s")


@dataclass(frozen=True)
class OldCluster:
    """Kyverno and the secret store are those of the stack's own YAML, `rendered`."""

    rendered: Sequence[Object]
    export: Path
    trees: Mapping[str, Tree]
    probe: Probe

    def install(self) -> None:
        """Installs everything; returns when the gate is in force."""
        _apply(*self._kyvernos_kinds(), *self._fork())
        kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        for name in (VOLSYNC_NAMESPACE, KYVERNO_NAMESPACE):
            _apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        _apply(*self._kyverno())
        self.put_workloads()
        for name in KYVERNO_DEPLOYMENTS:
            Deployment(KYVERNO_NAMESPACE, name).await_ready()
        self.put_gates()

    def put_workloads(self) -> None:
        """Applies the fork's kinds and workloads; returns when pvc-plumber is ready."""
        _apply(*self._fork(), *self._workloads())
        PLUMBER.await_ready()

    def put_gates(self) -> None:
        """Applies the old policies, which Kyverno may refuse at first; returns when ready."""

        def apply_gates() -> bool:
            _apply(*self._gates())
            return True

        wait_until("admission of the old policies", apply_gates, ignoring=(KubectlError,))
        kubectl("wait", "clusterpolicy", policies.GATE, "--for=condition=Ready", "--timeout=60s")

    def remove(self) -> None:
        """Removes all of it, and what Kyverno made for itself."""
        _delete(*self._gates())
        _delete(*self._workloads())
        _delete(*self._kyverno())
        kubectl("delete", WEBHOOKS, "--selector", "webhook.kyverno.io/managed-by=kyverno")
        _delete(*self._kyvernos_kinds(), *self._fork())
        kubectl("delete", "namespace", VOLSYNC_NAMESPACE, KYVERNO_NAMESPACE, "--timeout=120s")

    def _kyvernos_kinds(self) -> list[Object]:
        return [item for item in self.rendered if _group(item) not in ("", API_GROUP)]

    def _fork(self) -> list[Object]:
        return kinds.kinds(item for item in self.rendered if _group(item) == API_GROUP)

    def _kyverno(self) -> list[Object]:
        return [item for item in self.rendered if item["kind"] != CRD and _is_kyvernos(item)]

    def _workloads(self) -> list[Object]:
        password = {repository.KEY_PASSWORD: secretstore.password()}
        return [
            workloads.secret(workloads.SECRET, **password),
            workloads.secret(TOKEN_SECRET, token=secretstore.token()),
            workloads.controller(),
            *workloads.plumber(),
            *workloads.maintenance(),
            *(item for item in self.rendered if item["kind"] == "ClusterSecretStore"),
        ]

    def _gates(self) -> list[Object]:
        return [*policies.roles(), policies.gate(), policies.inject(), policies.cleanup()]


def _group(item: Object) -> str:
    """The API group that a CRD defines; "" for anything else."""
    return item["spec"]["group"] if item["kind"] == CRD else ""


def hand_over(place: Path, uid: int) -> None:
    """Gives all that is on the export to another user."""
    namespaces.running().run("chown", "--recursive", f"{uid}:{uid}", str(place))


def _is_kyvernos(item: Object) -> bool:
    marks = item["metadata"].get("labels") or {}
    return marks.get(labels.PART_OF, "").startswith(KYVERNO_NAMESPACE)


def destroy() -> None:
    """Destroys what the stack has deployed."""
    lab("pulumi", "destroy", "--yes", "--skip-preview", *STACK)


@contextmanager
def old_cluster(app: Application, folder: Path, home: Path) -> Generator[OldCluster]:
    """Installs the old cluster with its PVCs and backups; removes it afterwards."""
    backups = {name: home / f"backup-of-{name}" for name in (ALIVE, RENAMED, LOST, TRIED)}
    trees = {name: _tree(path) for name, path in backups.items()}
    sources = {name: identity(app.claim(name)) for name in backups}
    sources[RENAMED] = Identity(RENAMED, app.namespace)
    objects = [dict(item) for item in rendered.objects(folder).values()]
    probe = Probe(app.pvc_manifest(TRIED, backup="hourly"))
    with ExitStack() as stack:
        stack.enter_context(_own_configuration())
        stack.enter_context(export.emptied())
        place = stack.enter_context(export.mounted())
        stack.callback(hand_over, place, repository.UID)  # the lab's own repository lies there too
        export.fill({sources[name]: path for name, path in backups.items()}, workloads.UID)
        old = OldCluster(objects, place, trees, probe)
        stack.callback(old.remove)
        stack.callback(destroy)
        old.install()
        app.apply_pvc(ALIVE)
        trees[ALIVE] = app.files(ALIVE, "make", "1")
        app.apply_pvc(ALIVE, backup="hourly")
        app.wait_object("replicationsource", ALIVE)
        app.apply_pvc(RENAMED, backup="hourly", storage_class=storage.WAITING_CLASS)
        app.wait_object("replicationdestination", RENAMED)
        yield old


def _tree(folder: Path) -> Tree:
    folder.mkdir()
    tree.make(str(folder), 1)
    return tree.describe(str(folder))


@contextmanager
def _own_configuration() -> Generator[None]:
    """Restores the configuration of the lab's stack afterwards."""
    before = CONFIG.read_text()
    try:
        yield
    finally:
        CONFIG.write_text(before)


@dataclass
class Mover:
    """A person with a terminal, who also has the export mounted (in the node).

    `home` keeps their password file, which the printed steps name: never the checkout, where it
    would be committed.
    """

    terminal: Terminal
    export: Path
    home: Path
    report: Object = field(default_factory=dict)

    def look(self) -> int:
        """Runs scripts/adopt and keeps its `report`; returns the exit code."""
        binaries = tools.ensure(["kopia", "kubectl"])
        password = self.home / "password"
        password.write_text(secretstore.password())
        words = [str(ADOPT), str(self.export), f"--password-file={password}", "--json"]
        words += [f"--kopia={binaries['kopia']}", f"--kubectl={binaries['kubectl']}"]
        run = self._at_the_export(*words)
        assert run.returncode in (0, LEFT), run.stderr
        self.report = json.loads(run.stdout)
        return run.returncode

    def states(self, namespace: str) -> dict[str, str]:
        """The state of each PVC in the report."""
        pvcs = [pvc for pvc in self.report["pvcs"] if pvc["namespace"] == namespace]
        return {pvc["pvc"]: pvc["state"] for pvc in pvcs}

    def rivals(self) -> list[tuple[int, str, str]]:
        """Step, kind and name of each conflicting object in the report."""
        return [(rival["step"], rival["kind"], rival["name"]) for rival in self.report["rivals"]]

    def follow(self, step: Step) -> None:
        """Runs the lines of a step as they are printed, and what docs/adopt.md adds to it."""
        for rival in self.report["rivals"]:
            if rival["step"] == step:
                self.terminal.must(rival["todo"])
        if step is Step.RENAME:
            self._type("\n".join(self.report["renames"]))
        if step is Step.NAMES:
            hand_over(self.export, repository.UID)
        if step is Step.DEPLOY:
            for setting in self.report["settings"]:
                assert setting["command"], setting
                self.terminal.must(setting["command"])
            self.terminal.must("pulumi up --policy-pack policy_pack")

    def _type(self, text: str) -> None:
        run = self._at_the_export("bash", "-euc", text)
        assert run.returncode == 0, run.stderr

    def _at_the_export(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = namespaces.running().command(words, {"KUBECONFIG": str(paths.KUBECONFIG)})
        return subprocess.run(command, capture_output=True, text=True, check=False)
