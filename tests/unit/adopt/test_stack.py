import re

import pytest

from adopt.stack import kinds, settings
from stack import schema
from stack.settings import Settings
from tests.unit.adopt.origin import HELM, adopted, crd, deployment, obj, origin

ID = "ab" * 32


def values(objects):
    return {setting.key: setting.value for setting in settings(objects, ID)}


def test_a_cluster_of_the_origin_design_gets_its_settings():
    assert values(origin()) == {
        "repository.uniqueId": ID,
        "volsync.createNamespace": "false",
        "kyverno.install": "false",
        "kyverno.createNamespace": "false",
        "secretStore.install": "false",
        "storage.snapshotClass": "block-snapshot",
        "storage.snapshotCapable[0]": "block",
    }


def test_every_key_is_one_of_the_stacks_and_every_line_sets_it():
    for setting in settings(origin(), ID):
        section, name = re.sub(r"\[\d+\]", "", setting.key).split(".")
        assert name in schema.keys_at(schema.of(Settings), [section])
        assert setting.command.startswith("pulumi config set --path ")


def test_a_stack_that_is_deployed_is_told_its_pin_only():
    assert values(adopted()) == values({}) == {"repository.uniqueId": ID}


@pytest.mark.parametrize(
    ("image", "value"),
    [
        ("registry.example/kyverno:v1.19.1", "false"),
        ("registry.example/kyverno:v1.20.0@sha256:aa", "false"),
        ("registry.example/kyverno:v1.18.3", ""),
        ("registry.example/kyverno@sha256:aa", ""),
    ],
)
def test_a_kyverno_that_is_too_old_or_unknown_is_not_taken_as_it_is(image, value):
    running = deployment("kyverno-admission-controller", "kyverno", image)
    assert values(origin() | {"deployments": [running]})["kyverno.install"] == value


def test_a_kyverno_elsewhere_is_a_choice_for_a_person():
    running = deployment("kyverno-admission-controller", "policy", "kyverno:v1.19.1")
    assert values(origin() | {"deployments": [running]})["kyverno.install"] == ""


@pytest.mark.parametrize(
    ("tag", "value"), [("0.16.0", "false"), ("v0.17.1", "false"), ("0.15.1", "")]
)
def test_an_upstream_volsync_is_kept_where_it_can_serve(tag, value):
    running = deployment("volsync", "volsync-system", f"registry.example/backube/volsync:{tag}")
    objects = origin() | {"deployments": [running]}
    assert values(objects)["volsync.install"] == value
    assert kinds(objects) == ()


def test_a_store_of_another_name_is_shown_and_left_to_a_person():
    named = values(origin() | {"clustersecretstores": [obj("vault"), obj("aws")]})
    assert named["secretStore.name"] == ""
    assert "secretStore.install" not in named
    assert (
        values(origin() | {"clustersecretstores": []})
        .keys()
        .isdisjoint({"secretStore.name", "secretStore.install"})
    )


def test_with_two_snapshot_drivers_nothing_is_chosen():
    snapshot_class = obj("other") | {"driver": "other.csi"}
    objects = origin()
    objects["volumesnapshotclasses"].append(snapshot_class)
    assert (
        values(objects)["storage.snapshotClass"]
        == values(objects)["storage.snapshotCapable[0]"]
        == ""
    )


def test_kinds_that_helm_would_not_take_over_are_named():
    assert [kind.name.partition(".")[0] for kind in kinds(origin())] == [
        "replicationdestinations",
        "replicationsources",
    ]
    adopted_crd = crd("replicationsources", **HELM)
    adopted_crd["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "Helm"}
    assert kinds(origin() | {"customresourcedefinitions": [adopted_crd]}) == ()
