import json
from pathlib import Path

from contract import labels
from contract.names import Claim
from mover import names
from tests.e2e.jobs import Watch

CLAIM = Claim("media", "photos")


def event(uid: str, *, kind: str = "ADDED", sync: str = "20260301120000-0", ended: bool = False):
    meta = {
        "name": "volsync-src-photos-backup",
        "namespace": CLAIM.namespace,
        "uid": uid,
        "labels": {labels.ROLE: labels.SOURCE, labels.PVC: CLAIM.name},
        "annotations": {names.SYNC: sync},
        "ownerReferences": [{"uid": "owner"}],
    }
    conditions = [{"type": "Complete", "status": "True"}] if ended else []
    return {"type": kind, "object": {"metadata": meta, "status": {"conditions": conditions}}}


def watch(path: Path, *events: dict, rest: str = "") -> Watch:
    file = path / "events"
    file.write_text("\n".join(json.dumps(line) for line in events) + rest)
    return Watch(file)


def test_a_second_job_of_one_synchronisation_is_seen(tmp_path):
    jobs = watch(tmp_path, event("1"), event("2", sync="20260301120000-1"))
    assert [len(uids) for uids in jobs.uids(CLAIM).values()] == [2]


def test_jobs_of_two_synchronisations_are_told_apart(tmp_path):
    jobs = watch(tmp_path, event("1"), event("1", ended=True), event("2", sync="20260301130000-0"))
    assert [len(uids) for uids in jobs.uids(CLAIM).values()] == [1, 1]
    assert jobs.uids(Claim("media", "music")) == {}


def test_jobs_at_the_same_time_are_counted_until_they_end(tmp_path):
    after = (event("1"), event("1", ended=True), event("2"), event("2", kind="DELETED"), event("3"))
    assert watch(tmp_path, *after).most_at_once() == 1
    assert watch(tmp_path, *after, event("4")).most_at_once() == 2


def test_an_event_that_is_still_being_written_is_left_for_later(tmp_path):
    assert watch(tmp_path, event("1"), rest='{"type": "ADD').count() == 1
