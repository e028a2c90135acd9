from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contract.audit import Reason, Verdict
from contract.labels import ACCEPT_LOSS, NO_BACKUP
from contract.names import Claim, identity
from contract.schedule import TIERS
from fakes.audit_scene import MOMENT, SPACE, Scene, every_verdict, pvc, secret, synced, taken
from kopia.data_loss import HELD
from kopia.suspect import Suspect
from kube.resource import PVC, REPLICATION_DESTINATION
from plumber.audit import parse
from plumber.audit.verdict import Chain, Surroundings, judge
from plumber.knowledge import Knowledge

SURROUNDINGS = Surroundings(excluded=frozenset({"kube-system"}), no_snapshots=frozenset())
BAD = {
    Reason.NO_LABEL: Verdict.UNPROTECTED,
    Reason.NO_REASON: Verdict.UNPROTECTED,
    Reason.UNKNOWN_LABEL: Verdict.UNPROTECTED,
    Reason.EXCLUDED: Verdict.UNPROTECTED,
    Reason.NOT_BOUND: Verdict.UNPROTECTED,
    Reason.FIRST_BACKUP: Verdict.UNPROTECTED,
    Reason.DATA_LOST: Verdict.UNPROTECTED,
    Reason.NOT_RESTORED: Verdict.UNPROTECTED,
    Reason.NO_SNAPSHOTS: Verdict.UNPROTECTED,
    Reason.SECRET: Verdict.BROKEN,
    Reason.SOURCE: Verdict.BROKEN,
    Reason.DESTINATION: Verdict.BROKEN,
    Reason.MOVER: Verdict.BROKEN,
    Reason.LATE: Verdict.BROKEN,
    Reason.REPOSITORY: Verdict.BROKEN,
}
GOOD = {
    Reason.BACKED_UP: Verdict.PROTECTED,
    Reason.NOT_USED: Verdict.PROTECTED,
    Reason.PENDING: Verdict.RESTORING,
    Reason.ON_PURPOSE: Verdict.EXEMPT,
}
VERDICTS = BAD | GOOD


def judgement(scene: Scene, claim: Claim) -> tuple[Verdict, Reason, str]:
    finding = scene.report().by_claim[claim]
    return finding.verdict, finding.reason, finding.text


def test_every_reason_has_its_case() -> None:
    assert set(VERDICTS) == set(Reason)
    _, claims = every_verdict()
    assert set(claims) | {Reason.REPOSITORY} == set(Reason)


@pytest.mark.parametrize("reason", sorted(set(VERDICTS) - {Reason.REPOSITORY}))
def test_each_pvc_gets_its_verdict_and_its_reason(reason: Reason) -> None:
    scene, claims = every_verdict()
    verdict, actual, text = judgement(scene, claims[reason])
    assert (verdict, actual) == (VERDICTS[reason], reason)
    assert text or reason is Reason.BACKED_UP


@pytest.mark.parametrize(
    "known",
    [
        {"listing": None, "trouble": "NFS does not answer"},
        {"pinned": "b" * 64, "trouble": "another repository is mounted"},
    ],
)
def test_without_the_repository_no_bound_pvc_is_protected(known: dict[str, Any]) -> None:
    scene, claims = every_verdict()
    scene.knowledge_fields = known
    assert judgement(scene, claims[Reason.BACKED_UP]) == (
        Verdict.BROKEN,
        Reason.REPOSITORY,
        known["trouble"],
    )
    assert scene.report().trouble == known["trouble"]


def test_knowledge_that_has_become_old_protects_nothing() -> None:
    scene = Scene()
    scene.protect(pvc("photos"))
    chain = Chain(source=parse.Sync(), destination=parse.Sync(), secret=parse.Secret(trouble=""))
    for seconds, reason in ((0, Reason.BACKED_UP), (600, Reason.REPOSITORY)):
        later = replace(MOMENT, monotonic=MOMENT.monotonic + seconds)
        finding = judge(parse.volume(pvc("photos")), chain, scene.knowledge(), SURROUNDINGS, later)
        assert finding.reason is reason


def test_the_repository_counts_and_not_what_a_source_says_of_itself() -> None:
    scene = Scene()
    claim = scene.protect(pvc("photos"))
    scene.snapshots.clear()
    assert judgement(scene, claim)[:2] == (Verdict.BROKEN, Reason.LATE)


def test_a_pvc_whose_newest_backup_may_be_forged_is_not_protected() -> None:
    scene = Scene()
    doubtful, other = scene.protect(pvc("photos")), scene.protect(pvc("other"))
    whose = frozenset({(identity(doubtful).user, identity(doubtful).host)})
    suspect = Suspect(id="e" * 32, problem="is malformed", sources=whose)
    listing = scene.knowledge().listing
    assert listing is not None
    scene.knowledge_fields = {"listing": replace(listing, suspects=(suspect,))}
    verdict, reason, text = judgement(scene, doubtful)
    assert (verdict, reason) == (Verdict.BROKEN, Reason.REPOSITORY)
    assert "kopia manifest delete" in text
    assert judgement(scene, other)[0] is Verdict.PROTECTED


def test_half_a_snapshot_is_no_backup() -> None:
    scene = Scene()
    claim = scene.protect(pvc("photos"), hours=-1)
    scene.snapshots.append(taken(identity(claim), 0.1, 0, incomplete="canceled"))
    assert judgement(scene, claim)[0] is Verdict.BROKEN
    assert scene.report().by_claim[claim].newest is None


def test_a_new_pvc_has_some_minutes_for_its_objects() -> None:
    scene = Scene()
    young = pvc("young", age=timedelta(minutes=1))
    claim = scene.protect(young, hours=-1, source=None, destination=None, secret=None)
    assert judgement(scene, claim)[1] is Reason.FIRST_BACKUP


def test_an_excuse_counts_in_an_excluded_namespace_too() -> None:
    scene = Scene()
    raw = pvc("etcd", "none", namespace="kube-system", marks={"reason": "kept elsewhere"})
    assert judgement(scene, scene.protect(raw, hours=-1))[0] is Verdict.EXEMPT


def test_a_restore_that_fails_says_why() -> None:
    scene, claims = every_verdict()
    claim = claims[Reason.PENDING]
    broken = synced("returning-restore", reason="Error", message="snapshot is gone")
    scene.objects[REPLICATION_DESTINATION] = [broken]
    verdict, reason, text = judgement(scene, claim)
    assert (verdict, reason) == (Verdict.BROKEN, Reason.MOVER)
    assert "snapshot is gone" in text


def test_a_restored_pvc_with_a_newer_backup_than_its_own_is_late_like_any_other() -> None:
    scene = Scene()
    waits = synced("rested-backup")
    del waits["status"]["lastSyncTime"]
    raw = pvc("rested", marks={"restore-from": "c" * 32})
    assert judgement(scene, scene.protect(raw, hours=90, source=waits))[1] is Reason.LATE


HELD_TAG = frozenset({HELD})


def test_a_pvc_that_has_just_bound_empty_over_its_backups_is_not_protected() -> None:
    """Also where the snapshots are from before uids were recorded."""
    for uid in ("", "uid-of-an-earlier-pvc"):
        scene = Scene()
        claim = scene.protect(pvc("photos", age=timedelta(minutes=10)))
        newest = scene.change_newest(claim, pvc_uid=uid)
        verdict, reason, text = judgement(scene, claim)
        assert (verdict, reason) == (Verdict.UNPROTECTED, Reason.NOT_RESTORED)
        assert newest.id in text


def test_its_first_empty_backup_does_not_make_it_protected() -> None:
    scene = Scene()
    claim = scene.protect(pvc("photos", uid="new"), hours=0.9)
    before = scene.change_newest(claim, pvc_uid="earlier")
    scene.snapshots.append(
        structs.replace(
            taken(identity(claim), 0.2, 9), files=0, bytes=0, pvc_uid="new", tags=HELD_TAG
        )
    )
    finding = scene.report().by_claim[claim]
    assert (finding.verdict, finding.reason) == (Verdict.UNPROTECTED, Reason.NOT_RESTORED)
    assert finding.before == before
    assert ACCEPT_LOSS in finding.text


def test_a_restored_pvc_is_protected_by_the_backups_of_its_former_life() -> None:
    scene = Scene()
    restored = {"restore-from": "c" * 32}
    claim = scene.protect(pvc("photos", age=timedelta(minutes=10), marks=restored))
    scene.change_newest(claim, pvc_uid="earlier")
    assert judgement(scene, claim)[0] is Verdict.PROTECTED


@pytest.mark.parametrize("changes", [{"files": 599}, {"bytes": 400_000}])
@pytest.mark.parametrize("tags", [frozenset(), HELD_TAG])
def test_a_backup_that_lost_its_data_protects_nothing_until_a_person_accepts_it(
    changes: dict[str, int], tags: frozenset[str]
) -> None:
    scene = Scene()
    claim = scene.protect(pvc("photos"))
    newest = scene.change_newest(claim, tags=tags, **changes)
    finding = scene.report().by_claim[claim]
    assert (finding.verdict, finding.reason) == (Verdict.UNPROTECTED, Reason.DATA_LOST)
    assert finding.before == scene.snapshots[1]
    assert newest.id in finding.text
    assert (ACCEPT_LOSS in finding.text) is bool(tags)
    accepted = pvc("photos", marks={"accept-loss": newest.id})
    scene.objects[PVC] = [accepted]
    assert judgement(scene, claim)[0] is Verdict.PROTECTED


def test_a_hold_is_told_as_long_as_it_lasts() -> None:
    scene = Scene()
    claim = scene.protect(pvc("photos"), hours=1.5)
    scene.change_newest(claim, files=3, tags=HELD_TAG)
    later = structs.replace(taken(identity(claim), 0.5, 9), files=3, tags=HELD_TAG)
    scene.snapshots.append(later)
    assert judgement(scene, claim)[1] is Reason.DATA_LOST
    scene.snapshots[-1] = structs.replace(later, tags=frozenset())
    assert judgement(scene, claim)[0] is Verdict.PROTECTED


def test_a_new_life_without_a_backup_of_its_own_is_late_in_its_own_time() -> None:
    for hours, reason in ((1, Reason.NOT_RESTORED), (3, Reason.LATE)):
        scene = Scene()
        claim = scene.protect(pvc("photos", age=timedelta(hours=hours)), hours=90)
        scene.change_newest(claim, pvc_uid="earlier")
        assert judgement(scene, claim)[1] is reason


def test_a_secret_that_has_said_nothing_is_broken() -> None:
    scene = Scene()
    silent = secret("volsync-photos")
    silent["status"] = {}
    assert judgement(scene, scene.protect(pvc("photos"), secret=silent))[1] is Reason.SECRET


@pytest.mark.parametrize(("tier", "limit"), [("hourly", 2.5), ("daily", 48.5)])
def test_a_backup_is_late_after_two_slots_and_half_an_hour(tier: str, limit: float) -> None:
    for hours, late in ((limit - 0.1, False), (limit + 0.1, True)):
        scene = Scene()
        claim = scene.protect(pvc("photos", tier), hours=hours)
        assert (judgement(scene, claim)[1] is Reason.LATE) == late


labels = st.one_of(st.none(), st.sampled_from([*TIERS, NO_BACKUP]), st.text(max_size=9))


@given(
    label=labels,
    phase=st.sampled_from(["Bound", "Pending", "Lost", ""]),
    space=st.sampled_from([SPACE, "kube-system"]),
    excuse=st.sampled_from(["", " ", "temporary"]),
    age=st.integers(0, 10**6),
)
def test_nothing_but_a_fresh_backup_in_the_repository_protects(
    label: str | None, phase: str, space: str, excuse: str, age: int
) -> None:
    """Whatever the PVC looks like, over an empty repository it is never called protected."""
    marks = {"reason": excuse} if excuse else {}
    raw = pvc("x", label, phase=phase, namespace=space, marks=marks, age=timedelta(seconds=age))
    known = Knowledge(listing=Scene().knowledge().listing, pinned=Scene().knowledge().pinned)
    finding = judge(parse.volume(raw), Chain(), known, SURROUNDINGS, MOMENT)
    assert finding.verdict is not Verdict.PROTECTED
    assert finding.text
    assert (finding.verdict is Verdict.EXEMPT) == (label == NO_BACKUP and bool(excuse.strip()))
