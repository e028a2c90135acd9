import json

from adopt.cluster import Cluster
from adopt.report import body
from tests.unit.adopt.origin import adopted, origin, pvc
from tests.unit.adopt.scene import report_on


def pvcs(*names: str) -> Cluster:
    return Cluster(
        objects={"persistentvolumeclaims": [pvc(name) for name in names]}, is_whole=False
    )


def test_a_cluster_that_is_adopted_is_settled():
    done = report_on("data-backup@media", cluster=Cluster(objects=adopted()))
    assert done.is_settled
    assert done.renames == ()


def test_each_thing_that_is_left_keeps_it_from_being_settled():
    assert report_on("data-backup@media", cluster=pvcs("data")).is_settled
    assert not report_on("data@media", cluster=pvcs("data")).is_settled
    assert not report_on("a-backup@media", "a@media", cluster=Cluster(objects=origin())).is_settled
    assert not report_on("data-backup@media:/x", "data@media", cluster=pvcs("data")).is_settled


def test_a_labelled_pvc_without_a_backup_is_told_and_is_no_fault():
    new = report_on(cluster=pvcs("new"))
    assert new.is_settled
    assert body(new, "kopia")["pvcs"][0]["state"] == "no-backup"


def test_a_pvc_without_label_and_backup_is_counted_only():
    answer = body(report_on("data-backup@media", cluster=Cluster(objects=origin())), "kopia")
    assert [pvc["pvc"] for pvc in answer["pvcs"]] == ["data", "pg-1"]
    assert answer["otherPvcs"] == 1


def test_the_json_tells_age_and_count_and_the_line_of_each_owner():
    answer = body(report_on("data@media", cluster=pvcs("data")), "kopia")
    (source,) = answer["sources"]
    assert (source["fate"], source["snapshots"], source["age"]) == ("rename", 1, 7200)
    assert source["time"] == "2026-05-01T12:00:00Z"
    (owner,) = source["owners"]
    assert owner["command"] in answer["renames"]
    assert owner["back"].endswith("data-backup@media:/data data@media:/data")
    assert answer["pvcs"][0]["sources"] == ["data@media:/data"]


def test_the_json_is_json_with_every_step():
    answer = json.loads(json.dumps(body(report_on(cluster=Cluster(objects=origin())), "kopia")))
    assert {str(conflict["step"]) for conflict in answer["rivals"]} < set(answer["steps"])
    assert answer["objectsRead"] is answer["pvcsRead"] is True


def test_without_a_cluster_sources_are_read_by_their_names():
    alone = report_on("data-backup@media", cluster=None)
    assert alone.is_settled
    assert body(alone, "kopia")["sources"][0]["fate"] == "recognised"
    assert not body(alone, "kopia")["pvcsRead"]
    assert not report_on("data-backup@media", "data@laptop:/home", cluster=None).is_settled


def test_a_pvc_in_an_excluded_namespace_holds_nothing_up():
    away = Cluster(objects={"persistentvolumeclaims": [pvc("data", "kyverno")]}, is_whole=False)
    doubt = report_on("data-backup@kyverno:/x", "data-backup@kyverno:/y", cluster=away)
    assert doubt.is_settled
    assert doubt.match.states[doubt.listed[0].claim].value == "ambiguous"
