from datetime import UTC, datetime, timedelta

import pytest

from contract import labels, names
from lab.application import DATA, Application, KubectlError, kubectl
from lab.demo import difference
from lab.faults.deployment import MOVER, scaled
from lab.polling import wait_until
from tests.e2e.history import CONTENT, FILE, add_snapshot

PVC = "data"


@pytest.fixture(scope="module")
def lost(shared: Application) -> tuple[Application, dict, str]:
    """A PVC that was backed up after it was filled, and deleted; its tree and its snapshot."""
    return shared, *shared.protected(PVC, 2)


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
    _, snapshot = app.protected(PVC)
    app.delete_pvc(PVC)
    app.apply_pvc(PVC, backup="hourly", annotations={labels.START_EMPTY: snapshot})
    app.wait_bound(PVC)
    assert app.files(PVC) == {}


def test_an_older_state_comes_back_when_asked_for(app):
    app.protected(PVC)
    taken = datetime.now(UTC) - timedelta(days=2)
    add_snapshot(app, PVC, taken)
    app.delete_pvc(PVC)
    later = (taken + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    app.apply_pvc(PVC, backup="hourly", annotations={labels.RESTORE_AS_OF: later})
    app.wait_bound(PVC)
    assert list(app.files(PVC)) == [FILE]
    assert app.run(PVC, "cat", f"{DATA}/{FILE}") == CONTENT


def test_asking_for_a_time_before_the_first_backup_is_denied_with_the_times(app):
    app.protected(PVC)
    app.delete_pvc(PVC)
    with pytest.raises(KubectlError, match=r"20\d\d-"):
        app.apply_pvc(
            PVC, backup="hourly", annotations={labels.RESTORE_AS_OF: "2001-01-01T00:00:00Z"}
        )


def test_a_forged_image_is_not_bound(app):
    """A destination whose status claims an image that nobody restored."""
    _, snapshot = app.protected(PVC)
    app.apply_pvc("empty")
    app.wait_bound("empty")
    _take_snapshot(app, "forged", "empty")
    app.delete_pvc(PVC)
    with scaled(MOVER, 0):
        app.apply_pvc(PVC, backup="hourly")
        app.wait_object("replicationdestination", PVC)
        _forge(app, image="forged", snapshot="0" * len(snapshot))
        wait_until("the denial as an event", lambda: "volsync-restore-gate" in _events(app))
        assert app.pvc(PVC)["status"]["phase"] == "Pending"
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
