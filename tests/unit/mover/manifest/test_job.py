from dataclasses import replace
from typing import Any

import pytest

from contract.environment import NfsMode
from contract.labels import CREATED_BY
from contract.names import Identity
from contract.pods import Effect, Limits, MoverPods, Operator, Resources, Toleration
from contract.repository import MOUNT_PATH, SECRET_MOUNT, VOLUME
from contract.schedule import RETENTION
from contract.scope import MOVERS_NAMESPACE
from fakes import builders
from fakes.builders import CONFIG, NATIVE_EXPORT, PIN, SPACE, WANTED
from mover.job import task
from mover.manifest import job as job_manifest

NATIVE = replace(
    CONFIG, nfs_mode=NfsMode.NATIVE, nfs_server=NATIVE_EXPORT.server, nfs_path=NATIVE_EXPORT.path
)
IDENTITY = Identity("photos-backup", "media")


def job(
    role: str = "source", privileged: bool = True, config: Any = CONFIG, workplace: str = SPACE
) -> dict[str, Any]:
    is_source = role == "source"
    owner = builders.source if is_source else builders.destination
    order = (
        task.backup(PIN, IDENTITY, 60, builders.ORDERED, task.Backup(retention=RETENTION))
        if is_source
        else task.restore(PIN, IDENTITY, 60, builders.ORDERED, WANTED)
    )
    return job_manifest.job(
        owner(status=builders.running(), workplace=workplace),
        config,
        order,
        volume="volsync-x",
        secret="volsync-photos",
        privileged=privileged,
    )


def pod(made: dict[str, Any]) -> dict[str, Any]:
    return made["spec"]["template"]["spec"]


def mounts(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {mount["name"]: mount for mount in pod(made)["containers"][0]["volumeMounts"]}


def ordered(made: dict[str, Any]) -> task.Task:
    env = pod(made)["containers"][0]["env"]
    return task.read({item["name"]: item["value"] for item in env})


@pytest.mark.parametrize("role", ["source", "destination"])
def test_a_job_is_started_once_and_the_controller_tries_again(role: str) -> None:
    made = job(role)
    assert made["spec"]["backoffLimit"] == 0
    assert made["spec"]["activeDeadlineSeconds"] == 86400
    assert pod(made)["restartPolicy"] == "Never"
    for meta in (made["metadata"], made["spec"]["template"]["metadata"]):
        assert meta["labels"][CREATED_BY] == "volsync"


@pytest.mark.parametrize("role", ["source", "destination"])
def test_a_pod_has_no_token_and_cannot_change_itself(role: str) -> None:
    made = job(role)
    assert pod(made)["automountServiceAccountToken"] is False
    assert pod(made)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    security = pod(made)["containers"][0]["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"]["drop"] == ["ALL"]


def test_a_backup_may_read_everything_and_change_nothing() -> None:
    made = job("source")
    added = pod(made)["containers"][0]["securityContext"]["capabilities"]["add"]
    assert added == ["DAC_OVERRIDE", "SETUID", "SETGID"]
    assert mounts(made)["data"] == {"name": "data", "mountPath": "/data", "readOnly": True}


def test_a_restore_may_set_owners_and_modes() -> None:
    added = pod(job("destination"))["containers"][0]["securityContext"]["capabilities"]["add"]
    assert set(added) == {"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID"}


@pytest.mark.parametrize(("role", "group"), [("source", None), ("destination", 1000)])
def test_a_namespace_without_privileges_gets_the_repositorys_user(
    role: str, group: int | None
) -> None:
    made = job(role, privileged=False)
    security = pod(made)["securityContext"]
    assert (security["runAsUser"], security["runAsNonRoot"]) == (1000, True)
    assert security.get("fsGroup") == group
    assert pod(made)["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_restored_volume_lies_where_kopia_may_write_beside_it() -> None:
    made = job("destination")
    data = mounts(made)["data"]["mountPath"]
    assert data == ordered(made).data
    assert data.startswith(mounts(made)["state"]["mountPath"] + "/")


def test_the_secret_is_only_files() -> None:
    made = job()
    assert mounts(made)["secret"] == {
        "name": "secret",
        "mountPath": SECRET_MOUNT,
        "readOnly": True,
    }
    container = pod(made)["containers"][0]
    assert "envFrom" not in container
    assert all("valueFrom" not in item for item in container["env"])


def test_what_the_job_is_to_do_is_in_its_environment() -> None:
    restore = ordered(job("destination"))
    assert (restore.repository_id, restore.snapshot, restore.backup) == (PIN, WANTED, None)
    backup = ordered(job("source")).backup
    assert backup
    assert backup.retention == RETENTION


@pytest.mark.parametrize("role", ["source", "destination"])
def test_the_order_names_the_places_where_the_pod_has_its_volumes(role: str) -> None:
    made = job(role, config=NATIVE)
    order, at = ordered(made), {name: one["mountPath"] for name, one in mounts(made).items()}
    assert at == {
        "data": order.data,
        "state": order.state,
        "secret": order.secret,
        VOLUME: order.repository,
    }


@pytest.mark.parametrize(("role", "readonly"), [("source", False), ("destination", True)])
def test_in_native_mode_the_mover_mounts_the_export(role: str, readonly: bool) -> None:
    made = job(role, config=NATIVE)
    (volume,) = [v for v in pod(made)["volumes"] if v["name"] == VOLUME]
    assert volume["nfs"]["server"] == NATIVE_EXPORT.server
    assert mounts(made)[VOLUME]["readOnly"] is readonly
    assert job_manifest.has_repository(made)


def test_in_inject_mode_it_leaves_the_export_to_the_policy() -> None:
    assert not job_manifest.has_repository(job())


def test_every_container_must_have_the_repository() -> None:
    made = job(config=NATIVE)
    pod(made)["containers"].append({"name": "sidecar"})
    assert not job_manifest.has_repository(made)
    pod(made)["containers"][-1]["volumeMounts"] = [{"name": VOLUME, "mountPath": "/elsewhere"}]
    assert not job_manifest.has_repository(made)
    pod(made)["containers"][-1]["volumeMounts"][0]["mountPath"] = MOUNT_PATH
    assert job_manifest.has_repository(made)


@pytest.mark.parametrize("workplace", [SPACE, MOVERS_NAMESPACE])
@pytest.mark.parametrize("role", ["source", "destination"])
def test_a_quota_that_counts_requests_and_limits_takes_every_container(
    role: str, workplace: str
) -> None:
    made = job(role, workplace=workplace)
    assert made["metadata"]["namespace"] == workplace
    assert "initContainers" not in pod(made)
    for container in pod(made)["containers"]:
        resources = container["resources"]
        assert set(resources["requests"]) == set(resources["limits"]) == {"cpu", "memory"}


@pytest.mark.parametrize("workplace", [SPACE, MOVERS_NAMESPACE])
def test_a_pod_is_as_the_stack_wants_it(workplace: str) -> None:
    pods = MoverPods(
        tolerations=(
            Toleration(key="role", value="storage", effect=Effect.NO_SCHEDULE),
            Toleration(operator=Operator.EXISTS, effect=Effect.NO_EXECUTE, toleration_seconds=60),
        ),
        node_selector={"disk": "fast"},
        image_pull_secrets=("registry",),
        resources=Resources(limits=Limits(cpu="", memory="8Gi")),
        priority_class="batch",
    )
    made = pod(job(config=replace(CONFIG, pods=pods), workplace=workplace))
    assert made["tolerations"] == [
        {"operator": "Equal", "key": "role", "value": "storage", "effect": "NoSchedule"},
        {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
    ]
    assert made["nodeSelector"] == {"disk": "fast"}
    assert made["imagePullSecrets"] == [{"name": "registry"}]
    assert made["priorityClassName"] == "batch"
    assert made["containers"][0]["resources"]["limits"] == {"memory": "8Gi"}


def test_a_pod_leaves_to_the_cluster_what_the_stack_does_not_choose() -> None:
    chosen = {"tolerations", "nodeSelector", "imagePullSecrets", "priorityClassName"}
    assert not chosen & pod(job()).keys()
