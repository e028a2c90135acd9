"""A second lab, in a network of its own beside the first, is made, killed, mended and removed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project.pages.registry import texts_given_to

LINES = [text.replace("sudo .venv/bin/python", '"$PYTHON"') for text in texts_given_to(__file__)]
UP, STATUS, DOWN = LINES
STORY = f"""
set -e
ip link set lo up
{UP}
kill -9 $(grep -o '"pid": [0-9]*' "$LAB_STATE/node.json" | cut -d' ' -f2)
sleep 1
{UP}
{{
{STATUS}
}} > "$SEEN/status"
{DOWN}
ip -o link > "$SEEN/links"
nft list ruleset > "$SEEN/rules"
"""


@dataclass(frozen=True)
class Traces:
    """What a lab could leave on a machine."""

    mounts: frozenset[str]
    cgroups: frozenset[str]


def _traces(state: Path, others: Path) -> Traces:
    """All of the machine's, but for mounts that other tests make for themselves under `others`."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    top = Path("/sys/fs/cgroup")  # version 2 has one hierarchy, version 1 one a controller
    cgroups = [*top.glob("pvc-backup-lab*"), *top.glob("*/pvc-backup-lab*")]
    points = (line.split(" ")[4] for line in mounts)
    own = (p for p in points if state in Path(p).parents or others not in Path(p).parents)
    return Traces(frozenset(own), frozenset(map(str, cgroups)))


def _processes(state: Path) -> list[str]:
    """Command lines of everything that was started for the lab in this state directory."""
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue  # ended meanwhile
        if str(state).encode() in words and process.name != str(os.getpid()):
            commands.append(words[:200].decode(errors="replace"))
    return commands


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, object]:
    state, outputs = tmp_path_factory.mktemp("state") / "lab", tmp_path_factory.mktemp("seen")
    others = tmp_path_factory.getbasetemp().parent  # of all workers
    before = _traces(state, others)
    environment = (f"PYTHON={sys.executable}", f"LAB_STATE={state}", f"SEEN={outputs}")
    run = subprocess.run(
        ["env", *environment, "unshare", "--net", "sh", "-c", STORY],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    texts = {path.name: path.read_text() for path in outputs.iterdir()}
    return {**texts, "before": before, "after": _traces(state, others), "state": state}


def test_a_killed_lab_is_mended_by_up(second):
    assert "API                      ready" in second["status"]


def test_down_leaves_no_mount_and_no_cgroup(second):
    assert second["after"] == second["before"]


def test_down_leaves_no_interface_and_no_rule(second):
    assert [line.split(": ")[1] for line in second["links"].splitlines()] == ["lo"]
    assert second["rules"].strip() == ""


def test_down_leaves_no_process_and_no_state(second):
    assert _processes(second["state"]) == []
    assert not second["state"].exists()
