"""scripts/break-glass on the real control plane: it opens without Kyverno, and closes again."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract import scope
from manifests.render import all_policies, native_policies
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Refused
from tests.integration.kyverno.objects import pvc, ref
from tests.tooling import tool

SCRIPT = Path(__file__).parents[3] / "scripts" / "break-glass"
RECORD_NAME = "pvc-backup-break-glass"
RECORD = ref("v1", "ConfigMap", scope.VOLSYNC_NAMESPACE, RECORD_NAME)
NAMESPACE = "in-need"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/{0}webhookconfigurations"

Glass = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def glass(kyverno, tmp_path_factory) -> Iterator[Glass]:
    """The script, run with an interpreter that has nothing installed; closed at the end."""
    path = f"{Path(tool('kubectl')).parent}:{os.defpath}"
    home = str(tmp_path_factory.mktemp("home"))  # for kubectl's cache
    env = {"PATH": path, "HOME": home, "KUBECONFIG": str(kyverno.plane.kubeconfig)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [f"{sys.base_prefix}/bin/python3", "-I", SCRIPT, *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    kyverno.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    kyverno.script.set_answers(NAMESPACE, answers.unknown("disk on fire"))
    yield run
    closed = run("close")
    assert closed.returncode == 0, closed.stderr


@dataclass
class Story:
    """What was seen: Kyverno stopped, the glass broken, Kyverno back, the glass mended."""

    before: list[dict]
    runs: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)
    admitted: dict[str, bool] = field(default_factory=dict)
    denying: list[str] = field(default_factory=list)
    after: list[dict] = field(default_factory=list)


@pytest.fixture(scope="module")
def story(kyverno, glass) -> Story:
    record = Story(policies(kyverno))
    kyverno.admission.send_signal(signal.SIGSTOP)
    try:
        record.runs["open"] = glass("open", "--reason", "the disk is on fire")
        record.admitted["while Kyverno is down"] = admits(kyverno, "in-need")
        record.runs["open again"] = glass("open", "--reason", "once more")
        record.runs["close too early"] = glass("close")
    finally:
        kyverno.admission.send_signal(signal.SIGCONT)
    record.runs["status"] = glass("status")
    record.denying = denying(kyverno)
    record.admitted["while it is open"] = admits(kyverno, "still")
    record.runs["close"] = glass("close")
    record.admitted["when it is closed"] = admits(kyverno, "afterwards")
    record.runs["status after"] = glass("status")
    record.after = policies(kyverno)
    return record


def admits(kyverno, name: str) -> bool:
    """Whether a labelled PVC can be created while nobody knows its backups."""
    try:
        return bool(kyverno.api.create(pvc(NAMESPACE, name)))
    except Refused:
        return False


def policies(kyverno) -> list[dict]:
    """Of every policy, guard and webhook what its author wrote, and who that was."""
    manifests = [*all_policies(kyverno.params), *native_policies(kyverno.params)]
    manifests.append(kyverno.webhook.configuration)
    live = [kyverno.api.get(manifest) or {"metadata": {}} for manifest in manifests]
    return [
        {
            "spec": obj.get("spec"),
            "webhooks": obj.get("webhooks"),
            "annotations": obj["metadata"].get("annotations"),
            "appliers": [
                entry["manager"]
                for entry in obj["metadata"].get("managedFields", [])
                if entry["operation"] == "Apply"
            ],
        }
        for obj in live
    ]


def denying(kyverno) -> list[str]:
    """The webhooks that can stop a PVC."""
    configurations = [
        item
        for kind in ("validating", "mutating")
        for item in kyverno.api.call("GET", WEBHOOKS.format(kind))["items"]
    ]
    return [
        hook["name"]
        for configuration in configurations
        for hook in configuration.get("webhooks", [])
        if hook["failurePolicy"] == "Fail"
        and any("persistentvolumeclaims" in rule["resources"] for rule in hook["rules"])
    ]


def test_without_kyverno_it_opens_and_a_labelled_pvc_can_be_created(story):
    assert story.runs["open"].returncode == 0, story.runs["open"].stderr
    assert "binds EMPTY" in story.runs["open"].stdout
    assert story.admitted["while Kyverno is down"]


def test_a_kyverno_that_is_back_does_not_close_it_by_itself(story):
    assert story.admitted["while it is open"]
    assert story.runs["status"].stdout.startswith("open since ")
    assert "missing   ValidatingPolicy volsync-bind-gate" in story.runs["status"].stdout


def test_nothing_that_denies_a_pvc_is_left_out(story):
    assert story.denying == []


def test_it_stays_open_while_kyverno_cannot_take_the_policies_back(story):
    assert story.runs["close too early"].returncode == 1
    assert "still open; run close again" in story.runs["close too early"].stderr


def test_closed_it_denies_as_before(story):
    assert story.runs["close"].returncode == 0, story.runs["close"].stderr
    assert not story.admitted["when it is closed"]
    assert story.runs["status after"].stdout.startswith("closed\n")


def test_every_policy_comes_back_as_its_author_left_it_though_it_was_opened_twice(story):
    assert story.runs["open again"].returncode == 0
    assert story.after == story.before


def test_what_was_created_unchecked_is_named(story):
    line = f"created unchecked, look whether it should have been restored: {NAMESPACE}/in-need"
    assert line in story.runs["close"].stdout.splitlines()


def test_who_opened_it_when_and_why_stays_written_down(kyverno, story):
    log = kyverno.api.get(RECORD)["data"]["log"]
    assert story.runs["status after"].stdout.endswith(log)
    for words in ("opened by admin", "the disk is on fire", "once more", "closed by admin"):
        assert words in log
    path = f"/api/v1/namespaces/{scope.VOLSYNC_NAMESPACE}/events"
    messages = [event["message"] for event in kyverno.api.call("GET", path)["items"]]
    assert any("the disk is on fire" in message for message in messages)


def test_it_opens_while_kyverno_works_but_nobody_knows_the_backups(kyverno, glass, story):
    assert glass("open", "--reason", "the export is lost").returncode == 0
    assert admits(kyverno, "without-export")


@pytest.mark.parametrize("arguments", [["open"], ["open", "--reason", " "], []])
def test_without_a_reason_nothing_happens(kyverno, glass, story, arguments):
    glass("close")
    assert glass(*arguments).returncode == 2
    assert policies(kyverno) == story.before


PLANTED = {
    "manager": "pulumi",
    "policy": {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ValidatingPolicy",
        "metadata": {"name": "volsync-restore-gate"},
        "spec": {
            "matchConstraints": {"resourceRules": []},
            "validations": [{"expression": "true"}],
        },
    },
}


@pytest.fixture
def plant(kyverno, glass) -> Iterator[Callable[[], None]]:
    """What whoever may write ConfigMaps beside pvc-plumber can prepare."""
    log = (kyverno.api.get(RECORD) or {}).get("data", {})

    def plant() -> None:
        data = {"policies": json.dumps([PLANTED]), "since": "2026-01-01T00:00:00Z"}
        kyverno.api.apply({**RECORD, "data": data})

    yield plant
    kyverno.api.delete(RECORD)
    kyverno.api.apply({**RECORD, "data": log})
    assert glass("close").returncode == 0


def test_a_record_that_somebody_prepared_stops_open_before_anything_is_removed(
    kyverno, glass, story, plant
):
    glass("close")
    plant()
    opened = glass("open", "--reason", "the disk is on fire")
    assert opened.returncode == 1
    assert "holds policies, since, which is not of this script" in opened.stderr
    assert "delete configmap pvc-backup-break-glass" in opened.stderr
    assert policies(kyverno) == story.before


def test_close_applies_nothing_that_was_prepared(kyverno, glass, story, plant):
    glass("close")
    plant()
    assert glass("close").stdout == "closed: nothing to do\n"
    assert policies(kyverno) == story.before


def test_close_puts_back_what_was_removed_though_the_record_was_changed_meanwhile(
    kyverno, glass, story, plant
):
    assert glass("open", "--reason", "the export is lost").returncode == 0
    plant()
    closed = glass("close")
    assert "somebody else has prepared it" in closed.stderr
    assert policies(kyverno) == story.before


def test_nothing_of_the_copy_is_left(kyverno, glass, story):
    glass("close")
    keeper = ref("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "", RECORD_NAME)
    assert kyverno.api.get(keeper) is None
