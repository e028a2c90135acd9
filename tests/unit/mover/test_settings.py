import pytest

from contract.environment import SettingsError
from contract.names import Identity
from contract.schedule import RETENTION
from mover.settings import load_job

JOB = {"MOVER_REPOSITORY_ID": "a", "MOVER_USERNAME": "u", "MOVER_HOSTNAME": "h"}


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
