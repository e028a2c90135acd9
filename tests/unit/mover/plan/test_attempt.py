from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.names import Claim, identity
from contract.repository import MAINTENANCE_HOST, MAINTENANCE_USER
from contract.times import time_text
from contract.volsync import SpecKey
from fakes import builders
from fakes.builders import CLUSTER, CONFIG, NOW, PROVEN, SPACE, WANTED, message_of
from kube import resource
from mover import status
from mover.model import (
    Create,
    Delete,
    DestinationView,
    Phase,
    Replication,
    SourceView,
    Touch,
    Wait,
    Write,
)
from mover.plan import attempt
from mover.plan.destination import Request, plan
from mover.status import Condition, Status

OWNER = builders.source(status=builders.running())
VIEW = SourceView(owner=OWNER, cluster=CLUSTER)


def test_what_belongs_to_the_running_attempt_stays() -> None:
    assert attempt.clear(OWNER, (builders.job(OWNER), None, builders.taken(OWNER)), NOW) is None


@pytest.mark.parametrize("change", [{"owner": "former"}, {"sync": "20250101000000-0"}])
def test_leftovers_go_by_uid(change: dict[str, Any]) -> None:
    old = builders.job(OWNER, **change)
    step = attempt.clear(OWNER, (old,), NOW)
    assert step == Delete(kind=resource.JOB, namespace=SPACE, name=old.name, uid=old.uid)


def test_what_is_going_is_waited_for() -> None:
    assert isinstance(attempt.clear(OWNER, (builders.job(OWNER, terminating=True),), NOW), Wait)


def test_the_next_attempts_image_does_not_wait_for_one_that_will_not_go() -> None:
    first = builders.image(builders.destination(status=builders.running()), terminating=True)
    owner = builders.destination(status=builders.running(Request(snapshot=WANTED).key, attempts=1))
    job = builders.job(owner, Phase.SUCCEEDED, result=PROVEN)
    view = DestinationView(
        owner=owner, cluster=CLUSTER, temporary_pvc=builders.temporary_pvc(owner), job=job
    )
    step = plan(replace(view, images=(first,)), CONFIG, NOW)
    assert isinstance(step, Create)
    assert step.manifest["kind"] == resource.SNAPSHOT
    assert step.manifest["metadata"]["name"] != first.name


@pytest.mark.parametrize(("seconds", "touches"), [(29, False), (31, True)])
def test_a_snapshot_whose_deletion_is_forgotten_is_touched(seconds: int, touches: bool) -> None:
    since = NOW - timedelta(seconds=seconds)
    going = builders.taken(OWNER, sync="earlier", terminating=True, going_since=since)
    step = attempt.clear(OWNER, (going,), NOW)
    if touches:
        assert step == Touch(
            kind=resource.SNAPSHOT, namespace=SPACE, name=going.name, version=going.version, at=NOW
        )
    else:
        assert isinstance(step, Wait)


def test_nothing_else_is_touched() -> None:
    """A Job or a PVC goes when its pods have gone: nobody forgets it."""
    since = NOW - timedelta(hours=1)
    going = builders.job(OWNER, terminating=True, going_since=since)
    assert isinstance(attempt.clear(OWNER, (going,), NOW), Wait)


def test_a_condition_is_written_once() -> None:
    wanted = Condition(reason=status.ERROR, message="no")
    first = attempt.show(OWNER, wanted, NOW)
    assert isinstance(first, Write)
    seen = replace(OWNER, status=Status(conditions=tuple(first.patch["conditions"])))
    assert attempt.show(seen, wanted, NOW, 7) == Wait(seconds=7)


@given(attempts=st.integers(1, 10_000))
def test_pauses_grow_and_never_end(attempts: int) -> None:
    here = attempt.pause("uid", attempts)
    assert attempt.FIRST_RETRY * 0.8 <= here <= attempt.LAST_RETRY
    if attempts > 12:
        assert here >= attempt.LAST_RETRY * 0.8


def test_pauses_of_two_owners_differ() -> None:
    pauses = {attempt.pause(f"uid-{number}", 5) for number in range(20)}
    assert len(pauses) > 10


def test_a_rest_ends_in_time() -> None:
    until = time_text(NOW + timedelta(seconds=5))
    resting = replace(OWNER, status=Status(external={"retryAfter": until}))
    assert attempt.resting(resting, NOW) == Wait(seconds=5)
    assert attempt.resting(resting, NOW + timedelta(seconds=5)) is None


def test_a_job_without_the_repository_is_ended() -> None:
    step = attempt.judge(VIEW, builders.job(OWNER, mounted=False), CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.failed
    assert "policy" in message_of(step.patch)


def test_a_mover_that_does_not_start_is_ended_after_a_while() -> None:
    waits = builders.job(OWNER, started=False, reason="ImagePullBackOff")
    early = attempt.judge(VIEW, waits, CONFIG, NOW)
    assert isinstance(early, Write)
    assert not early.failed
    assert "ImagePullBackOff" in message_of(early.patch)
    late = attempt.judge(VIEW, waits, CONFIG, NOW + timedelta(seconds=CONFIG.start_deadline))
    assert isinstance(late, Write)
    assert late.failed


def test_a_running_mover_is_not_hurried() -> None:
    step = attempt.judge(VIEW, builders.job(OWNER), CONFIG, NOW + timedelta(hours=20))
    assert isinstance(step, Write)
    assert not step.failed


def test_a_failure_without_words_still_has_a_reason() -> None:
    step = attempt.judge(VIEW, builders.job(OWNER, Phase.FAILED), CONFIG, NOW)
    assert isinstance(step, Write)
    assert message_of(step.patch) == "the mover's Job failed"


def test_a_failed_job_is_never_believed_even_if_it_claims_success() -> None:
    claims = builders.job(OWNER, Phase.FAILED, result=builders.PROVEN, reason="exit code 1")
    step = attempt.judge(VIEW, claims, CONFIG, NOW)
    assert isinstance(step, Write)
    assert step.failed


def test_a_snapshot_in_trouble_is_told_at_once() -> None:
    step = attempt.not_ready(OWNER, builders.taken(OWNER, ready=False, error="no class"), NOW)
    assert isinstance(step, Write)
    assert step.events[0].reason == attempt.SNAPSHOT_NOT_BOUND
    assert "no class" in step.events[0].message


@pytest.mark.parametrize("missing", ["secret", "username", "hostname"])
def test_every_parameter_is_needed(missing: str) -> None:
    parameters = {key: value for key, value in builders.PARAMETERS.items() if key != missing}
    assert missing in attempt.unfit(replace(VIEW, owner=replace(OWNER, parameters=parameters)))
    assert attempt.unfit(VIEW) == ""


@pytest.mark.parametrize("seconds", [400, 7215, 86400 * 400])
def test_a_rest_that_would_last_longer_than_any_is_over(seconds: int) -> None:
    external = {"retryAfter": time_text(NOW + timedelta(seconds=seconds)), "attempts": "1"}
    assert attempt.resting(replace(OWNER, status=Status(external=external)), NOW) is None


@given(attempts=st.integers(1, 40))
def test_no_rest_of_our_own_is_cut_short(attempts: int) -> None:
    failed = replace(OWNER, status=Status(external={"attempts": str(attempts - 1)}))
    external = attempt.fail(failed, "no", NOW).patch["external"]
    rest = attempt.resting(replace(OWNER, status=Status(external=external)), NOW)
    assert rest
    assert rest.seconds == pytest.approx(attempt.pause(OWNER.uid, attempts), abs=1)


names_of_pvcs = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,6}[a-z0-9])?", fullmatch=True)
others = st.one_of(st.text(max_size=9), names_of_pvcs.map(lambda name: f"{name}-backup"))


@pytest.mark.parametrize("role", [builders.source, builders.destination])
@given(user=others, host=st.one_of(st.just(builders.SPACE), st.just("volsync"), names_of_pvcs))
def test_a_copied_object_never_reaches_another_history(
    role: Callable[..., Replication], user: str, host: str
) -> None:
    own = role(status=builders.running())
    parameters = {**own.parameters, SpecKey.USER: user, SpecKey.HOST: host}
    copied = replace(own, parameters=parameters)
    assert attempt.identity_of(own) == identity(Claim(own.namespace, own.claim))
    assert attempt.identity_of(copied) in (None, attempt.identity_of(own))
    if (user, host) != (own.parameters[SpecKey.USER], own.parameters[SpecKey.HOST]):
        reason = attempt.unfit(replace(VIEW, owner=copied))
        assert own.parameters[SpecKey.USER] in reason
        assert own.claim in reason


@pytest.mark.parametrize("claim", ["", "Photos", "../photos", "p" * 254])
def test_what_belongs_to_no_pvc_has_no_history(claim: str) -> None:
    alone = replace(OWNER, claim=claim)
    assert attempt.identity_of(alone) is None
    assert "belongs to no PVC" in attempt.unfit(replace(VIEW, owner=alone))


@given(claim=st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True))
def test_no_pvc_ever_writes_as_the_owner_of_maintenance(claim: str) -> None:
    in_its_namespace = replace(OWNER, namespace=MAINTENANCE_HOST, claim=claim)
    own = attempt.own_identity(in_its_namespace)
    assert own is not None
    assert own.user != MAINTENANCE_USER
