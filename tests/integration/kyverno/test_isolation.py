"""The policies of movers that work apart, in the place of those of movers that do not, and back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract import labels, repository
from contract.environment import Isolation
from contract.scope import MOVERS_NAMESPACE
from contract.volsync import SpecKey
from manifests.params import PolicyParams
from manifests.render import all_policies, kyverno_objects
from tests.integration.kyverno.api import Api, eventually
from tests.integration.kyverno.conftest import REPORTS_READY, is_ready
from tests.integration.kyverno.objects import appears, bound, job, parts, pvc
from tests.integration.kyverno.test_nfs_inject import pod

SPACE, PLAIN = "apart", "apart-plain"  # the second is an exception
TICK = 90.0  # seconds: cleanup runs every minute here
OLD, BUSY, LATER = "old", "busy", "later"  # PVCs


def switch(api: Api, params: PolicyParams) -> None:
    """Puts the policies of one mode in the place of the other's."""
    for obj in kyverno_objects(params):
        api.apply(obj)
    for policy in all_policies(params):
        if policy["kind"] in REPORTS_READY:
            eventually(lambda policy=policy: is_ready(api, policy), TICK)


def begun(api: Api, mover: Api, *, is_done: bool) -> dict:
    """A Job of before for the PVC that is busy, at work or done."""
    manifest = job(SPACE, f"done-{is_done}".lower(), labels.SOURCE)
    manifest["metadata"]["labels"][labels.PVC] = BUSY
    live = mover.create(manifest)
    if is_done:
        met = {"type": "SuccessCriteriaMet", "status": "True"}
        now = "2026-01-01T00:00:00Z"
        conditions = [met, {"type": "Complete", "status": "True"}]
        status = {"conditions": conditions, "startTime": now, "completionTime": now}
        api.merge(live, {"status": status}, "status")
    return live


@pytest.fixture(scope="module")
def apart(kyverno, mover: Api) -> Iterator[PolicyParams]:
    """Two PVCs with their Secrets from before, one with a mover at work; then movers work apart."""
    api = kyverno.api
    for name in (SPACE, PLAIN, MOVERS_NAMESPACE):
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for space, name in ((SPACE, OLD), (SPACE, BUSY), (PLAIN, OLD)):
        bound(api, pvc(space, name))
        appears(api, parts(space, name)["secret"])
    begun(api, mover, is_done=False)
    params = replace(kyverno.params, isolation=Isolation.SYSTEM, in_namespaces=(PLAIN,))
    switch(api, params)
    yield params
    switch(api, kyverno.params)


def test_a_new_pvc_gets_its_parts_without_a_secret_and_with_it_in_an_exception(kyverno, apart):
    for space in (SPACE, PLAIN):
        bound(kyverno.api, pvc(space, LATER))
    appears(kyverno.api, parts(PLAIN, LATER)["secret"])
    destination = appears(kyverno.api, parts(SPACE, LATER)["destination"])
    assert SpecKey.SECRET in destination["spec"]["external"]["parameters"]
    assert kyverno.api.get(parts(SPACE, LATER)["secret"]) is None


@pytest.mark.parametrize("namespace", [MOVERS_NAMESPACE, PLAIN])
@pytest.mark.parametrize("role", [labels.SOURCE, labels.DESTINATION])
def test_the_repository_is_mounted_where_movers_work(apart, mover, namespace, role):
    manifest = job(namespace, "mounted", role)
    (volume,) = pod(mover.create(manifest, dry_run=True))["volumes"]
    assert volume["name"] == repository.VOLUME


def test_the_repository_is_mounted_nowhere_else(apart, mover):
    manifest = job(SPACE, "mounted", labels.SOURCE)
    eventually(lambda: "volumes" not in pod(mover.create(manifest, dry_run=True)))


def test_a_secret_goes_once_no_mover_needs_it_and_all_else_stays(kyverno, mover, apart):
    api = kyverno.api
    eventually(lambda: api.get(parts(SPACE, OLD)["secret"]) is None, TICK)
    assert api.get(parts(SPACE, BUSY)["secret"])
    for kind in ("source", "destination"):
        assert api.get(parts(SPACE, OLD)[kind])
    assert api.get(parts(PLAIN, OLD)["secret"])
    begun(api, mover, is_done=True)
    api.call("DELETE", f"/apis/batch/v1/namespaces/{SPACE}/jobs/done-false")
    eventually(lambda: api.get(parts(SPACE, BUSY)["secret"]) is None, TICK)


def test_a_stack_that_moves_back_has_its_secrets_again(kyverno, apart):
    switch(kyverno.api, kyverno.params)
    for name in (OLD, BUSY, LATER):
        appears(kyverno.api, parts(SPACE, name)["secret"])
