"""A tenant with the built-in role `edit` who means harm, in each namespace with protected PVCs."""

import json
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from contract import labels, names, volsync
from contract.names import Claim
from contract.schedule import TIERS
from contract.volsync import SpecKey
from lab.application import Application, KubectlError, kubectl
from lab.errors import LabError
from lab.images.catalog import TOOLBOX

USER = "tenant"
BINDING = "tenant-edit"
PAUSE = 2.0  # seconds between two rounds
# Denials, and what the API server says of a role that lacks a right.
REFUSALS = ("Forbidden", "forbidden", "denied")

Manifest = dict[str, Any]


def _meta(claim: Claim, name: str, **marks: str) -> Manifest:
    return {"namespace": claim.namespace, "name": name, "labels": marks}


def mover_job(claim: Claim) -> Manifest:
    """A Job that looks like a mover's, so that the export would be mounted into it."""
    marks = {labels.CREATED_BY: labels.VOLSYNC, labels.ROLE: labels.SOURCE}
    container = {"name": "c", "image": TOOLBOX, "command": ["sleep", "600"]}
    pod = {"restartPolicy": "Never", "containers": [container]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _meta(claim, f"tenant-{claim.name}", **marks),
        "spec": {"template": {"metadata": {"labels": marks}, "spec": pod}},
    }


def mover_volume(claim: Claim) -> Manifest:
    """A PVC that counts as a mover's temporary volume."""
    resources = {"requests": {"storage": "1Gi"}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _meta(claim, f"tenant-{claim.name}", **{labels.ROLE: labels.SOURCE}),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": resources},
    }


def foreign_source(claim: Claim) -> Manifest:
    """A ReplicationSource that would write into another PVC's history."""
    parameters = {SpecKey.USER: "data-backup", SpecKey.HOST: "elsewhere"}
    return {
        "apiVersion": volsync.API_VERSION,
        "kind": "ReplicationSource",
        "metadata": _meta(claim, f"tenant-{claim.name}"),
        "spec": {
            "sourcePVC": claim.name,
            "trigger": {"manual": "now"},
            "external": {"provider": volsync.PROVIDER, "parameters": parameters},
        },
    }


REFUSED = (mover_job, mover_volume, foreign_source)


def judged_pvc(claim: Claim) -> Manifest:
    """The PVC itself, created again with the mark of one that has been judged."""
    app = Application(claim.namespace)
    return app.pvc_manifest(claim.name, next(iter(TIERS)), {labels.DECISION: "fresh"})


def attempt(manifest: Manifest, *options: str) -> Manifest | None:
    """What the tenant gets; None where it is refused. Raises KubectlError for anything else."""
    words = (f"--as={USER}", "create", "-o", "json", *options, "-f", "-")
    try:
        return json.loads(kubectl(*words, stdin=json.dumps(manifest)))
    except KubectlError as error:
        if any(word in str(error) for word in REFUSALS):
            return None
        raise


def gains(claim: Claim) -> list[str]:
    """What of all this the tenant of a PVC with a backup gets, in words."""
    got = [make.__doc__ or "" for make in REFUSED if attempt(make(claim))]
    created = attempt(judged_pvc(claim), "--dry-run=server")
    reference = created["spec"].get("dataSourceRef", {}) if created else {}
    if created and reference.get("name") != names.destination_name(claim):
        got.append("a PVC with a backup, empty")
    return got


def _backed_up() -> list[Claim]:
    """The PVCs that have a backup now."""
    listed = json.loads(kubectl("get", "replicationsources", "-A", "-o", "json"))
    return [
        Claim(item["metadata"]["namespace"], owner["name"])
        for item in listed["items"]
        if "lastSyncTime" in item.get("status", {})
        for owner in item["metadata"].get("ownerReferences", ())
        if owner["kind"] == "PersistentVolumeClaim"
    ]


@contextmanager
def at_work() -> Generator[None]:
    """Lets the tenant try everything, again and again. Raises LabError for what was not refused."""
    claims = _backed_up()
    namespaces = sorted({claim.namespace for claim in claims})
    ended, gained = threading.Event(), set[str]()

    def attack() -> None:
        while not ended.wait(PAUSE):
            gained.update(_round(claims))

    attacker = threading.Thread(target=attack)
    try:
        for namespace in namespaces:
            words = ("create", "rolebinding", BINDING, "--clusterrole=edit", f"--user={USER}")
            kubectl("-n", namespace, *words)
        attacker.start()
        yield
    finally:
        ended.set()
        if attacker.ident:
            attacker.join()
        for namespace in namespaces:
            kubectl("-n", namespace, "delete", "rolebinding", BINDING, "--ignore-not-found")
    if gained:
        raise LabError(f"a tenant with the role edit got: {'; '.join(sorted(gained))}")


def _round(claims: Iterable[Claim]) -> Generator[str]:
    for claim in claims:
        try:
            yield from gains(claim)
        except KubectlError:
            continue  # another fault has the API server or a webhook away
