from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from bench.faults.model import Backup
from bench.faults.verdict import Question, Verdict, is_clear, is_known, judge, lag
from contract.answer import Field
from contract.names import Claim, Identity, identity
from kopia.snapshots import Snapshot

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CLAIM = Claim("media", "da.ta")
DOTLESS = Identity("data-backup", "media")  # what the origin's mover may have made of it


def backup(number: str, since: float = 0.0, **changes: Any) -> Backup:
    snapshot = Snapshot(
        id=number * 32,
        identity=identity(CLAIM),
        start=NOON + timedelta(seconds=since),
        end=NOON + timedelta(seconds=since),
        incomplete="",
        files=1,
        dirs=1,
        bytes=1,
        errors=0,
    )
    return Backup(snapshot=structs.replace(snapshot, **changes), since=since)


def question(decision: str, number: str = "", *, age: float = 1.0, **changes: Any) -> Question:
    status = 503 if decision == "unknown" else 200
    body = {Field.DECISION: decision, Field.SNAPSHOT: number * 32, Field.AGE: age}
    plain = Question(
        claim=CLAIM,
        as_of=None,
        start_empty="",
        arrived=100.0,
        answered=101.0,
        is_blind=False,
        status=status,
        body=body,
    )
    return replace(plain, **changes)


OLD, NEW = backup("a", 10), backup("b", 50)


def test_fresh_is_right_only_where_nothing_was_ever_backed_up() -> None:
    assert judge(question("fresh"), []) is Verdict.RIGHT
    assert judge(question("fresh"), [backup("a", 100.5)]) is Verdict.RIGHT
    assert judge(question("fresh"), [OLD]) is Verdict.WRONG
    assert judge(question("fresh"), [backup("a", incomplete="canceled")]) is Verdict.WRONG
    assert judge(question("fresh"), [backup("a", identity=DOTLESS)]) is Verdict.WRONG
    assert judge(question("fresh"), [backup("a", identity=Identity("x", "media"))]) is Verdict.RIGHT


def test_fresh_over_backups_is_right_where_the_newest_is_named() -> None:
    assert judge(question("fresh", start_empty="b" * 32), [OLD, NEW]) is Verdict.RIGHT
    assert judge(question("fresh", start_empty="a" * 32), [OLD, NEW]) is Verdict.WRONG


def test_a_backup_that_ends_while_it_is_asked_may_be_known_or_not() -> None:
    meanwhile = [OLD, NEW, backup("c", 100.5)]
    for number, verdict in (("a", "wrong"), ("b", "right"), ("c", "right")):
        assert judge(question("fresh", start_empty=number * 32), meanwhile) is Verdict(verdict)


def test_a_restore_is_right_only_of_the_newest_complete_one() -> None:
    assert judge(question("restore", "b"), [OLD, NEW]) is Verdict.RIGHT
    assert judge(question("restore", "a"), [OLD]) is Verdict.RIGHT
    assert judge(question("restore", "a"), [OLD, backup("b", 50, errors=1)]) is Verdict.RIGHT
    assert judge(question("restore", "a"), [OLD, NEW]) is Verdict.WRONG
    assert judge(question("restore", "c"), [OLD, NEW]) is Verdict.WRONG
    assert judge(question("restore", "b"), [OLD, backup("b", 50, incomplete="x")]) is Verdict.WRONG


def test_an_older_state_is_right_where_it_was_asked_for() -> None:
    later = NOON + timedelta(seconds=20)
    assert judge(question("restore", "a", as_of=later), [OLD, NEW]) is Verdict.RIGHT
    assert judge(question("restore", "b", as_of=later), [OLD, NEW]) is Verdict.WRONG


def test_a_backup_that_ended_after_the_listing_is_missed_but_not_wrongly() -> None:
    late = backup("b", 99)
    answer = question("restore", "a", age=10.0)
    assert judge(answer, [OLD, late]) is Verdict.OLDER
    assert lag(answer, [OLD, late]) == pytest.approx(1.0)


def test_what_left_no_trace_anywhere_is_told_apart_from_what_was_overlooked() -> None:
    assert judge(question("fresh", is_blind=True), [OLD]) is Verdict.BLIND
    assert judge(question("fresh", is_blind=True), []) is Verdict.RIGHT


def test_a_trace_of_another_backup_does_not_tell_of_the_one_to_restore() -> None:
    half = backup("c", 90, incomplete="canceled")
    everything = [OLD, NEW, half]
    for traces, is_there in (({"a" * 32, "c" * 32}, False), ({"b" * 32}, True)):
        assert is_known(question("restore", "a"), everything, traces) is is_there
    assert is_known(question("fresh"), everything, {"c" * 32})
    assert not is_known(question("fresh"), everything, {"a" * 32})
    later = question("restore", "a", as_of=NOON + timedelta(seconds=20))
    assert is_known(later, everything, {"a" * 32})
    assert not is_known(later, everything, {"b" * 32})


def test_a_bad_status_or_an_unknown_word_denies() -> None:
    assert judge(question("unknown"), [OLD]) is Verdict.DENIED
    assert judge(question("fresh", status=500), [OLD]) is Verdict.DENIED
    assert judge(question("perhaps"), [OLD]) is Verdict.DENIED


def test_an_answer_is_due_where_there_is_a_backup_or_no_trace_of_one() -> None:
    assert is_clear(question("unknown"), [OLD])
    assert is_clear(question("unknown"), [])
    assert not is_clear(question("unknown"), [backup("a", incomplete="canceled")])
    assert not is_clear(question("unknown"), [backup("a", identity=DOTLESS)])
    assert not is_clear(question("unknown", as_of=NOON), [OLD])
