from datetime import UTC, datetime, timedelta

import pytest

from contract import labels, names
from lab.application import Application, KubectlError, kubectl, wait_for
from lab.demo import difference
from tests.lab.history import add_snapshot

PVC = "data"


@pytest.fixture(scope="module")
def lost(shared: Application) -> tuple[Application, dict, str]:
    """A PVC that was backed up after it was filled, and deleted; its tree and its snapshot."""
    shared.apply_pvc(PVC, backup="hourly")
    tree = shared.files(PVC, "make", "2")
    return shared, tree, shared.back_up(PVC, "first")["snapshot"]


def test_a_pvc_created_again_comes_back_equal(lost):
    app, tree, snapshot = lost
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="hourly")
    assert app.pvc(PVC)["metadata"]["annotations"][labels.RESTORE_FROM] == snapshot
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []


def test_a_leftover_permission_to_start_empty_does_not_count(lost):
    app, _, _ = lost
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="hourly", annotations={labels.START_EMPTY: "an-older-snapshot"})
    assert app.pvc(PVC)["spec"]["dataSourceRef"]["kind"] == "ReplicationDestination"


def test_naming_the_newest_snapshot_starts_empty(app):
    app.apply_pvc(PVC, backup="hourly")
    app.files(PVC, "make", "1")
    snapshot = app.back_up(PVC, "only")["snapshot"]
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="hourly", annotations={labels.START_EMPTY: snapshot})
    app.wait_bound(PVC)
    assert app.files(PVC) == {}


def test_an_older_state_comes_back_when_asked_for(app):
    app.apply_pvc(PVC, backup="hourly")
    app.wait_backup(PVC)
    taken = datetime.now(UTC) - timedelta(days=2)
    add_snapshot(app, PVC, taken)
    old = app.files(PVC)
    app.files(PVC, "make", "1")
    app.back_up(PVC, "new")
    app.delete_pvc(PVC)
    later = (taken + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    app.apply_pvc(PVC, backup="hourly", annotations={labels.RESTORE_AS_OF: later})
    app.wait_bound(PVC)
    assert difference(old, app.files(PVC)) == []


def test_asking_for_a_time_before_the_first_backup_is_denied_with_the_times(app):
    app.apply_pvc(PVC, backup="hourly")
    app.files(PVC, "make", "1")
    app.back_up(PVC, "only")
    app.delete_pvc(PVC)
    with pytest.raises(KubectlError, match=r"20\d\d-"):
        app.apply_pvc(
            PVC, backup="hourly", annotations={labels.RESTORE_AS_OF: "2001-01-01T00:00:00Z"}
        )


def test_a_forged_image_is_not_bound(app):
    """A destination whose status claims an image that nobody restored."""
    app.apply_pvc(PVC, backup="hourly")
    app.files(PVC, "make", "1")
    snapshot = app.back_up(PVC, "only")["snapshot"]
    app.apply_pvc("empty")
    app.wait_bound("empty")
    _take_snapshot(app, "forged", "empty")
    app.delete_pvc(PVC)
    _mover(replicas=0)
    try:
        app.apply_pvc(PVC, backup="hourly")
        app.wait_object("replicationdestination", PVC)
        _forge(app, image="forged", snapshot="0" * len(snapshot))
        wait_for("the denial as an event", lambda: "volsync-restore-gate" in _events(app))
        assert app.pvc(PVC)["status"]["phase"] == "Pending"
    finally:
        _mover(replicas=1)
    app.wait_bound(PVC)
    assert len(app.files(PVC)) > 200


def _take_snapshot(app: Application, name: str, pvc: str) -> None:
    kubectl(
        *("-n", app.namespace, "apply", "-f", "-"),
        stdin=f"""
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {{name: {name}}}
spec: {{volumeSnapshotClassName: lab-dir, source: {{persistentVolumeClaimName: {pvc}}}}}
""",
    )


def _forge(app: Application, image: str, snapshot: str) -> None:
    destination = names.destination_name(app.claim(PVC))
    status = (
        '{"status":{"latestImage":{"apiGroup":"snapshot.storage.k8s.io","kind":"VolumeSnapshot",'
        f'"name":"{image}"}},"external":{{"snapshot":"{snapshot}"}}}}}}'
    )
    place = ("-n", app.namespace, "patch", "replicationdestination", destination)
    kubectl(*place, "--type=merge", "--subresource=status", "-p", status)


def _events(app: Application) -> str:
    return kubectl("-n", app.namespace, "get", "events", "-o", "jsonpath={.items[*].message}")


def _mover(replicas: int) -> None:
    place = ("-n", "volsync-system")
    kubectl(*place, "scale", "deployment", "kopia-mover", f"--replicas={replicas}")
    kubectl(*place, "rollout", "status", "deployment", "kopia-mover", "--timeout=120s")
