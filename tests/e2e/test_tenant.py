"""A user with the role `edit` in one namespace attacks the backups of all others.

Beside `edit` the user may write the kinds of VolSync, External Secrets and the snapshot controller,
as their own charts often give it. docs/security.md says what stops each attack.
"""

import hashlib
import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract import labels, names, repository, scope
from contract.audit import Reason
from contract.labels import DESTINATION, SOURCE
from contract.repository import PasswordSource
from lab.application import Application, KubectlError, kubectl, new_application
from lab.demo import difference
from lab.faults import tenant
from lab.faults.tenant import BINDING, USER
from lab.images.catalog import TOOLBOX
from lab.node import nodeconfig
from lab.node.network import NODE
from lab.polling import wait_until
from manifests.external_secrets import external_secret
from tests.e2e import audit
from tests.e2e.movers import wait_message

PVC, GONE = "data", "gone"
ROLE = "tenant-kinds"
KINDS = (
    "replicationsources.volsync.backube",
    "replicationdestinations.volsync.backube",
    "externalsecrets.external-secrets.io",
    "secretstores.external-secrets.io",
    "pushsecrets.external-secrets.io",
    "volumesnapshots.snapshot.storage.k8s.io",
)
MAINTENANCE = ("-n", scope.VOLSYNC_NAMESPACE, "patch", "cronjob", scope.MAINTENANCE, "-p")
PUSH_API = "external-secrets.io/v1alpha1"

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """Two namespaces with backups, the repository as it was then, and what was in the volumes."""

    mine: Application
    other: Application
    files: dict[str, str]
    trees: dict[str, Any]


def _digests() -> dict[str, str]:
    """Every file of the export, by its path."""
    root = nodeconfig.NFS_EXPORT
    return {
        str(path.relative_to(root)): _digest(path) for path in root.rglob("*") if path.is_file()
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _invite(namespace: str) -> None:
    """Gives the user the role, and the kinds beside it."""
    place = ("-n", namespace, "create")
    kubectl(*place, "role", ROLE, "--verb=*", f"--resource={','.join(KINDS)}")
    for name, role in ((BINDING, "--clusterrole=edit"), (ROLE, f"--role={ROLE}")):
        kubectl(*place, "rolebinding", name, role, f"--user={USER}")


@pytest.fixture(scope="module")
def scene(deployed: None) -> Generator[Scene]:
    """Maintenance rests meanwhile: it would change the repository, too."""
    with new_application() as mine, new_application() as other:
        trees = {}
        for app in (mine, other):
            trees[app.namespace], _ = app.protected(PVC)
        mine.protected(GONE)
        mine.delete_pvc(GONE)
        for app in (mine, other):  # no slot of theirs comes while the test runs
            kubectl("-n", app.namespace, "label", "pvc", PVC, "backup=daily", "--overwrite")
        _invite(mine.namespace)
        kubectl(*MAINTENANCE, '{"spec":{"suspend":true}}')
        try:
            yield Scene(mine, other, _digests(), trees)
        finally:
            kubectl(*MAINTENANCE, '{"spec":{"suspend":false}}')


def _as_tenant(*words: str, stdin: str | None = None) -> str:
    return kubectl(f"--as={USER}", *words, stdin=stdin)


def _refused(manifest: Manifest, words: str) -> None:
    with pytest.raises(KubectlError, match=words):
        _as_tenant("create", "-f", "-", stdin=json.dumps(manifest))


def _pod(namespace: str, volume: Manifest) -> Manifest:
    container = {"name": "c", "image": TOOLBOX, "command": ["sleep", "600"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "loot", "namespace": namespace},
        "spec": {"containers": [container], "volumes": [{"name": "v", **volume}]},
    }


def _push_secret(namespace: str) -> Manifest:
    remote = {"remoteKey": repository.SECRET_ITEM, "property": repository.SECRET_FIELD}
    return {
        "apiVersion": PUSH_API,
        "kind": "PushSecret",
        "metadata": {"name": "loot", "namespace": namespace},
        "spec": {
            "deletionPolicy": "Delete",
            "secretStoreRefs": [{"kind": "ClusterSecretStore", "name": repository.SECRET_STORE}],
            "selector": {"secret": {"name": "mine"}},
            "data": [{"match": {"secretKey": "p", "remoteRef": remote}}],
        },
    }


def test_it_does_not_read_the_store_by_an_external_secret(scene):
    meta = {"name": "loot", "namespace": scene.mine.namespace}
    one = external_secret(meta, secret="loot", password=PasswordSource())
    _refused(one, "is reserved for it")
    spec = {key: value for key, value in one["spec"].items() if key != "data"}
    every = {"dataFrom": [{"find": {"name": {"regexp": ".*"}}}]}
    _refused({**one, "spec": {**spec, **every}}, "is reserved for it")


def test_it_does_not_overwrite_or_delete_the_password_by_a_push_secret(scene):
    _refused(_push_secret(scene.mine.namespace), "is reserved for it")


def test_no_secret_that_it_may_read_opens_the_repository(scene):
    listed = _as_tenant("-n", scene.mine.namespace, "get", "secrets", "-o", "json")
    keys = {key for item in json.loads(listed)["items"] for key in item.get("data", {})}
    assert repository.KEY_PASSWORD not in keys
    for namespace in (scope.VOLSYNC_NAMESPACE, scope.MOVERS_NAMESPACE, scene.other.namespace):
        with pytest.raises(KubectlError, match="forbidden"):
            _as_tenant("-n", namespace, "get", "secrets")


@pytest.mark.parametrize("path", [nodeconfig.EXPORT, f"{nodeconfig.EXPORT}/deeper", "/"])
def test_no_pod_of_it_mounts_the_export(scene, path):
    volume = {"nfs": {"server": NODE, "path": path}}
    _refused(_pod(scene.mine.namespace, volume), "mounts the export of the backup repository")


def test_no_job_of_it_gets_the_export_by_looking_like_a_movers(scene):
    claim = scene.mine.claim(PVC)
    _refused(tenant.mover_job(claim), "for the mover's own objects")
    bare = tenant.mover_job(claim)
    for meta in (bare["metadata"], bare["spec"]["template"]["metadata"]):
        meta["labels"] = {labels.CREATED_BY: labels.VOLSYNC}
    made = json.loads(_as_tenant("create", "-o", "json", "-f", "-", stdin=json.dumps(bare)))
    assert made["spec"]["template"]["spec"].get("volumes") is None
    _as_tenant("-n", scene.mine.namespace, "delete", "job", made["metadata"]["name"])


@pytest.mark.parametrize("verb", ["create pods", "create jobs", "create pods/exec", "get secrets"])
@pytest.mark.parametrize("namespace", [scope.MOVERS_NAMESPACE, scope.VOLSYNC_NAMESPACE])
def test_it_does_nothing_where_the_password_is(scene, namespace, verb):
    with pytest.raises(KubectlError):  # kubectl ends with 1 for "no"
        _as_tenant("-n", namespace, "auth", "can-i", *verb.split())


@pytest.mark.parametrize("role", [SOURCE, DESTINATION])
def test_nothing_of_it_counts_as_a_movers_work(scene, role):
    """Two Jobs that do nothing would take all places, and so stop every backup and restore."""
    claim = scene.mine.claim(PVC)
    waiting = tenant.mover_job(claim)
    waiting["metadata"]["labels"][labels.ROLE] = role
    waiting["spec"]["suspend"] = True
    _refused(waiting, "for the mover's own objects")
    volume = tenant.mover_volume(claim)
    volume["metadata"]["labels"][labels.ROLE] = role
    _refused(volume, "for the mover's own objects")
    with pytest.raises(KubectlError, match="for the mover's own objects"):
        _as_tenant("-n", claim.namespace, "label", "pvc", PVC, f"{labels.ROLE}={role}")


def test_a_source_of_it_writes_into_nobodys_history(scene):
    """Nor does it put a name into the ledger that no PVC can have."""
    claim = scene.mine.claim(PVC)
    foreign = tenant.foreign_source(claim)
    foreign["spec"]["external"]["parameters"] = {
        "secret": "any",
        "username": names.identity(scene.other.claim(PVC)).user,
        "hostname": scene.other.namespace,
    }
    _as_tenant("create", "-f", "-", stdin=json.dumps(foreign))
    place = ("-n", claim.namespace, "get", "replicationsource", foreign["metadata"]["name"])
    path = "jsonpath={.status.conditions[*].message}"
    wait_until(
        "a source that says why", lambda: "are not those of PVC" in kubectl(*place, "-o", path)
    )
    _as_tenant("-n", claim.namespace, "delete", "replicationsource", foreign["metadata"]["name"])


def test_its_changes_of_a_generated_source_reach_no_other_identity(scene):
    space, source = scene.mine.namespace, names.source_name(scene.mine.claim(PVC))
    theirs = {"hostname": scene.other.namespace}
    changed = json.dumps(
        {"spec": {"external": {"parameters": theirs}, "trigger": {"manual": "theirs"}}}
    )
    _as_tenant("-n", space, "patch", "replicationsource", source, "--type=merge", "-p", changed)
    wait_message(scene.mine, "replicationsource", PVC, "are not those of PVC")
    _as_tenant("-n", space, "delete", "replicationsource", source)  # Kyverno makes it anew
    scene.mine.wait_object("replicationsource", PVC)


@pytest.mark.parametrize("decision", ["fresh", "restore"])
def test_a_mark_that_it_writes_itself_is_no_judgement(scene, decision):
    manifest = scene.mine.pvc_manifest(GONE, "hourly", {labels.DECISION: decision})
    made = tenant.attempt(manifest, "--dry-run=server")
    assert made
    reference = made["spec"]["dataSourceRef"]
    assert reference["name"] == names.destination_name(scene.mine.claim(GONE))


def test_a_label_that_comes_late_hides_no_backup(scene):
    space = scene.mine.namespace
    bare = scene.mine.pvc_manifest(GONE)
    _as_tenant("create", "-f", "-", stdin=json.dumps(bare))
    scene.mine.wait_bound(GONE)
    with pytest.raises(KubectlError, match=labels.START_EMPTY):
        _as_tenant("-n", space, "label", "pvc", GONE, "backup=hourly")
    _as_tenant("-n", space, "delete", "pvc", GONE)


def test_a_secret_of_it_with_the_name_of_a_pvcs_secret_changes_nothing(scene):
    name = names.secret_name(scene.mine.claim(PVC))
    value = f"--from-literal={repository.KEY_PASSWORD}=wrong"
    _as_tenant("-n", scene.mine.namespace, "create", "secret", "generic", name, value)


def test_after_all_of_it_the_repository_is_byte_for_byte_what_it_was(scene):
    assert _digests() == scene.files


@pytest.mark.parametrize("whose", ["other", "mine"])
def test_backups_and_restores_of_everybody_go_on(scene, whose):
    app: Application = getattr(scene, whose)
    app.back_up(PVC, "afterwards")
    audit.wait_reason(app, PVC, Reason.BACKED_UP)
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="daily")
    assert difference(scene.trees[app.namespace], app.files(PVC)) == []
