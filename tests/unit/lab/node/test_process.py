import subprocess
import sys

import pytest

from lab.errors import LabError
from lab.node.process import Process, boot_id, child_of, find, start_ticks, state

STAT = "42 (a ) name) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0"


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def test_a_bracket_in_a_program_s_name_does_not_shift_the_fields():
    assert start_ticks(STAT) == 777
    assert state(STAT) == "S"


def test_a_running_process_is_alive(sleeper):
    assert find(sleeper.pid).alive()


def test_a_reused_pid_is_not_taken_for_ours(sleeper):
    process = find(sleeper.pid)
    assert not Process(pid=process.pid, started=process.started - 1, boot=process.boot).alive()


def test_a_process_of_an_earlier_boot_is_not_alive(sleeper):
    process = find(sleeper.pid)
    assert not Process(pid=process.pid, started=process.started, boot="earlier").alive()
    assert process.boot == boot_id()


def test_killing_takes_the_process_away(sleeper):
    process = find(sleeper.pid)
    process.kill()
    assert not process.alive()


def test_a_process_that_ignores_the_polite_signal_is_killed():
    ignoring = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{ignoring}; time.sleep(60)"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    find(process.pid).stop(timeout=0.2)
    assert process.wait() == -9
    process.stdout.close()


def test_a_process_that_is_gone_is_an_error(sleeper):
    sleeper.kill()
    sleeper.wait()
    with pytest.raises(LabError, match="ended at once"):
        find(sleeper.pid)
    with pytest.raises(LabError, match="ended at once"):
        child_of(sleeper.pid)


def test_the_child_of_a_wrapper_is_found():
    wrapper = subprocess.Popen(["sh", "-c", "sleep 60; true"])
    child = child_of(wrapper.pid)
    assert child.alive()
    child.kill()
    wrapper.wait()
