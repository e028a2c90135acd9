"""Context managers that make alerts fire: broken inside, healed on exit."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from contract import answer, audit, labels, scope
from contract.names import Claim
from contract.repository import PIN_CONFIG_MAP, SHARED_KEY
from lab.alarms import objects
from lab.application import Application, KubectlError, get, kubectl
from lab.faults import export, outage, passwords
from lab.faults.deployment import BACKGROUND, CLEANUP, MOVER, Deployment, scaled
from lab.node import nfs, nodeconfig
from mover.drill import record

AUDIT = Deployment(scope.VOLSYNC_NAMESPACE, audit.SERVICE)
HOME, DRILLS = scope.VOLSYNC_NAMESPACE, scope.RESTORE_PROOF
PVC = "data"
PACKS = nodeconfig.NFS_EXPORT / "p"  # where kopia keeps what was in files
LONG_AGO = "2020-01-01T00:00:00Z"


@contextmanager
def no_mover(app: Application) -> Generator[None]:
    """Recreates a PVC that has a backup while the mover is scaled to 0."""
    app.protected(PVC)
    app.delete_pvc(PVC)
    with scaled(MOVER, 0):
        app.apply_pvc(PVC, backup="hourly")
        yield


@contextmanager
def no_generation(app: Application) -> Generator[None]:
    """Binds a labelled PVC while Kyverno's background controller is scaled to 0."""
    with scaled(BACKGROUND, 0):
        app.apply_pvc(PVC, backup="hourly")
        app.wait_bound(PVC)
        yield


@contextmanager
def no_cleanup(app: Application) -> Generator[None]:
    """Removes a label while Kyverno's cleanup controller is scaled to 0."""
    app.protected(PVC)
    with scaled(CLEANUP, 0):
        app.apply_pvc(PVC)
        yield


@contextmanager
def labels_go(app: Application) -> Generator[None]:
    """Removes the labels of several PVCs at once."""
    pvcs = ("one", "two")
    for pvc in pvcs:
        app.protected(pvc)
    for pvc in pvcs:
        app.apply_pvc(pvc)
    yield


@contextmanager
def no_passwords(_: Application) -> Generator[None]:
    """External Secrets asks for the passwords while 1Password Connect is down."""
    with passwords.away():
        yield


@contextmanager
def read_only(app: Application) -> Generator[None]:
    """Makes the export read-only during a first backup and the maintenance."""
    with export.read_only():
        app.apply_pvc(PVC, backup="hourly")
        objects.run(scope.MAINTENANCE, HOME)
        yield
    objects.run(scope.MAINTENANCE, HOME)


@contextmanager
def emptied(app: Application) -> Generator[None]:
    """Empties the export, so that decisions are unknown and drills fail."""
    with export.emptied():
        try:
            app.apply_pvc(PVC, backup="hourly")
        except KubectlError as denial:
            print(f"   {str(denial).splitlines()[-1]}", flush=True)
        else:
            raise RuntimeError(f"{app.namespace}/{PVC} was admitted over an empty export")
        objects.run(scope.RESTORE_PROOF, DRILLS)
        yield
    objects.run(scope.RESTORE_PROOF, DRILLS)


@contextmanager
def movers_hang(app: Application) -> Generator[None]:
    """Stops the NFS server, so that movers hang and others queue behind them."""
    pvcs = ("one", "two", "three")
    for pvc in pvcs:
        app.protected(pvc)
    with outage.killed(nfs.NAME):
        for pvc in pvcs:
            app.ask(pvc, "while-nfs-is-gone")
        yield


@contextmanager
def files_lost(app: Application) -> Generator[None]:
    """Deletes most files of a PVC and backs it up; accepts the loss afterwards."""
    app.protected(PVC)
    app.run(PVC, "rm", "-r", "/data/many")
    snapshot = app.back_up(PVC, "lost")["snapshot"]
    yield
    accepted = f"{labels.ACCEPT_LOSS}={snapshot}"
    kubectl("-n", app.namespace, "annotate", "pvc", PVC, accepted)
    app.back_up(PVC, "accepted")


@contextmanager
def unreadable(app: Application) -> Generator[None]:
    """Backs up a file that an unprivileged mover cannot read."""
    allowed = f"{labels.PRIVILEGED_MOVERS}=false"
    kubectl("annotate", "namespace", app.namespace, "--overwrite", allowed)
    app.protected(PVC)
    yield
    app.run(PVC, "chmod", "-R", "a+rX", "/data")
    app.back_up(PVC, "readable")


@contextmanager
def ledger_shut(app: Application) -> Generator[None]:
    """Makes a backup while pvc-plumber has no right to write its ledger."""
    app.protected(PVC)
    with objects.deleted("rolebinding", answer.SERVICE, HOME):
        app.back_up(PVC, "unrecorded")
        yield


@contextmanager
def no_audit(_: Application) -> Generator[None]:
    """Scales the audit to 0."""
    with scaled(AUDIT, 0):
        yield


@contextmanager
def unlabelled(app: Application) -> Generator[None]:
    """Creates a PVC without a label; labels it afterwards."""
    app.apply_pvc(PVC)
    app.wait_bound(PVC)
    yield
    app.apply_pvc(PVC, backup="hourly")
    app.wait_backup(PVC)


@contextmanager
def no_maintenance(_: Application) -> Generator[None]:
    """Deletes the maintenance CronJob."""
    with objects.deleted("cronjob", scope.MAINTENANCE, HOME):
        yield


@contextmanager
def shared(_: Application) -> Generator[None]:
    """Notes beside the pin that another cluster has taken maintenance over."""
    objects.patch("configmap", PIN_CONFIG_MAP, HOME, {"data": {SHARED_KEY: "another cluster"}})
    yield
    objects.patch("configmap", PIN_CONFIG_MAP, HOME, {"data": {SHARED_KEY: ""}})


@contextmanager
def rotten(app: Application) -> Generator[None]:
    """Flips a bit in each file that a backup has written to the server's disk."""
    began = time.time()
    app.protected(PVC)
    packs = [path for path in PACKS.rglob("*.f") if path.stat().st_mtime > began]
    for pack in packs:
        _turn(pack)
    try:
        _prove()
        yield
    finally:
        for pack in packs:
            _turn(pack)
    _prove()


@contextmanager
def unproven(app: Application) -> Generator[None]:
    """Dates a PVC's last proof years back in the record."""
    app.protected(PVC)
    _prove()
    aged = {key: _aged(text, app.claim(PVC)) for key, text in _proofs().items()}
    objects.patch("configmap", scope.RESTORE_PROOF, HOME, {"data": aged})
    yield
    _prove()


def _turn(pack: Path) -> None:
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.write_bytes(content)


def _prove() -> None:
    """Starts a new round of drills, in the order of the PVCs' names."""
    objects.patch("configmap", scope.RESTORE_PROOF, HOME, {"data": None})
    objects.run(scope.RESTORE_PROOF, DRILLS)


def _proofs() -> dict[str, str]:
    """The lines of the record, by repository."""
    config_map = get("configmap", scope.RESTORE_PROOF, HOME) or {}
    return {key: text for key, text in config_map.get("data", {}).items() if key != record.LAST}


def _aged(text: str, claim: Claim) -> str:
    """A record in which one PVC's line is years old."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        if (line[record.NAMESPACE], line[record.PVC]) == (claim.namespace, claim.name):
            line |= {key: LONG_AGO for key in record.TIMES if line.get(key)}
    return "\n".join(map(json.dumps, lines))
