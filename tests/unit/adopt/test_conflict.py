import pytest

from adopt.conflict import conflicts
from adopt.step import Step
from adopt.volume import volumes
from tests.unit.adopt.origin import adopted, crd, deployment, obj, origin, source


def conflicts_in(objects):
    claims = [volume.claim for volume in volumes(objects["persistentvolumeclaims"])]
    return conflicts(objects, claims)


def test_everything_of_the_origin_design_is_named_in_the_order_of_its_removal():
    steps = [
        (conflict.step, conflict.kind, conflict.namespace, conflict.name)
        for conflict in conflicts_in(origin())
    ]
    assert steps == [
        (Step.CLEANUP, "clustercleanuppolicies", "", "volsync-orphan-cleanup"),
        (Step.CLEANUP, "cronjobs", "media", "reaper"),
        (Step.MAINTENANCE, "cronjobs", "media", "prune"),
        (Step.MAINTENANCE, "kopiamaintenances", "media", "daily"),
        (Step.FORK, "deployments", "volsync-system", "volsync"),
        (Step.INJECT, "mutatingadmissionpolicies", "", "volsync-nfs-inject"),
        (Step.INJECT, "mutatingadmissionpolicies", "", "volsync-wait"),
        (Step.NAMES, "cronjobs", "volsync-system", "kopia-maintenance"),
        (Step.NAMES, "deployments", "volsync-system", "volsync"),
        (Step.NAMES, "deployments,services", "volsync-system", "pvc-plumber"),
        (Step.GATE, "clusterpolicies", "", "volsync-pvc-backup-restore"),
        (Step.GATE, "mutatingwebhookconfigurations", "", "pvc-plumber"),
        (Step.OBJECTS, "externalsecrets", "media", "volsync-data"),
        (Step.OBJECTS, "replicationdestinations", "media", "data-restore"),
        (Step.OBJECTS, "replicationsources", "media", "data-backup"),
        (Step.LEFTOVER, "deployments,services", "media", "kopia"),
    ]


def test_nothing_of_this_system_is_its_own_rival():
    assert conflicts_in(adopted()) == ()


def test_every_rival_says_why_and_how_and_how_back():
    for conflict in conflicts_in(origin()):
        assert conflict.why
        assert conflict.back
        assert conflict.todo.startswith(("kubectl ", "helm uninstall "))


def test_the_lines_are_those_that_a_person_would_type():
    todo = {(conflict.step, conflict.kind): conflict for conflict in conflicts_in(origin())}
    stopped = todo[Step.FORK, "deployments"]
    start = "kubectl --namespace=volsync-system scale deployments volsync --replicas="
    assert (stopped.todo, stopped.back) == (start + "0", start + "1")
    suspended = todo[Step.MAINTENANCE, "cronjobs"]
    assert suspended.todo == (
        'kubectl --namespace=media patch cronjobs prune \'--patch={"spec": {"suspend": true}}\''
    )
    assert "false" in suspended.back
    released = todo[Step.NAMES, "deployments"]
    assert released.todo == "helm uninstall volsync --namespace=volsync-system"


def test_a_release_that_would_take_its_kinds_along_says_so():
    objects = origin()
    assert not any("would go with it" in conflict.why for conflict in conflicts_in(objects))
    objects["customresourcedefinitions"] = [
        crd("replicationsources", **{"helm.sh/resource-policy": ""})
    ]
    assert any(
        "replicationsources.volsync.backube" in conflict.why for conflict in conflicts_in(objects)
    )


def test_a_checker_that_runs_in_the_forks_image_is_the_checker():
    old = deployment("pvc-plumber", "volsync-system", "perfectra1n/volsync:v1", "server.py")
    assert [conflict.step for conflict in conflicts_in(origin() | {"deployments": [old]})].count(
        Step.FORK
    ) == 0


def test_a_policy_that_takes_the_source_of_a_pvc_away_is_a_rival():
    spec = {"match": ["PersistentVolumeClaim"], "mutate": {"spec": {"dataSource": None}}}
    objects = adopted() | {"clusterpolicies": [obj("clean", spec=spec)]}
    assert [(conflict.step, conflict.name) for conflict in conflicts_in(objects)] == [
        (Step.GATE, "clean")
    ]


def test_a_fork_without_a_release_is_deleted():
    objects = origin() | {"deployments": [deployment("sync", "backup", "perfectra1n/volsync:v1")]}
    lines = [conflict.todo for conflict in conflicts_in(objects) if conflict.kind == "deployments"]
    assert "kubectl --namespace=backup delete deployments sync --ignore-not-found" in lines


@pytest.mark.parametrize("claim", ["data", "elsewhere"])
def test_the_forks_objects_are_rivals_whatever_pvc_they_are_of(claim):
    objects = origin() | {"replicationsources": [source("any", claim)]}
    assert "any" in [conflict.name for conflict in conflicts_in(objects)]


def test_what_upstreams_kinds_left_of_the_forks_objects_is_a_rival_by_its_name():
    leftover = obj("data-backup", "media", {"sourcePVC": "data"})
    foreign = obj("photos-backup", "media", {"sourcePVC": "photos", "restic": {}})
    objects = adopted() | {"replicationsources": [leftover, foreign]}
    assert [conflict.name for conflict in conflicts_in(objects)] == ["data-backup"]
