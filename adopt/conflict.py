"""Finds objects of an older design that conflict with this one, by their content. Pure."""

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace

from adopt import fork
from adopt.cluster import CRDS, Objects, Raw
from adopt.step import Conflict, Step
from contract import answer, audit
from contract.labels import PART_OF, PROJECT, VOLSYNC
from contract.names import Claim, destination_name, secret_name, source_name
from contract.scope import KOPIA_UI, MAINTENANCE, MOVER, RESTORE_PROOF, VOLSYNC_NAMESPACE
from contract.volsync import API_GROUP

# Names of what the stack deploys, in VolSync's namespace or another.
NAMES = (MOVER, MAINTENANCE, RESTORE_PROOF, answer.SERVICE, audit.SERVICE, KOPIA_UI)
AGAIN = "create it again from where it came from"
MOVED = ("replicationsource", "replicationdestination", "externalsecret")
GATED = (answer.SERVICE, "datasource", *MOVED)
# By these a policy recognises VolSync's Jobs, to mount the export or to make them wait.
MOVERS = ("created-by", "volsync-src-")
HELM_RELEASE = "meta.helm.sh/release-name"
HELM_POLICY = "helm.sh/resource-policy"
CLAIM_KIND = "persistentvolumeclaim"


def conflicts(objects: Objects, claims: Iterable[Claim]) -> tuple[Conflict, ...]:
    """All conflicts in the order of their steps."""
    return tuple(
        sorted(
            (
                *_policy_conflicts(objects),
                *_job_conflicts(objects),
                *_deployment_conflicts(objects),
                *_object_conflicts(objects, claims),
            )
        )
    )


def _policy_conflicts(objects: Objects) -> Iterator[Conflict]:
    for resource in ("clustercleanuppolicies", "cleanuppolicies"):
        for raw in objects.get(resource, ()):
            if _mentions(raw, *MOVED, CLAIM_KIND):
                why = "deletes the objects of PVCs; its lookup can count for the wrong one"
                yield _deletion(Step.CLEANUP, resource, raw, why)
    for resource in ("clusterpolicies", "policies", "mutatingadmissionpolicies"):
        for raw in objects.get(resource, ()):
            if _mentions(raw, CLAIM_KIND) and _mentions(raw, *GATED):
                why = "judges PVCs and makes their objects, beside the new policies"
                yield _deletion(Step.GATE, resource, raw, why)
            elif _mentions(raw, VOLSYNC) and _mentions(raw, *MOVERS):
                why = "changes every VolSync mover's Job or pod, the new ones included"
                yield _deletion(Step.INJECT, resource, raw, why)
    for resource in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"):
        for raw in objects.get(resource, ()):
            if any(_service(webhook) == answer.SERVICE for webhook in raw.get("webhooks") or ()):
                why = "has the old checker judge or change PVCs"
                yield _deletion(Step.GATE, resource, raw, why)


def _job_conflicts(objects: Objects) -> Iterator[Conflict]:
    for raw in objects.get("kopiamaintenances", ()):
        why = "would run maintenance as the same owner, at the same time"
        yield _deletion(Step.MAINTENANCE, "kopiamaintenances", raw, why)
    for raw in objects.get("cronjobs", ()):
        if _is_ours(raw) or _is_owned(raw, "KopiaMaintenance"):
            continue
        if _has_our_name(raw):
            yield _deletion(Step.NAMES, "cronjobs", raw, "has the name of one of the stack")
        elif _mentions(raw, *MOVED):
            yield _suspension(Step.CLEANUP, raw, "works on the objects of PVCs")
        elif _mentions(raw, "kopia"):
            why = "runs Kopia; nothing but the stack's own maintenance may delete or join blobs"
            yield _suspension(Step.MAINTENANCE, raw, why)


def _deployment_conflicts(objects: Objects) -> Iterator[Conflict]:
    for raw in objects.get("deployments", ()):
        if _is_ours(raw):
            continue
        if _has_our_name(raw):
            why = "has the name of one of the stack; without it the old gate denies labelled PVCs"
            yield _deletion(Step.NAMES, "deployments,services", raw, why)
        elif _mentions(raw, answer.SERVICE):
            why = "the old checker, which the old gate asks"
            yield _deletion(Step.LEFTOVER, "deployments,services", raw, why)
        elif is_fork(raw):
            yield _scale_down(raw)
            yield _uninstallation(raw, objects)
        elif _mentions(raw, "kopia") and _mentions(raw, "server", "kopia_web"):
            why = "a Kopia server; a writable one may run maintenance"
            yield _deletion(Step.LEFTOVER, "deployments,services", raw, why)


def _object_conflicts(objects: Objects, claims: Iterable[Claim]) -> Iterator[Conflict]:
    pvcs = list(claims)
    names = {
        "replicationsources": {(c.namespace, source_name(c)) for c in pvcs},
        "replicationdestinations": {(c.namespace, destination_name(c)) for c in pvcs},
    }
    for resource, own_names in names.items():
        for raw in objects.get(resource, ()):
            meta = raw["metadata"]
            place = (meta["namespace"], meta["name"])
            if fork.is_foreign(raw, meta["name"] if place in own_names else ""):
                why = "is served by nobody any more, and a new one of its name is not made"
                yield _deletion(Step.OBJECTS, resource, raw, why)
    secrets = {(c.namespace, secret_name(c)) for c in pvcs}
    for raw in objects.get("externalsecrets", ()):
        meta = raw["metadata"]
        is_named = (meta["namespace"], meta["name"]) in secrets
        if is_named and not _is_owned(raw, "PersistentVolumeClaim"):
            why = "belongs to no PVC, so it would outlive its own"
            yield _deletion(Step.OBJECTS, "externalsecrets", raw, why)


def is_fork(deployment: Raw) -> bool:
    """Whether it runs the fork's controller."""
    return _mentions(deployment, *fork.SIGNS)


def _mentions(raw: Raw, *words: str) -> bool:
    text = json.dumps(raw.get("spec") or {}).lower()
    return any(word.lower() in text for word in words)


def _service(webhook: Raw) -> str:
    return ((webhook.get("clientConfig") or {}).get("service") or {}).get("name") or ""


def _is_ours(raw: Raw) -> bool:
    return (raw["metadata"].get("labels") or {}).get(PART_OF) == PROJECT


def _is_owned(raw: Raw, kind: str) -> bool:
    return any(owner["kind"] == kind for owner in raw["metadata"].get("ownerReferences") or ())


def _has_our_name(raw: Raw) -> bool:
    meta = raw["metadata"]
    return meta["namespace"] == VOLSYNC_NAMESPACE and meta["name"] in NAMES


def _deletion(step: Step, resource: str, raw: Raw, why: str) -> Conflict:
    return _conflict(step, resource, raw, why, ["delete", resource, "--ignore-not-found"], AGAIN)


def _suspension(step: Step, raw: Raw, why: str) -> Conflict:
    off, on = (json.dumps({"spec": {"suspend": is_off}}) for is_off in (True, False))
    back = _kubectl(raw, ["patch", "cronjobs", f"--patch={on}"])
    return _conflict(step, "cronjobs", raw, why, ["patch", "cronjobs", f"--patch={off}"], back)


def _scale_down(raw: Raw) -> Conflict:
    pods = (raw.get("spec") or {}).get("replicas", 1)
    back = _kubectl(raw, ["scale", "deployments", f"--replicas={pods}"])
    why = "the fork's controller: it and upstream's would serve the same kinds"
    return _conflict(
        Step.FORK, "deployments", raw, why, ["scale", "deployments", "--replicas=0"], back
    )


def _uninstallation(raw: Raw, objects: Objects) -> Conflict:
    meta = raw["metadata"]
    release = (meta.get("annotations") or {}).get(HELM_RELEASE)
    why = "the stack's VolSync has its name"
    kinds = [
        crd["metadata"]["name"]
        for crd in objects.get(CRDS, ())
        if crd["metadata"]["name"].endswith(f".{API_GROUP}")
        and (crd["metadata"].get("annotations") or {}).get(HELM_POLICY) != "keep"
    ]
    if not release:
        return _deletion(Step.NAMES, "deployments", raw, why)
    if kinds:
        why += f"; these kinds would go with it, and all of their objects: {', '.join(kinds)}"
    todo = shlex.join(["helm", "uninstall", release, f"--namespace={meta['namespace']}"])
    return replace(_deletion(Step.NAMES, "deployments", raw, why), todo=todo)


def _conflict(step: Step, kind: str, raw: Raw, why: str, verb: list[str], back: str) -> Conflict:
    meta = raw["metadata"]
    return Conflict(
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
    namespace = [f"--namespace={meta['namespace']}"] if meta.get("namespace") else []
    action, resource, *options = verb
    return shlex.join(["kubectl", *namespace, action, resource, meta["name"], *options])
