"""Our own webhook on a real API server: what Kyverno let pass is denied, and it is guarded."""

import copy
from collections.abc import Iterator

import pytest

from contract.answer import Decision
from contract.labels import (
    BACKUP,
    BIND_COMPLETED,
    DECISION,
    RESTORE_FROM,
    SELECTED_NODE,
    START_EMPTY,
)
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Refused, eventually
from tests.integration.kyverno.objects import bind, our_source, pvc
from tests.unit.plumber.conftest import SNAPSHOT

NARROWED = "is not as it was deployed"
UNSEEN = "has not seen this PVC"
TIERED = {"metadata": {"labels": {BACKUP: "daily"}}}
ON_CREATION = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["CREATE"],
    "resources": ["persistentvolumeclaims"],
}


def _restores(kyverno, namespace: str) -> None:
    kyverno.script.set_answers(namespace, answers.restore(SNAPSHOT.id))
    kyverno.webhook.decisions[namespace] = Decision.RESTORE


def test_what_kyverno_restores_is_admitted(kyverno, namespace):
    _restores(kyverno, namespace)
    live = kyverno.api.create(pvc(namespace))
    assert live["spec"]["dataSourceRef"] == our_source()
    assert live["metadata"]["annotations"][DECISION] == "restore"


def test_a_backup_that_kyverno_does_not_know_is_not_bound_over(kyverno, namespace):
    """As a replica answers that has not compiled its policies: allowed, and unchanged."""
    kyverno.script.set_answers(namespace, answers.fresh())
    kyverno.webhook.decisions[namespace] = Decision.RESTORE
    with pytest.raises(Refused, match="would not restore it; create it again"):
        kyverno.api.create(pvc(namespace))
    kyverno.api.create(pvc(namespace, tier=None))


def test_who_answers_kyverno_in_pvc_plumbers_place_gets_no_older_backup_restored(
    kyverno, namespace
):
    kyverno.script.set_answers(namespace, answers.restore("f" * 32))
    kyverno.webhook.decisions[namespace] = Decision.RESTORE
    with pytest.raises(Refused, match="would not restore it; create it again"):
        kyverno.api.create(pvc(namespace))


def test_an_unknown_state_is_denied_whatever_kyverno_was_told(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    kyverno.webhook.decisions[namespace] = Decision.UNKNOWN
    with pytest.raises(Refused, match="unknown, so it could bind empty"):
        kyverno.api.create(pvc(namespace))


@pytest.fixture
def late_label(kyverno, namespace: str) -> Iterator[None]:
    """A policy of somebody's that labels each PVC of the namespace, but runs after ours."""
    rule = {
        "name": "label",
        "match": {
            "any": [
                {
                    "resources": {
                        "kinds": ["PersistentVolumeClaim"],
                        "namespaces": [namespace],
                        "operations": ["CREATE"],
                    }
                }
            ]
        },
        "mutate": {"patchStrategicMerge": {"metadata": {"labels": {f"+({BACKUP})": "daily"}}}},
    }
    policy = {
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {"name": f"label-{namespace}"},
        "spec": {"background": False, "rules": [rule]},
    }
    kyverno.api.create(policy)
    kyverno.script.set_answers(namespace, answers.fresh())

    def labels() -> bool:
        try:
            probe = kyverno.api.create(pvc(namespace, "probe", tier=None), dry_run=True)
        except Refused:
            return True  # it is labelled, and denied
        return BACKUP in probe["metadata"].get("labels", {})

    eventually(labels, 60)
    yield
    kyverno.api.delete(policy)


def test_a_label_that_a_later_policy_sets_is_denied_for_the_first_pvc(
    kyverno, namespace, late_label
):
    kyverno.webhook.decisions[namespace] = Decision.FRESH
    with pytest.raises(Refused, match=UNSEEN):
        kyverno.api.create(pvc(namespace, tier=None))


def test_a_pvc_of_an_earlier_life_is_freed_from_its_marks(kyverno, namespace):
    _restores(kyverno, namespace)
    exported = {BIND_COMPLETED: "yes", SELECTED_NODE: "n1", RESTORE_FROM: "c" * 32}
    live = kyverno.api.create(pvc(namespace, annotations=exported))
    annotations = live["metadata"]["annotations"]
    assert BIND_COMPLETED not in annotations
    assert SELECTED_NODE not in annotations
    assert annotations[RESTORE_FROM] == SNAPSHOT.id


def test_a_late_label_over_backups_is_denied_and_start_empty_is_the_way_out(kyverno, namespace):
    live = kyverno.api.create(pvc(namespace, tier=None))
    bind(kyverno.api, live)
    _restores(kyverno, namespace)
    with pytest.raises(Refused, match="was not filled from its backups"):
        kyverno.api.merge(live, TIERED)
    kyverno.webhook.decisions[namespace] = Decision.UNKNOWN
    with pytest.raises(Refused, match="could hide a backup"):
        kyverno.api.merge(live, TIERED)
    kyverno.webhook.decisions[namespace] = Decision.FRESH  # as it answers to the annotation
    empty = {"metadata": {**TIERED["metadata"], "annotations": {START_EMPTY: SNAPSHOT.id}}}
    kyverno.api.merge(live, empty)
    assert kyverno.webhook.asked[-1].start_empty == SNAPSHOT.id


def test_a_change_of_tier_and_every_other_update_asks_nobody(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    kyverno.webhook.decisions[namespace] = Decision.FRESH
    live = kyverno.api.create(pvc(namespace))
    kyverno.webhook.decisions[namespace] = Decision.UNKNOWN
    kyverno.api.merge(live, TIERED)
    kyverno.api.merge(live, {"metadata": {"annotations": {"touched": "yes"}}})
    kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: None}}})
    kyverno.api.delete(live)


NARROWINGS = {
    "ignores failures": {"failurePolicy": "Ignore"},
    "some namespaces": {"namespaceSelector": {"matchLabels": {"team": "a"}}},
    "some labels": {"objectSelector": {"matchLabels": {"backup": "daily"}}},
    "some requests": {"matchConditions": [{"name": "x", "expression": "false"}]},
    "creations alone": {"rules": [ON_CREATION]},
}


@pytest.mark.parametrize("change", [None, *NARROWINGS.values()], ids=["gone", *NARROWINGS])
def test_without_the_webhook_as_deployed_new_labels_are_denied(kyverno, namespace, change):
    kyverno.script.set_answers(namespace, answers.fresh())
    configuration = kyverno.webhook.configuration
    plain = kyverno.api.create(pvc(namespace, "plain", tier=None))
    bind(kyverno.api, plain)

    def is_denied() -> bool:
        try:
            kyverno.api.create(pvc(namespace), dry_run=True)
        except Refused as refused:
            return NARROWED in str(refused) or "no params found" in str(refused)
        return False

    try:
        if change is None:
            kyverno.api.delete(configuration)
        else:
            narrowed = copy.deepcopy(configuration)
            narrowed["webhooks"][0] |= change
            kyverno.api.apply(narrowed)
        eventually(is_denied, 30)
        with pytest.raises(Refused, match=f"{NARROWED}|no params found"):
            kyverno.api.merge(plain, TIERED)
        kyverno.api.create(pvc(namespace, "more", tier=None))
        kyverno.api.merge(plain, {"metadata": {"annotations": {"touched": "yes"}}})
    finally:
        kyverno.api.apply(configuration)
    eventually(lambda: not is_denied(), 30)
