import pytest

from contract.names import Identity
from contract.repository import NfsExport
from contract.schedule import RETENTION
from mover.settings import SettingsError, load, load_job, load_repository

IMAGE = {"MOVER_IMAGE": "registry.local/pvc-backup:test"}
JOB = {"MOVER_REPOSITORY_ID": "a", "MOVER_USERNAME": "u", "MOVER_HOSTNAME": "h"}


def test_only_the_image_must_be_said() -> None:
    found = load(IMAGE)
    assert (found.nfs_mode, found.nfs, found.max_jobs) == ("inject", None, 4)
    assert found.repository_namespace == "volsync-system"
    assert found.drills == ""


def test_native_mode_needs_the_export() -> None:
    native = {**IMAGE, "MOVER_NFS_MODE": "native"}
    with pytest.raises(SettingsError, match="MOVER_NFS_PATH, MOVER_NFS_SERVER"):
        load(native)
    export = {"MOVER_NFS_SERVER": "nas", "MOVER_NFS_PATH": "/x"}
    assert load({**native, **export}).nfs == NfsExport("nas", "/x")


def test_every_wrong_variable_is_named_and_no_value_shown() -> None:
    wrong = {"MOVER_NFS_MODE": "hidden", "MOVER_MAX_JOBS": "-1", "MOVER_TIMEZONE": "Mars/hidden"}
    with pytest.raises(SettingsError) as caught:
        load(wrong)
    for name in ("MOVER_IMAGE", *wrong):
        assert name in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_job_reads_what_the_controller_wrote() -> None:
    found = load_job({**JOB, "MOVER_RETAIN": "hourly=3,annual=1"})
    assert found.identity == Identity("u", "h")
    assert found.retention == {**RETENTION.items(), "hourly": 3, "annual": 1}
    assert (found.data, found.repository, found.snapshot) == ("/data", "/repository", "")


@pytest.mark.parametrize("retain", ["hourly", "hourly=many", "secondly=3", "hourly=-1"])
def test_a_malformed_retention_is_refused(retain: str) -> None:
    with pytest.raises(SettingsError, match="MOVER_RETAIN"):
        load_job({**JOB, "MOVER_RETAIN": retain})


def test_a_job_without_the_repositorys_id_does_not_run() -> None:
    with pytest.raises(SettingsError, match="MOVER_REPOSITORY_ID"):
        load_job({})


def test_bootstrap_needs_no_variable() -> None:
    found = load_repository("BOOTSTRAP_", {"BOOTSTRAP_UNIQUE_ID": "abc"})
    assert (found.unique_id, found.namespace) == ("abc", "volsync-system")
