"""Objects of an older design that would fight with this one. Pure; judged by what they say."""

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace

from adopt import fork
from adopt.cluster import CRDS, Raw, Seen
from adopt.step import Rival, Step
from contract import answer, audit
from contract.labels import PART_OF, PROJECT, VOLSYNC
from contract.names import Claim, destination_name, secret_name, source_name
from contract.scope import KOPIA_UI, MAINTENANCE, MOVER, RESTORE_PROOF, VOLSYNC_NAMESPACE
from contract.volsync import API_GROUP

# What the stack deploys into VolSync's namespace, or brings along in another.
NAMES = (MOVER, MAINTENANCE, RESTORE_PROOF, answer.SERVICE, audit.SERVICE, KOPIA_UI)
AGAIN = "create it again from where it came from"
MOVED = ("replicationsource", "replicationdestination", "externalsecret")
GATED = (answer.SERVICE, "datasource", *MOVED)
# How a policy tells VolSync's Jobs from others, be it to mount the export or to let them wait.
MOVERS = ("created-by", "volsync-src-")
HELM_RELEASE = "meta.helm.sh/release-name"
HELM_POLICY = "helm.sh/resource-policy"
CLAIM_KIND = "persistentvolumeclaim"


def rivals(seen: Seen, claims: Iterable[Claim]) -> tuple[Rival, ...]:
    """All of them in the order of their steps."""
    found = [*_policies(seen), *_jobs(seen), *_deployments(seen), *_objects(seen, claims)]
    return tuple(sorted(found))


def _policies(seen: Seen) -> Iterator[Rival]:
    for resource in ("clustercleanuppolicies", "cleanuppolicies"):
        for raw in seen.get(resource, ()):
            if _says(raw, *MOVED, CLAIM_KIND):
                why = "deletes the objects of PVCs; its lookup can count for the wrong one"
                yield _deleted(Step.CLEANUP, resource, raw, why)
    for resource in ("clusterpolicies", "policies", "mutatingadmissionpolicies"):
        for raw in seen.get(resource, ()):
            if _says(raw, CLAIM_KIND) and _says(raw, *GATED):
                why = "judges PVCs and makes their objects, beside the new policies"
                yield _deleted(Step.GATE, resource, raw, why)
            elif _says(raw, VOLSYNC) and _says(raw, *MOVERS):
                why = "changes every VolSync mover's Job or pod, the new ones included"
                yield _deleted(Step.INJECT, resource, raw, why)
    for resource in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"):
        for raw in seen.get(resource, ()):
            if any(_service(webhook) == answer.SERVICE for webhook in raw.get("webhooks") or ()):
                why = "has the old checker judge or change PVCs"
                yield _deleted(Step.GATE, resource, raw, why)


def _jobs(seen: Seen) -> Iterator[Rival]:
    for raw in seen.get("kopiamaintenances", ()):
        why = "would run maintenance as the same owner, at the same time"
        yield _deleted(Step.MAINTENANCE, "kopiamaintenances", raw, why)
    for raw in seen.get("cronjobs", ()):
        if _is_ours(raw) or _is_owned(raw, "KopiaMaintenance"):
            continue
        if _takes_our_name(raw):
            yield _deleted(Step.NAMES, "cronjobs", raw, "has the name of one of the stack")
        elif _says(raw, *MOVED):
            yield _suspended(Step.CLEANUP, raw, "works on the objects of PVCs")
        elif _says(raw, "kopia"):
            why = "runs Kopia; nothing but the stack's own maintenance may delete or join blobs"
            yield _suspended(Step.MAINTENANCE, raw, why)


def _deployments(seen: Seen) -> Iterator[Rival]:
    for raw in seen.get("deployments", ()):
        if _is_ours(raw):
            continue
        if _takes_our_name(raw):
            why = "has the name of one of the stack; without it the old gate denies labelled PVCs"
            yield _deleted(Step.NAMES, "deployments,services", raw, why)
        elif _says(raw, answer.SERVICE):
            why = "the old checker, which the old gate asks"
            yield _deleted(Step.LEFTOVER, "deployments,services", raw, why)
        elif is_fork(raw):
            yield _stopped(raw)
            yield _uninstalled(raw, seen)
        elif _says(raw, "kopia") and _says(raw, "server", "kopia_web"):
            why = "a Kopia server; a writable one may run maintenance"
            yield _deleted(Step.LEFTOVER, "deployments,services", raw, why)


def _objects(seen: Seen, claims: Iterable[Claim]) -> Iterator[Rival]:
    mine = list(claims)
    names = {
        "replicationsources": {(c.namespace, source_name(c)) for c in mine},
        "replicationdestinations": {(c.namespace, destination_name(c)) for c in mine},
    }
    for resource, ours in names.items():
        for raw in seen.get(resource, ()):
            meta = raw["metadata"]
            place = (meta["namespace"], meta["name"])
            if fork.is_foreign(raw, meta["name"] if place in ours else ""):
                why = "is served by nobody any more, and a new one of its name is not made"
                yield _deleted(Step.OBJECTS, resource, raw, why)
    secrets = {(c.namespace, secret_name(c)) for c in mine}
    for raw in seen.get("externalsecrets", ()):
        meta = raw["metadata"]
        is_named = (meta["namespace"], meta["name"]) in secrets
        if is_named and not _is_owned(raw, "PersistentVolumeClaim"):
            why = "belongs to no PVC, so it would outlive its own"
            yield _deleted(Step.OBJECTS, "externalsecrets", raw, why)


def is_fork(deployment: Raw) -> bool:
    """Whether it runs the fork's controller."""
    return _says(deployment, *fork.SIGNS)


def _says(raw: Raw, *words: str) -> bool:
    text = json.dumps(raw.get("spec") or {}).lower()
    return any(word.lower() in text for word in words)


def _service(webhook: Raw) -> str:
    return ((webhook.get("clientConfig") or {}).get("service") or {}).get("name") or ""


def _is_ours(raw: Raw) -> bool:
    return (raw["metadata"].get("labels") or {}).get(PART_OF) == PROJECT


def _is_owned(raw: Raw, kind: str) -> bool:
    return any(one["kind"] == kind for one in raw["metadata"].get("ownerReferences") or ())


def _takes_our_name(raw: Raw) -> bool:
    meta = raw["metadata"]
    return meta["namespace"] == VOLSYNC_NAMESPACE and meta["name"] in NAMES


def _deleted(step: Step, resource: str, raw: Raw, why: str) -> Rival:
    return _rival(step, resource, raw, why, ["delete", resource, "--ignore-not-found"], AGAIN)


def _suspended(step: Step, raw: Raw, why: str) -> Rival:
    off, on = (json.dumps({"spec": {"suspend": is_off}}) for is_off in (True, False))
    back = _kubectl(raw, ["patch", "cronjobs", f"--patch={on}"])
    return _rival(step, "cronjobs", raw, why, ["patch", "cronjobs", f"--patch={off}"], back)


def _stopped(raw: Raw) -> Rival:
    pods = (raw.get("spec") or {}).get("replicas", 1)
    back = _kubectl(raw, ["scale", "deployments", f"--replicas={pods}"])
    why = "the fork's controller: it and upstream's would serve the same kinds"
    return _rival(
        Step.FORK, "deployments", raw, why, ["scale", "deployments", "--replicas=0"], back
    )


def _uninstalled(raw: Raw, seen: Seen) -> Rival:
    meta = raw["metadata"]
    release = (meta.get("annotations") or {}).get(HELM_RELEASE)
    why = "the stack's VolSync has its name"
    doomed = [
        crd["metadata"]["name"]
        for crd in seen.get(CRDS, ())
        if crd["metadata"]["name"].endswith(f".{API_GROUP}")
        and (crd["metadata"].get("annotations") or {}).get(HELM_POLICY) != "keep"
    ]
    if not release:
        return _deleted(Step.NAMES, "deployments", raw, why)
    if doomed:
        why += f"; these kinds would go with it, and all of their objects: {', '.join(doomed)}"
    todo = shlex.join(["helm", "uninstall", release, f"--namespace={meta['namespace']}"])
    return replace(_deleted(Step.NAMES, "deployments", raw, why), todo=todo)


def _rival(step: Step, kind: str, raw: Raw, why: str, verb: list[str], back: str) -> Rival:
    meta = raw["metadata"]
    return Rival(
        step=step,
        kind=kind,
        namespace=meta.get("namespace") or "",
        name=meta["name"],
        why=why,
        todo=_kubectl(raw, verb),
        back=back,
    )


def _kubectl(raw: Raw, verb: list[str]) -> str:
    meta = raw["metadata"]
    where = [f"--namespace={meta['namespace']}"] if meta.get("namespace") else []
    action, resource, *options = verb
    return shlex.join(["kubectl", *where, action, resource, meta["name"], *options])
