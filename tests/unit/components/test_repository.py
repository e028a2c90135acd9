from dataclasses import replace

import pytest

from components._register import WAIT_FOR
from components.repository import Repository, RepositoryArgs
from contract import scope
from contract.environment import BootstrapSettings, MaintenanceSettings
from contract.labels import CREATED_BY
from contract.repository import PIN_CONFIG_MAP, PIN_MOUNT, SYSTEM_SECRET, PasswordSource
from tests.unit.components.fixtures import EXPORT, IMAGE, built

ARGS = RepositoryArgs(
    image=IMAGE,
    export=EXPORT,
    password=PasswordSource(store="vault"),
    unique_id="",
    maintenance_schedule="30 4 * * *",
    timezone="UTC",
)
BOOTSTRAP, MAINTENANCE = "repository-bootstrap", "repository-maintenance"


def _made(args=ARGS):
    return built(lambda opts: Repository("repository", args, opts))


def _environment(made, name):
    (container,) = made.pods()[name]["containers"]
    return {item["name"]: item.get("value") for item in container["env"]}


@pytest.mark.parametrize(
    ("name", "program"), [(BOOTSTRAP, BootstrapSettings), (MAINTENANCE, MaintenanceSettings)]
)
@pytest.mark.parametrize("unique_id", ["", "abc"])
def test_both_programs_understand_what_they_are_told(name, program, unique_id):
    made = _made(replace(ARGS, unique_id=unique_id))
    settings = program.from_environment(_environment(made, name))
    (container,) = made.pods()[name]["containers"]
    writable = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
    assert settings.unique_id == unique_id
    assert writable == {settings.state, settings.repository}


def test_maintenance_learns_the_repositorys_id_from_what_bootstrap_wrote():
    pod = _made().pods()[MAINTENANCE]
    volume = next(v for v in pod["volumes"] if "configMap" in v)
    mount = next(m for m in pod["containers"][0]["volumeMounts"] if m["name"] == volume["name"])
    assert volume["configMap"]["name"] == PIN_CONFIG_MAP
    assert mount["mountPath"] == PIN_MOUNT


def test_bootstrap_runs_once_its_secret_is_there_and_maintenance_after_it():
    made = _made()
    secret = made.one("repository-secret").inputs
    assert secret["metadata"]["annotations"][WAIT_FOR] == "condition=Ready"
    assert secret["spec"]["target"]["name"] == SYSTEM_SECRET
    assert secret["spec"]["secretStoreRef"]["name"] == ARGS.password.store
    assert "repository-secret" in made.needs(BOOTSTRAP)
    assert "repository-bootstrap-role-binding" in made.needs(BOOTSTRAP)
    assert BOOTSTRAP in made.needs(MAINTENANCE)


def test_bootstrap_changes_one_config_map_and_reads_no_other():
    role = _made().one("repository-bootstrap-role").inputs
    for rule in role["rules"]:
        assert rule["resources"] == ["configmaps"]
        assert rule["verbs"] == ["create"] or rule["resourceNames"] == [PIN_CONFIG_MAP]


def test_maintenance_reads_and_changes_one_config_map_and_makes_none():
    made = _made()
    (rule,) = made.one("repository-maintenance-role").inputs["rules"]
    assert (rule["resources"], rule["resourceNames"]) == (["configmaps"], [PIN_CONFIG_MAP])
    assert sorted(rule["verbs"]) == ["get", "patch"]
    assert made.pods()[MAINTENANCE]["serviceAccountName"] == scope.MAINTENANCE
    assert "repository-maintenance-role-binding" in made.needs(MAINTENANCE)


@pytest.mark.parametrize("name", [BOOTSTRAP, MAINTENANCE])
def test_they_mount_the_repository_themselves_and_are_no_volsync_jobs(name):
    made = _made()
    pod = made.pods()[name]
    nfs = next(volume["nfs"] for volume in pod["volumes"] if "nfs" in volume)
    assert nfs == {"server": EXPORT.server, "path": EXPORT.path, "readOnly": False}
    assert CREATED_BY not in str(made.one(name))


def test_two_maintenances_never_run_at_once():
    spec = _made().one(MAINTENANCE).inputs["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["schedule"] == "30 * * * *"
    assert spec["timeZone"] == "UTC"


def test_a_bootstrap_that_failed_is_run_again_by_the_next_up():
    annotations = _made().one(BOOTSTRAP).inputs["metadata"]["annotations"]
    assert annotations == {"pulumi.com/replaceUnready": "true"}
