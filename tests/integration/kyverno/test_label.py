"""Labels that protect nothing are refused by the API server itself."""

import signal

import pytest

from contract.labels import BACKUP
from contract.names import PVC_NAME_LIMIT
from manifests.policies import label
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Refused, eventually
from tests.integration.kyverno.conftest import EXCLUDED
from tests.integration.kyverno.objects import bind, our_source, pvc

LONG = "x" * (PVC_NAME_LIMIT + 1)


@pytest.mark.parametrize("value", ["weekly", "Hourly", "", "true"])
def test_a_value_that_is_no_tier_is_denied(kyverno, namespace, value):
    with pytest.raises(Refused, match="use one of hourly, daily, none"):
        kyverno.api.create(pvc(namespace, tier=value))


def test_a_change_to_a_value_that_is_no_tier_is_denied(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.fresh())
    live = kyverno.api.create(pvc(namespace))
    with pytest.raises(Refused, match="weekly is no tier"):
        kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "weekly"}}})


def test_a_name_that_cannot_be_restored_is_denied_a_tier(kyverno, namespace):
    with pytest.raises(Refused, match="more than 63 characters"):
        kyverno.api.create(pvc(namespace, LONG))


def test_a_tier_for_such_a_name_is_denied_later_too(kyverno, namespace):
    live = kyverno.api.create(pvc(namespace, LONG, tier=None))
    with pytest.raises(Refused, match="more than 63 characters"):
        kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "daily"}}})


def test_the_longest_name_that_can_be_restored_is_accepted(kyverno, namespace):
    assert kyverno.api.create(pvc(namespace, LONG[1:]))


@pytest.mark.parametrize("value", [None, "none"])
def test_a_long_name_without_a_tier_is_accepted(kyverno, namespace, value):
    assert kyverno.api.create(pvc(namespace, LONG, tier=value))


@pytest.mark.parametrize("before", [None, "none"])
def test_a_tier_that_comes_too_late_to_be_restored_is_denied(kyverno, namespace, before):
    kyverno.script.set_answers(namespace, answers.restore())
    live = kyverno.api.create(pvc(namespace, tier=before))
    with pytest.raises(Refused, match="delete the PVC and create it with the label"):
        kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "daily"}}})
    kyverno.api.delete(live)
    eventually(lambda: kyverno.api.get(live) is None)
    assert kyverno.api.create(pvc(namespace))["spec"]["dataSourceRef"] == our_source()


def test_a_bound_pvc_may_be_given_a_tier(kyverno, namespace):
    live = kyverno.api.create(pvc(namespace, tier=None))
    bind(kyverno.api, live)
    kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "daily"}}})


def test_a_waiting_pvc_may_change_its_tier(kyverno, namespace):
    live = kyverno.api.create(pvc(namespace, tier="hourly"))
    kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "daily"}}})


def test_a_label_may_come_back_to_a_pvc_that_waits_for_its_restore(kyverno, namespace):
    kyverno.script.set_answers(namespace, answers.restore())
    live = kyverno.api.create(pvc(namespace))
    kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: None}}})
    kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "hourly"}}})


def test_a_dead_kyverno_stops_no_correct_label_and_lets_no_wrong_one_in(kyverno, namespace):
    waiting = kyverno.api.create(pvc(namespace, tier="hourly"))
    bound = kyverno.api.create(pvc(namespace, "bound", tier=None))
    bind(kyverno.api, bound)
    kyverno.admission.send_signal(signal.SIGSTOP)
    try:
        for live in (waiting, bound):
            kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "daily"}}})
            with pytest.raises(Refused, match="weekly is no tier"):
                kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "weekly"}}})
    finally:
        kyverno.admission.send_signal(signal.SIGCONT)


def test_a_label_that_is_no_tier_is_nobodys_business_in_an_excluded_namespace(kyverno):
    live = kyverno.api.create(pvc(EXCLUDED, "weekly", tier="weekly"))
    kyverno.api.delete(live)


def test_a_wrong_label_from_before_never_stops_an_update_or_a_delete(kyverno, namespace):
    binding = label.objects(kyverno.params)[1]
    kyverno.api.delete(binding)
    live = eventually(lambda: _created(kyverno, pvc(namespace, tier="weekly")))
    kyverno.api.apply(binding)
    eventually(lambda: not _created(kyverno, pvc(namespace, "probe", tier="weekly")))
    kyverno.api.merge(live, {"metadata": {"annotations": {"team": "a"}}})
    kyverno.admission.send_signal(signal.SIGSTOP)
    try:
        kyverno.api.merge(live, {"metadata": {"annotations": {"team": "b"}}})
        kyverno.api.delete(live)
    finally:
        kyverno.admission.send_signal(signal.SIGCONT)
    eventually(lambda: kyverno.api.get(live) is None)


def _created(kyverno, manifest):
    try:
        live = kyverno.api.create(manifest)
    except Refused:
        return None
    if manifest["metadata"]["name"] == "probe":
        kyverno.api.delete(live)
    return live
