import subprocess
import sys
from types import SimpleNamespace

import pytest

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


def test_a_virtualenv_above_the_project_is_found(tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    pack = info(tmp_path / "pack", virtualenv="../.venv")
    assert language_host.program_python(pack) == str(python)


def test_where_no_virtualenv_is_named_our_own_python_runs_it(tmp_path):
    assert language_host.program_python(info(tmp_path)) == sys.executable


def test_no_other_python_stands_in_for_a_virtualenv_that_is_not_there(tmp_path):
    with pytest.raises(language_host.NoVirtualenv, match=r"set to \"none\", .* doesn't exist"):
        language_host.program_python(info(tmp_path, virtualenv="none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(language_host.NoVirtualenv, match=r"doesn't appear to be a virtual env"):
        language_host.program_python(info(tmp_path, virtualenv="empty"))


def test_installing_makes_the_named_virtualenv_and_fills_it(tmp_path):
    (tmp_path / "requirements.txt").touch()
    creation, tools, packages = language_host.install_commands(info(tmp_path, virtualenv="venv"))
    python = str(tmp_path / "venv" / "bin" / "python")
    assert creation == [sys.executable, "-m", "venv", str(tmp_path / "venv")]
    assert tools[:4] == [python, "-m", "pip", "install"]
    assert packages == [python, "-m", "pip", "install", "-r", "requirements.txt"]


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
    streams = {"stdout": b"", "stderr": b""}
    for name, chunk in language_host.output(process):
        streams[name] += chunk
    assert streams == {"stdout": b"out\n", "stderr": b"err\n"}
    assert process.wait() == 0
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
