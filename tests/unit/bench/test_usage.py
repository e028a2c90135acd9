import os
import subprocess
import sys

from bench import usage

BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


def test_processor_time_counts_children_that_have_ended():
    before = usage.used(os.getpid())
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert usage.used(os.getpid()) - before >= 0.3


def test_memory_counts_children_that_live():
    big = "kept = b'x' * (64 << 20); print(flush=True); input()"
    command = f'"{sys.executable}" -c "{big}"; true'  # so that the shell stays its parent
    pipe = subprocess.PIPE
    with subprocess.Popen(["sh", "-c", command], stdin=pipe, stdout=pipe) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        assert usage.resident(shell.pid) > 64 << 20
        shell.communicate(b"\n")


def test_a_process_that_has_ended_meanwhile_costs_nothing():
    child = subprocess.Popen(["true"])
    child.wait()
    assert (usage.used(child.pid), usage.resident(child.pid)) == (0, 0)
