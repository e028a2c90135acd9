"""Every order of what two look-ups can answer, for every shape of PVC: nothing binds empty.

The mutating policy asks first, the validating one again, and another replica may answer, or none.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract import labels
from tests.integration.kyverno import answers
from tests.integration.kyverno.api import Refused
from tests.integration.kyverno.objects import our_source, pvc

A, B = "a" * 32, "b" * 32
RESTORES = {"restore A": A, "restore B": B}
ANSWERS = {
    **{word: answers.restore(snapshot) for word, snapshot in RESTORES.items()},
    "fresh": answers.fresh(),
    "unknown": answers.unknown("disk on fire"),
    "HTTP 500": (500, b'{"decision": "fresh", "authoritative": true}'),
    "garbage": (200, b"<html>fresh</html>"),
    "refused": answers.REFUSES,
    "a time-out": answers.HANGS,
}
SILENT = ("refused", "a time-out")  # the first of these ends the request: nobody asks again
PAIRS = [*itertools.product([word for word in ANSWERS if word not in SILENT], ANSWERS)]
PAIRS += [(word, "fresh") for word in SILENT]

AS_OF = {labels.RESTORE_AS_OF: "2026-01-31T12:00:00Z"}
MARKS: list[dict[str, str]] = [
    {},
    {labels.START_EMPTY: A},
    {labels.RESTORE_FROM: A},
    {labels.RESTORE_FROM: "c" * 32},
]
# Annotations, and whether the PVC names its source itself.
SHAPES = [
    (marks | as_of, source) for marks in MARKS for as_of in ({}, AS_OF) for source in (False, True)
]


@dataclass
class Outcome:
    """What became of one PVC: stored like this, or refused with these words."""

    first: str
    second: str
    marks: dict[str, str]
    has_source: bool
    live: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""
    requests: int = 0

    @property
    def restores(self) -> str:
        """The snapshot that it will be filled from; "" where it binds as it is."""
        if self.live["spec"].get("dataSourceRef") != our_source(self.live["metadata"]["name"]):
            return ""
        return self.live["metadata"]["annotations"][labels.RESTORE_FROM]


def _create(kyverno, namespace: str, number: int, outcome: Outcome) -> Outcome:
    name = f"p{number}"
    target = f"{namespace}/{name}"
    kyverno.script.set_answers(target, ANSWERS[outcome.first], ANSWERS[outcome.second])
    manifest = pvc(namespace, name, annotations=dict(outcome.marks))
    if outcome.has_source:
        manifest["spec"]["dataSourceRef"] = our_source(name)
    try:
        outcome.live = kyverno.api.create(manifest, dry_run=True)
    except Refused as refused:
        outcome.refusal = str(refused)
    outcome.requests = len(kyverno.script.requests.get(target, []))
    return outcome


@pytest.fixture(scope="module")
def outcomes(kyverno) -> Iterator[list[Outcome]]:
    namespace = "answered"
    meta = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    kyverno.api.apply(meta)
    pending = [
        Outcome(first, second, marks, source) for first, second in PAIRS for marks, source in SHAPES
    ]
    # Those that wait for a time-out cost nothing; of the others few at once, so that none is late.
    slow = [o for o in pending if "a time-out" in (o.first, o.second)]
    quick = [o for o in pending if o not in slow]
    with ThreadPoolExecutor(64) as waiters, ThreadPoolExecutor(3) as workers:
        futures = [waiters.submit(_create, kyverno, namespace, i, o) for i, o in enumerate(slow)]
        futures += [
            workers.submit(_create, kyverno, namespace, len(slow) + i, o)
            for i, o in enumerate(quick)
        ]
        yield [future.result() for future in futures]


def outcomes_of(outcomes: list[Outcome], pair: tuple[str, str]) -> list[Outcome]:
    matching = [o for o in outcomes if (o.first, o.second) == pair]
    assert len(matching) == len(SHAPES)
    return matching


@pytest.mark.parametrize("pair", PAIRS, ids=", then ".join)
def test_what_is_admitted_is_filled_from_the_snapshot_of_the_last_answer(outcomes, pair):
    for outcome in outcomes_of(outcomes, pair):
        if outcome.refusal:
            assert "volsync-pvc-backup-restore" in outcome.refusal
        elif pair[1] == "fresh":
            assert pair[0] not in RESTORES
            assert not outcome.live["spec"].get("dataSourceRef")
            assert labels.RESTORE_AS_OF not in outcome.marks
        else:
            assert outcome.restores == RESTORES[pair[1]]


@pytest.mark.parametrize("word", RESTORES)
def test_two_answers_that_agree_on_a_snapshot_restore_it_whatever_the_pvc_says(outcomes, word):
    for outcome in outcomes_of(outcomes, (word, word)):
        assert outcome.restores == RESTORES[word], outcome.refusal


def test_two_answers_that_know_of_no_backup_admit_what_asks_for_none(outcomes):
    for outcome in outcomes_of(outcomes, ("fresh", "fresh")):
        asks = outcome.has_source or labels.RESTORE_AS_OF in outcome.marks
        assert bool(outcome.refusal) == asks, outcome


@pytest.mark.parametrize("word", SILENT)
def test_nobody_asks_again_after_no_answer(outcomes, word):
    assert {outcome.requests for outcome in outcomes_of(outcomes, (word, "fresh"))} == {1}


def test_all_others_are_asked_about_twice(outcomes):
    assert {outcome.requests for outcome in outcomes if outcome.first not in SILENT} == {2}
