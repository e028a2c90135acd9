import subprocess
import sys
from types import SimpleNamespace

from lab.standins import language_host


def info(folder, **options):
    return SimpleNamespace(
        options=options,
        root_directory=str(folder),
        program_directory=str(folder),
        entry_point=".",
    )


def request(folder, **more):
    values = {
        "info": info(folder),
        "project": "p",
        "stack": "s",
        "monitor_address": "m:1",
        "organization": "o",
        "parallel": 4,
        "dryRun": True,
        "pwd": str(folder),
    }
    return SimpleNamespace(**{**values, **more})


def test_the_project_s_virtualenv_runs_the_program(tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert language_host.program_python(info(tmp_path, virtualenv=".venv")) == str(python)


def test_without_a_virtualenv_our_own_python_runs_it(tmp_path):
    assert language_host.program_python(info(tmp_path)) == sys.executable
    assert language_host.program_python(info(tmp_path, virtualenv="none")) == sys.executable


def test_a_program_is_told_where_the_engine_is(tmp_path):
    command = language_host.program_command(request(tmp_path), "e:1", "/exec")
    assert command[:3] == [sys.executable, "-u", "/exec"]
    assert command[command.index("--engine") + 1] == "e:1"
    assert command[command.index("--dry_run") + 1] == "true"
    assert command[-1] == str(tmp_path)


def test_a_policy_pack_runs_as_an_analyzer(tmp_path):
    wanted = SimpleNamespace(info=info(tmp_path), kind="analyzer", args=["x"])
    command = language_host.plugin_command(wanted)
    assert command[1:] == ["-u", "-m", "pulumi.policy", "x", str(tmp_path)]


def test_both_streams_are_heard_to_their_end():
    code = "import sys; print('out'); print('err', file=sys.stderr)"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said = {"stdout": b"", "stderr": b""}
    for name, chunk in language_host.output(process):
        said[name] += chunk
    assert said == {"stdout": b"out\n", "stderr": b"err\n"}
    assert process.wait() == 0
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
