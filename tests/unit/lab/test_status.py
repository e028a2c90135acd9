import json

import pytest

from lab import status
from lab.node.process import Process


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (65, "1 min 5 s"), (7260, "2 h 1 min"), (59.9, "59 s")]
)
def test_a_duration_is_read_at_a_glance(seconds, text):
    assert status.duration(seconds) == text


def test_a_component_without_a_process_is_down():
    assert status.line("etcd", None).split() == ["etcd", "down"]
    assert status.line("etcd", Process(pid=1, started=-1)).split() == ["etcd", "down"]


def pod(phase, ready):
    conditions = [{"type": "Ready", "status": ready}]
    metadata = {"namespace": "a", "name": "b"}
    return {"metadata": metadata, "status": {"phase": phase, "conditions": conditions}}


def test_only_pods_that_are_neither_ready_nor_done_are_shown():
    items = [pod("Running", "True"), pod("Succeeded", "False"), pod("Pending", "False")]
    assert status.pods(json.dumps({"items": items})) == ["pod a/b: Pending, not ready"]
