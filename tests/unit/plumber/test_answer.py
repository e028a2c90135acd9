from collections.abc import Callable

import pytest

from contract.answer import Decision, Field
from contract.names import Claim
from kopia.snapshots import Snapshot
from plumber.answer import Answer, Cause, refusal

KEYS = {value for name, value in vars(Field).items() if name.isupper()}


def _answer(decision: Decision, **changes: object) -> Answer:
    return Answer(decision=decision, cause=Cause.BACKUP, reason="because", **changes)  # ty: ignore


@pytest.mark.parametrize(
    ("decision", "status"),
    [(Decision.RESTORE, 200), (Decision.FRESH, 200), (Decision.UNKNOWN, 503)],
)
def test_only_a_known_answer_has_a_good_status(decision: Decision, status: int) -> None:
    assert _answer(decision).status == status
    assert _answer(decision).body()[Field.AUTHORITATIVE] is (status == 200)


@pytest.mark.parametrize("decision", Decision)
def test_every_answer_and_every_error_has_all_keys(decision: Decision) -> None:
    assert set(_answer(decision).body()) == set(refusal(Cause.REQUEST, "x").body()) == KEYS


def test_the_snapshot_is_told(snapshot: Callable[..., Snapshot]) -> None:
    answer = _answer(
        Decision.RESTORE, claim=Claim("media", "data"), snapshot=snapshot(), age=1.23456
    )
    body = answer.body()
    assert body[Field.SNAPSHOT] == "a" * 32
    assert body[Field.TIME] == "2026-05-01T12:00:00Z"
    assert (body[Field.SIZE], body[Field.FILES], body[Field.AGE]) == (30, 3, 1.235)
    assert (body[Field.NAMESPACE], body[Field.PVC]) == ("media", "data")
