"""The same program twice: onto a cluster, and as YAML. cli/test_render.py adds the charts."""

import pulumi
import pytest

from stack.target import PULUMI, REPLACED, WAVE, annotated, checked
from tests.unit.stack.recording import record_program
from tests.unit.stack.stacks import ROOT, TOKEN, stack

NO_CHARTS = {name: {"install": False} for name in ("kyverno", "volsync")}
VALUES = stack(ROOT / "Pulumi.prod.yaml") | NO_CHARTS
# What holds a password never goes into a file.
LEFT_OUT = {"secret-store-token", "kopia-ui-secret", "kopia-ui-password"}


@pytest.fixture(scope="module")
def deployed():
    return record_program(VALUES)


@pytest.fixture(scope="module")
def rendered():
    return record_program(VALUES | {"render": {"folder": "out"}}, {})


def _objects(recording):
    """Everything but the annotations that only one of the two ways needs."""
    objects = {}
    for item in recording.resources:
        if item.typ.startswith("kubernetes:"):
            metadata = item.inputs["metadata"]
            kept = {
                key: value
                for key, value in metadata.get("annotations", {}).items()
                if not key.startswith(PULUMI) and key not in {WAVE, *REPLACED}
            }
            objects[item.name] = {**item.inputs, "metadata": {**metadata, "annotations": kept}}
    return objects


def _step(rendered, name):
    return int(rendered.one(name).provider.rpartition("::")[0].rpartition("-")[2])


def test_every_object_of_a_deployment_is_rendered_as_it_is_but_passwords(deployed, rendered):
    wanted = _objects(deployed)
    assert LEFT_OUT & set(wanted)
    assert _objects(rendered) == {k: v for k, v in wanted.items() if k not in LEFT_OUT}


def test_no_password_is_made_or_asked_for(rendered):
    assert not {item.kind for item in rendered.resources} & {"Secret", "RandomPassword"}
    assert TOKEN["secretStoreToken"] not in str(rendered)


def test_what_others_are_made_in_comes_first(rendered):
    assert {_step(rendered, item.name) for item in rendered.of_kind("Namespace")} == {0}
    assert "kubernetes-0" not in str([i.provider for i in rendered.of_kind("Deployment")])


def test_a_component_comes_a_step_after_what_it_needs(rendered):
    order = [
        "guards-volsync-backup-label-validatingadmissionpolicy",
        "secret-store-store",
        "repository-bootstrap",
        "pvc-plumber-deployment",
        "backup-policies-volsync-pvc-backup-restore-validatingpolicy",
    ]
    assert [_step(rendered, name) for name in order] == [1, 2, 3, 4, 5]


def test_the_wave_is_the_folder(rendered):
    for item in rendered.resources:
        if item.typ.startswith("kubernetes:"):
            annotations = item.inputs["metadata"]["annotations"]
            assert annotations[WAVE] == str(_step(rendered, item.name))
            assert not [key for key in annotations if key.startswith(PULUMI)]


def test_the_job_is_replaced_by_the_tools_since_it_cannot_be_changed(rendered):
    (job,) = rendered.of_kind("Job")
    assert REPLACED.items() <= job.inputs["metadata"]["annotations"].items()
    assert not REPLACED.keys() & annotated({"name": "n"}, "CronJob", 1)["annotations"].keys()


def test_annotations_of_the_object_itself_stay():
    assert annotated({"annotations": {"a": "b"}}, "Service", 2)["annotations"] == {
        "a": "b",
        WAVE: "2",
    }


@pytest.mark.parametrize("before", [{}, {"image": "i", "rendered": "elsewhere"}])
def test_a_new_stack_and_one_that_was_rendered_can_be_rendered(before):
    assert checked("out")(before) == "out"


def test_a_stack_that_runs_on_a_cluster_is_never_rendered():
    with pytest.raises(pulumi.RunError, match=r"^render\.folder: .* stack init"):
        checked("out")({"image": "i"})
