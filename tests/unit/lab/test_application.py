from lab.application import has_ended, is_bound, is_ready


def test_a_pvc_is_bound_when_its_phase_says_so() -> None:
    assert is_bound({"status": {"phase": "Bound"}})
    assert not is_bound({"status": {"phase": "Pending"}})
    assert not is_bound({"status": {}})


def test_a_pod_is_ready_when_it_says_so() -> None:
    assert is_ready({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    assert not is_ready({"status": {"conditions": [{"type": "Ready", "status": "False"}]}})
    assert not is_ready({"status": {"conditions": [{"type": "PodScheduled", "status": "True"}]}})
    assert not is_ready({})


def test_a_job_has_ended_when_it_has_succeeded_or_failed() -> None:
    for kind in ("Complete", "Failed"):
        assert has_ended({"status": {"conditions": [{"type": kind, "status": "True"}]}})
        assert not has_ended({"status": {"conditions": [{"type": kind, "status": "False"}]}})
    assert not has_ended({"status": {"conditions": [{"type": "Suspended", "status": "True"}]}})
    assert not has_ended({})
