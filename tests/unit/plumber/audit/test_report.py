from datetime import timedelta

import pytest

from contract.audit import Reason, Verdict
from contract.environment import Isolation, Placement
from contract.names import Identity
from contract.scope import MOVERS_NAMESPACE
from fakes.audit_scene import HISTORY, MOMENT, NOW, SPACE, Scene, every_verdict, pvc, secret, taken
from kube.resource import EXTERNAL_SECRET
from plumber.audit.report import report


def test_every_pvc_of_the_cluster_has_exactly_one_verdict() -> None:
    scene, claims = every_verdict()
    report = scene.report()
    assert {finding.claim for finding in report.findings} == set(claims.values())
    assert len(report.findings) == len(claims) == sum(report.counts.values())


def test_the_worst_comes_first() -> None:
    order = [finding.verdict for finding in every_verdict()[0].report().findings]
    assert order == sorted(order, key=[*Verdict].index)
    assert order[0] is Verdict.BROKEN


def test_what_no_pvc_claims_is_named_with_its_newest() -> None:
    scene, _ = every_verdict()
    gone = Identity("gone-backup", "elsewhere")
    scene.snapshots += [taken(gone, hours, hours) for hours in (1, 2, 3)]
    (left,) = scene.report().unclaimed
    assert (left.identity, left.count) == (gone, 3)
    assert left.newest.start == NOW - timedelta(hours=1)


def test_what_the_origin_s_mover_wrote_for_a_pvc_is_claimed() -> None:
    """It dropped dots from names."""
    scene = Scene()
    scene.protect(pvc("data.db"))
    scene.snapshots.append(taken(Identity("datadb-backup", SPACE), 1, 0))
    assert scene.report().unclaimed == ()


def test_a_pvc_s_history_is_whole_and_newest_first() -> None:
    scene, claims = every_verdict()
    claim = claims[Reason.BACKED_UP]
    scene.snapshots.append(taken(Identity("photos-backup", SPACE, "/other"), 1, 9))
    starts = [snapshot.start for snapshot in scene.report().history(claim)]
    assert len(starts) == HISTORY
    assert starts == sorted(starts, reverse=True)


APART = Placement(isolation=Isolation.SYSTEM, in_namespaces=("plain",))


def judged(scene: Scene, placement: Placement) -> dict[str, tuple[Reason, str]]:
    made = report(scene.cache(), scene.knowledge(), scene.excluded, MOMENT, placement)
    return {one.claim.name: (one.reason, one.text) for one in made.findings}


@pytest.mark.parametrize("message", ["", "vault is sealed"])
def test_where_movers_work_apart_their_one_secret_counts_for_every_pvc(message: str) -> None:
    scene = Scene()
    scene.protect(pvc("photos"), secret=None)
    scene.protect(pvc("shared", namespace="plain"))
    scene.objects[EXTERNAL_SECRET].append(
        secret("kopia-repository", message, space=MOVERS_NAMESPACE)
    )
    reasons = judged(scene, APART)
    assert reasons["shared"] == (Reason.BACKED_UP, "")
    trouble = (Reason.SECRET, "Secret kopia-repository: vault is sealed")
    assert reasons["photos"] == (trouble if message else (Reason.BACKED_UP, ""))


def test_the_secret_of_another_isolation_is_no_excuse() -> None:
    scene = Scene()
    scene.protect(pvc("photos"))
    scene.protect(pvc("shared", namespace="plain"), secret=None)
    assert judged(scene, APART) == {
        "photos": (Reason.SECRET, "ExternalSecret kopia-repository is missing"),
        "shared": (Reason.SECRET, "ExternalSecret volsync-shared is missing"),
    }
