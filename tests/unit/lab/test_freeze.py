import signal
import subprocess
import sys

import pytest

from contract.labels import DESTINATION, SOURCE
from contract.names import Claim, identity
from fakes import builders
from lab.faults import freeze
from lab.node.process import find, state
from lab.polling import PROCESS, wait_until
from mover.job import task

CLAIM = Claim("shop", "data")


def _environment(claim):
    order = task.restore("a", identity(claim), 60, builders.ORDERED, "")
    return ("PATH=/bin", f"{task.VARIABLE}={task.encode(order)}", "A=b=c")


OWN = _environment(CLAIM)
CREATE = ("kopia", "--no-progress", "snapshot", "create", "/data")
RESTORE = ("kopia", "--no-progress", "snapshot", "restore", "c0ffee", "/restore")


@pytest.fixture
def proc(tmp_path):
    """A /proc with something else in it than processes."""
    (tmp_path / "self").mkdir()
    return tmp_path


def add(proc, words=CREATE, environment=OWN, cgroup="0::/"):
    folder = proc / str(len(list(proc.iterdir())))
    folder.mkdir()
    (folder / "cmdline").write_text("\0".join(words) + "\0")
    (folder / "environ").write_text("\0".join(environment) + "\0")
    (folder / "cgroup").write_text(cgroup)
    return int(folder.name)


def test_the_kopia_that_moves_this_pvc_this_way_is_found(proc):
    backup, restore = add(proc), add(proc, RESTORE)
    assert freeze.transfers(CLAIM, SOURCE, proc) == [backup]
    assert freeze.transfers(CLAIM, DESTINATION, proc) == [restore]


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("kopia", "snapshot", "verify", "c0ffee"), OWN),
        (("python", "-m", "mover.job"), OWN),
        (CREATE, _environment(Claim("other", "data"))),
        (CREATE, _environment(Claim("shop", "other"))),
        (CREATE, ()),
    ],
)
def test_no_other_process_is_touched(proc, words, environment):
    add(proc, words, environment)
    assert freeze.transfers(CLAIM, SOURCE, proc) == []


def test_a_pod_s_processes_are_known_by_their_cgroup(proc):
    ours = add(proc, cgroup="4:cpu:/lab/kubepods/burstable/pod1-2/abc\n0::/")
    add(proc, cgroup="4:cpu:/lab/kubepods/burstable/pod1-23/abc\n")
    (proc / "99").mkdir()  # it has just ended
    assert freeze.of_pod("1-2", proc) == [ours]


def test_what_was_stopped_goes_on():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        mover = find(process.pid)
        mover.signal(signal.SIGSTOP)
        wait_until("its stop", lambda: _state(process.pid) == "T", 5, PROCESS)
        freeze.release([mover])
        wait_until("its going on", lambda: _state(process.pid) in "RS", 5, PROCESS)
    finally:
        process.kill()
        process.wait()


def _state(pid: int) -> str:
    return state((freeze.PROC / str(pid) / "stat").read_text())
