"""Most files of a PVC are deleted, and the next backup records that."""

from contract import labels
from lab.application import kubectl
from tests.e2e.movers import condition
from tests.e2e.snapshots import snapshots

PVC = "data"
HELD = "RetentionHeld"


def test_after_a_great_loss_old_snapshots_stay_until_a_person_accepts_it(app):
    _, whole = app.protected(PVC)
    app.run(PVC, "rm", "-r", "/data/many")
    lost = app.back_up(PVC, "lost")["snapshot"]
    held = condition(app, "replicationsource", PVC, HELD)
    assert held["status"] == "True"
    assert lost in held["message"]
    event = ("get", "events", "--field-selector", f"reason={HELD},involvedObject.name={PVC}")
    assert HELD in kubectl("-n", app.namespace, *event)
    still = app.back_up(PVC, "still")["snapshot"]
    # Of three in one hour the oldest would have expired.
    assert [taken["id"] for taken in snapshots(app.claim(PVC))] == [whole, lost, still]

    accepted = f"{labels.ACCEPT_LOSS}={lost}"
    kubectl("-n", app.namespace, "annotate", "pvc", PVC, accepted)
    newest = app.back_up(PVC, "accepted")["snapshot"]
    assert condition(app, "replicationsource", PVC, HELD)["status"] == "False"
    assert [taken["id"] for taken in snapshots(app.claim(PVC))] == [still, newest]
