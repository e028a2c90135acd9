import pytest

from contract import labels, schedule
from lab.application import Application, KubectlError, kubectl
from lab.objects.storage import WAITING_CLASS
from lab.polling import wait_until, wait_until_gone
from tests.e2e.movers import wait_tidy

PVC = "data"


@pytest.fixture(scope="module")
def backed_up(shared: Application) -> Application:
    shared.protected(PVC)
    return shared


def test_the_two_objects_appear_and_belong_to_the_pvc(backed_up):
    uid = backed_up.pvc(PVC)["metadata"]["uid"]
    objects = backed_up.objects(PVC)
    assert set(objects) == {"replicationdestination", "replicationsource"}
    for item in objects.values():
        assert [owner["uid"] for owner in item["metadata"]["ownerReferences"]] == [uid]
        assert item["metadata"]["labels"][labels.MANAGED_BY] == labels.KYVERNO
        assert item["metadata"]["labels"][labels.PVC] == PVC


def test_the_first_backup_follows_soon_without_being_asked_for(app):
    app.apply_pvc(PVC, backup="daily")
    assert app.wait_backup(PVC)["snapshot"]


def test_a_backup_tells_what_is_in_it(backed_up):
    assert int(backed_up.wait_backup(PVC)["files"]) > 200


def test_the_schedule_is_the_one_that_the_contract_gives(backed_up):
    spec = backed_up.objects(PVC)["replicationsource"]["spec"]
    assert spec["trigger"]["schedule"] == schedule.cron("hourly", backed_up.claim(PVC))


def test_a_backup_leaves_no_temporary_behind(backed_up):
    wait_tidy(backed_up, PVC)


def test_no_source_appears_before_the_pvc_is_bound(app):
    app.apply_pvc("waiting", backup="daily", storage_class=WAITING_CLASS)
    app.wait_object("replicationdestination", "waiting")
    assert app.pvc("waiting")["status"]["phase"] == "Pending"
    assert "replicationsource" not in app.objects("waiting")


def test_another_tier_changes_the_schedule(app):
    app.apply_pvc(PVC, backup="hourly")
    app.wait_object("replicationsource", PVC)
    kubectl("-n", app.namespace, "label", "pvc", PVC, "backup=daily", "--overwrite")
    wanted = schedule.cron("daily", app.claim(PVC))

    def changed() -> bool:
        return app.objects(PVC)["replicationsource"]["spec"]["trigger"]["schedule"] == wanted

    wait_until("the daily schedule", changed, timeout=60)


def test_a_removed_label_removes_exactly_its_objects(app):
    for name in ("leaving", "staying"):
        app.apply_pvc(name, backup="hourly")
    for name in ("leaving", "staying"):
        app.wait_backup(name)
    kubectl("-n", app.namespace, "label", "pvc", "leaving", "backup-")
    wait_until_gone("the objects", lambda: app.objects("leaving"), timeout=150)
    assert len(app.objects("staying")) == 2
    assert app.pvc("leaving")["status"]["phase"] == "Bound"


def test_a_label_in_an_excluded_namespace_is_denied_and_a_pvc_without_is_left_alone(deployed):
    app = Application("volsync-system")
    with pytest.raises(KubectlError, match="does nothing in namespace volsync-system"):
        app.apply_pvc("excluded", backup="hourly")
    app.apply_pvc("excluded")
    try:
        app.wait_bound("excluded")
        assert app.objects("excluded") == {}
    finally:
        kubectl("-n", app.namespace, "delete", "pvc", "excluded")


def test_a_pvc_without_label_gets_nothing(app):
    app.apply_pvc("plain")
    app.wait_bound("plain")
    assert app.objects("plain") == {}
