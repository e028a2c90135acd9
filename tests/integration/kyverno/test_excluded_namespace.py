"""A tier label where nothing is backed up is refused, by the API server itself."""

import signal

import pytest

from contract.labels import BACKUP
from contract.names import Claim
from contract.scope import ALWAYS_EXCLUDED
from manifests.policies import excluded_namespace
from stack.exclusion import labelled_pvcs
from tests.integration.kyverno.api import Refused, eventually
from tests.integration.kyverno.conftest import EXCLUDED
from tests.integration.kyverno.objects import bind, pvc
from tests.integration.kyverno.test_guard import is_admitted

WORDS = f"does nothing in namespace {EXCLUDED}"
OF_KUBERNETES = sorted(name for name in ALWAYS_EXCLUDED if name.startswith("kube-"))


@pytest.fixture(params=["Kyverno is up", "Kyverno is down"])
def kyverno_up_or_down(kyverno, request: pytest.FixtureRequest):
    down = request.param == "Kyverno is down"
    if down:
        kyverno.admission.send_signal(signal.SIGSTOP)
    yield
    if down:
        kyverno.admission.send_signal(signal.SIGCONT)


@pytest.mark.usefixtures("kyverno_up_or_down")
@pytest.mark.parametrize("tier", ["hourly", "daily"])
@pytest.mark.parametrize("namespace", [EXCLUDED, *OF_KUBERNETES])
def test_a_new_pvc_is_refused_a_tier_in_words(kyverno, namespace, tier):
    with pytest.raises(Refused, match=f"does nothing in namespace {namespace}, which is excluded"):
        kyverno.api.create(pvc(namespace, "new", tier=tier))


@pytest.mark.usefixtures("kyverno_up_or_down")
@pytest.mark.parametrize("tier", [None, "none"])
def test_a_pvc_without_a_tier_is_created(kyverno, tier):
    assert kyverno.api.create(pvc(EXCLUDED, "plain", tier=tier), dry_run=True)


@pytest.mark.parametrize(
    ("name", "before"), [("bare", None), ("exempt", "none"), ("odd", "weekly")]
)
@pytest.mark.parametrize("is_bound", [True, False])
def test_a_tier_that_is_set_later_is_refused(kyverno, name, before, is_bound):
    live = kyverno.api.create(pvc(EXCLUDED, f"{name}-{is_bound}".lower(), tier=before))
    if is_bound:
        bind(kyverno.api, live)
    with pytest.raises(Refused, match=WORDS):
        kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "daily"}}})
    kyverno.api.delete(live)


def test_a_label_from_before_the_exclusion_stops_no_update_and_no_deletion(kyverno):
    binding = excluded_namespace.objects(kyverno.params)[1]
    kyverno.api.delete(binding)
    manifest = pvc(EXCLUDED, "from-before", tier="hourly")
    eventually(lambda: is_admitted(kyverno.api, manifest))
    live = kyverno.api.create(manifest)
    kyverno.api.apply(binding)
    probe = pvc(EXCLUDED, "probe", tier="hourly")
    eventually(lambda: not is_admitted(kyverno.api, probe))
    kyverno.api.merge(live, {"metadata": {"annotations": {"team": "a"}}})
    bind(kyverno.api, live)
    with pytest.raises(Refused, match=WORDS):
        kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "daily"}}})
    kyverno.api.merge(live, {"metadata": {"labels": {BACKUP: "none"}}})
    kyverno.api.delete(live)
    eventually(lambda: kyverno.api.get(live) is None)


def test_the_movers_volumes_are_made_where_a_policy_labels_every_pvc(kyverno, mover, volsync):
    """A source from before the exclusion goes on."""
    for api in (mover, volsync):
        assert api.create(pvc(EXCLUDED, "volsync-data-backup-src", tier="daily"), dry_run=True)


def test_the_clusters_labelled_pvcs_are_known_to_a_preview(kyverno, mover, shell, monkeypatch):
    live = mover.create(pvc(EXCLUDED, "known", tier="daily"))
    kyverno.api.create(pvc(EXCLUDED, "not-labelled", tier="none"))
    for name, value in shell.environ.items():
        monkeypatch.setenv(name, value)
    pvcs = labelled_pvcs("x")
    kyverno.api.delete(live)
    assert Claim(EXCLUDED, "known") in pvcs
    assert Claim(EXCLUDED, "not-labelled") not in pvcs
    assert labelled_pvcs("another") == []
