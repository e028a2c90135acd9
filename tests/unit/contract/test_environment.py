from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import answer, repository
from contract.environment import (
    AuditSettings,
    BootstrapSettings,
    DrillSettings,
    Isolation,
    MaintenanceSettings,
    MoverSettings,
    NfsMode,
    Placement,
    PlumberSettings,
    Program,
    SettingsError,
    Unreadable,
    is_time_zone,
)
from contract.pods import MoverPods
from contract.repository import NfsExport
from tests.unit.contract.strategies import MOVER_PODS

IMAGE = {"MOVER_IMAGE": "registry.local/pvc-backup:test"}
STATE = {"PLUMBER_STATE": "/state"}
LEAST: dict[type[Program], dict[str, str]] = {
    MoverSettings: IMAGE,
    BootstrapSettings: {"BOOTSTRAP_STATE": "/state"},
    MaintenanceSettings: {"MAINTENANCE_STATE": "/state"},
    DrillSettings: {"DRILL_STATE": "/state"},
    PlumberSettings: STATE,
    AuditSettings: STATE,
}
PROGRAMS = pytest.mark.parametrize("program", LEAST, ids=lambda program: program.__name__)

WORDS = st.text('abc/:=.{}" -', max_size=12).map(str.strip)
GIVEN = WORDS.filter(bool)
PATHS = st.text("abc", min_size=1, max_size=5).map(lambda name: Path("/", name))
COUNTS = st.integers(1, 10**9)
SECONDS = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
ZONES = st.sampled_from(["UTC", "Europe/Berlin"])
IN_A_POD = {
    "state": GIVEN,
    "unique_id": WORDS,
    "namespace": GIVEN,
    "repository": GIVEN,
    "deadline": SECONDS,
}
READER = {
    "state": PATHS,
    "host": GIVEN,
    "port": COUNTS,
    "repository": PATHS,
    "kopia": GIVEN,
    "refresh": SECONDS,
    "drain": st.floats(0, 1e9),
}
MOVER = {
    "image": GIVEN,
    "nfs_mode": st.just(NfsMode.NATIVE),
    "nfs_server": st.sampled_from(["nas", "192.0.2.1"]),
    "nfs_path": PATHS.map(str),
    "snapshot_class": WORDS,
    "timezone": ZONES,
    "max_jobs": COUNTS,
    "max_jobs_per_node": COUNTS,
    "unreadable_files": st.sampled_from(Unreadable),
    "job_deadline": SECONDS,
    "drills": WORDS,
    "isolation": st.sampled_from(Isolation),
    "in_namespaces": st.lists(st.text("abc", min_size=1)).map(tuple),
    "pods": MOVER_PODS,
}
ANY = st.one_of(
    st.builds(MoverSettings, **MOVER),
    st.builds(BootstrapSettings, **IN_A_POD),
    st.builds(MaintenanceSettings, **IN_A_POD, schedule=WORDS, timezone=ZONES),
    st.builds(DrillSettings, **IN_A_POD),
    st.builds(PlumberSettings, **READER, ready_age=SECONDS),
    st.builds(AuditSettings, **READER, excluded=st.lists(st.text("abc", min_size=1)).map(tuple)),
)


def refusal(program: type[Program], environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        program.from_environment(environ)
    return str(caught.value)


@given(ANY)
def test_a_program_reads_what_its_component_wrote(settings: Program) -> None:
    assert type(settings).from_environment(settings.to_environment()) == settings


@PROGRAMS
def test_what_has_no_default_must_be_told_and_nothing_else(program: type[Program]) -> None:
    least = LEAST[program]
    assert program.from_environment(least).to_environment() == least
    (variable,) = least
    for environ in ({}, {variable: " "}):
        assert f"{variable} must be set and not empty" in refusal(program, environ)


@PROGRAMS
def test_a_variable_that_no_program_knows_is_no_silent_no_op(program: type[Program]) -> None:
    (variable,) = LEAST[program]
    mistyped = {**LEAST[program], f"{variable}S": "hidden"}
    message = refusal(program, mistyped)
    assert f"{variable}S is not known, did you mean {variable}?" in message
    assert "hidden" not in message


@PROGRAMS
def test_what_is_for_other_programs_is_left_alone(program: type[Program]) -> None:
    others = {"PATH": "/bin", "KOPIA_MOVER_PORT": "tcp://1.2.3.4:80", "KUBECONFIG": ""}
    assert program.from_environment({**others, **LEAST[program]})


def test_one_error_names_every_wrong_variable_how_it_must_be_and_no_value() -> None:
    wrong = {
        "MOVER_NFS_MODE": ("hidden", "inject or native"),
        "MOVER_MAX_JOBS": ("-1", "a whole number of at least 1"),
        "MOVER_JOB_DEADLINE": ("nan", "a number above 0"),
        "MOVER_TIMEZONE": ("Mars/hidden", "a time zone name such as Europe/Berlin or UTC"),
        "MOVER_UNREADABLE": ("hidden", "fail or warn"),
    }
    message = refusal(MoverSettings, {name: value for name, (value, _) in wrong.items()})
    for name, (_, wanted) in wrong.items():
        assert f"{name} must be {wanted}" in message
    assert "MOVER_IMAGE must be set" in message
    assert "pulumi up" in message
    assert "hidden" not in message


@pytest.mark.parametrize(
    "text", ["", "hidden", "[]", "{}", MoverPods().to_json().replace("cpu", "hidden")]
)
def test_pods_of_another_release_are_refused_whole(text: str) -> None:
    message = refusal(MoverSettings, {**IMAGE, "MOVER_PODS": text})
    assert "MOVER_PODS must be the JSON that this release writes" in message
    assert "hidden" not in message


@pytest.mark.parametrize("value", ["", "x", "0", "-1", "inf", "nan"])
def test_a_malformed_time_is_refused_by_name(value: str) -> None:
    assert "PLUMBER_REFRESH" in refusal(PlumberSettings, {**STATE, "PLUMBER_REFRESH": value})


def test_the_mover_that_mounts_the_export_itself_must_know_it() -> None:
    native = {**IMAGE, "MOVER_NFS_MODE": "native"}
    assert "MOVER_NFS_SERVER and MOVER_NFS_PATH" in refusal(MoverSettings, native)
    export = {"MOVER_NFS_SERVER": "nas", "MOVER_NFS_PATH": "/x"}
    assert MoverSettings.from_environment({**native, **export}).export == NfsExport("nas", "/x")
    assert MoverSettings.from_environment({**IMAGE, **export}).export is None


def test_what_only_the_stack_reads_is_told_no_program() -> None:
    variables = MoverSettings(image="i", quota={"pods": "9"}).to_environment()
    assert variables == {"MOVER_IMAGE": "i"}
    assert "MOVER_QUOTA is not known" in refusal(MoverSettings, {**IMAGE, "MOVER_QUOTA": "9"})


def test_an_exception_is_one_only_where_movers_work_apart() -> None:
    apart = Placement(isolation=Isolation.SYSTEM, in_namespaces=("plain",))
    assert [apart.is_apart(name) for name in ("shop", "plain")] == [True, False]
    assert [apart.is_exception(name) for name in ("shop", "plain")] == [False, True]
    together = Placement(isolation=Isolation.NAMESPACE, in_namespaces=("plain",))
    assert not together.is_apart("shop")
    assert not together.is_exception("plain")


def test_a_stack_of_an_earlier_release_is_understood() -> None:
    """Its program told each variable, also where it was as it would have been anyway."""
    variables = {
        **IMAGE,
        "MOVER_NFS_MODE": "inject",
        "MOVER_SNAPSHOT_CLASS": "fast",
        "MOVER_TIMEZONE": "UTC",
        "MOVER_MAX_JOBS": "4",
        "MOVER_MAX_JOBS_PER_NODE": "2",
        "MOVER_UNREADABLE": "fail",
        "MOVER_DRILLS": "",
        "MOVER_METRICS_PORT": "8080",
        "MOVER_PROBE_PORT": "8081",
    }
    assert MoverSettings.from_environment(variables).to_environment() == {
        **IMAGE,
        "MOVER_SNAPSHOT_CLASS": "fast",
    }


def test_pvc_plumber_finds_what_its_pod_mounts_and_ends_within_a_pods_grace() -> None:
    settings = PlumberSettings.from_environment(STATE)
    assert settings.port == answer.PORT
    assert settings.repository == Path(repository.MOUNT_PATH)
    assert settings.password_file == Path("/etc/kopia/KOPIA_PASSWORD")
    assert settings.pin_file == Path("/etc/kopia-repository/uniqueId")
    assert settings.drain + answer.DEADLINE < 30


def test_the_audit_lists_more_rarely_than_pvc_plumber_since_nothing_waits_for_it() -> None:
    settings = AuditSettings.from_environment({**STATE, "PLUMBER_EXCLUDED": "a, b,"})
    assert settings.refresh > PlumberSettings.from_environment(STATE).refresh
    assert settings.excluded == ("a", "b")


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", ""])
def test_there_is_no_such_time_zone(name: str) -> None:
    assert not is_time_zone(name)
