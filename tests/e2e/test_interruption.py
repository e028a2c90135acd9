"""What is killed or deleted in the middle of a backup or a restore."""

from contract import labels
from lab.application import get, kubectl, new_application
from lab.demo import difference
from lab.polling import wait_until_gone
from tests.e2e.jobs import watched
from tests.e2e.movers import kill_controller, temporaries, wait_running, wait_tidy
from tests.e2e.snapshots import snapshots

PVC = "data"
MEGABYTES = 100  # enough that a mover is still at work when it is interrupted


def test_a_killed_controller_costs_neither_a_second_job_nor_a_leftover(app):
    with watched() as jobs:
        app.apply_pvc(PVC)
        before = app.files(PVC, "make", str(MEGABYTES))
        app.apply_pvc(PVC, backup="hourly")
        wait_running(app, PVC, labels.SOURCE)
        kill_controller()
        snapshot_id = app.wait_backup(PVC)["snapshot"]
        wait_tidy(app, PVC)
        assert [snapshot["id"] for snapshot in snapshots(app.claim(PVC))] == [snapshot_id]

        app.delete_pvc(PVC)
        app.apply_pvc(PVC, backup="hourly")
        wait_running(app, PVC, labels.DESTINATION)
        kill_controller()
        app.wait_bound(PVC)
        assert difference(before, app.files(PVC)) == []
        app.back_up(PVC, "afterwards")
        wait_tidy(app, PVC)
        uids = jobs.uids(app.claim(PVC))
    assert [role for role, _ in uids] == [labels.SOURCE, labels.DESTINATION, labels.SOURCE]
    assert [len(job_uids) for job_uids in uids.values()] == [1, 1, 1]


def test_what_is_deleted_in_the_middle_goes_at_once_and_the_mover_works_on(app):
    with new_application() as doomed:
        for place, pvc in ((app, "leaving"), (doomed, PVC)):
            place.apply_pvc(pvc)
            place.files(pvc, "make", str(MEGABYTES))
        doomed.apply_pvc(PVC, backup="hourly")
        doomed.wait_backup(PVC)
        doomed.delete_pvc(PVC)
        doomed.apply_pvc(PVC, backup="hourly")
        wait_running(doomed, PVC, labels.DESTINATION)
        doomed.delete()
        assert get("namespace", doomed.namespace) is None
    app.apply_pvc("leaving", backup="hourly")
    app.stop("leaving")
    wait_running(app, "leaving", labels.SOURCE)
    kubectl("-n", app.namespace, "delete", "pvc", "leaving", "--timeout=60s")
    wait_until_gone("all that was left", lambda: temporaries(app, "leaving"))
    assert app.objects("leaving") == {}
    _, snapshot = app.protected("staying")
    assert [taken["id"] for taken in snapshots(app.claim("staying"))] == [snapshot]
