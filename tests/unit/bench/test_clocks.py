import asyncio
from datetime import timedelta

import pytest

from bench.clocks import __main__ as clocks
from lab.clock.wrong_clock import SKEWS, environment, name
from mover.plan import attempt


def test_every_clock_has_a_name_of_its_own() -> None:
    assert name(timedelta(days=-400)) == "400 days behind"
    assert name(timedelta(hours=2)) == "2 hours ahead"
    assert len({name(skew) for skew in SKEWS}) == len(SKEWS) == 10


def test_a_clock_is_told_to_a_program_in_seconds_with_their_sign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("glob.glob", lambda pattern: ["/lib/libfaketimeMT.so.1"])
    assert environment(timedelta(minutes=-6))["FAKETIME"] == "-360"
    assert environment(timedelta(minutes=6))["FAKETIME"] == "+360"


def test_without_libfaketime_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glob.glob", lambda pattern: [])
    with pytest.raises(FileNotFoundError, match="package libfaketime"):
        environment(timedelta())


@pytest.mark.parametrize("skew", SKEWS, ids=name)
def test_a_controller_that_waits_for_a_future_time_would_be_seen(
    skew: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not asyncio.run(clocks._is_waiting(skew))
    monkeypatch.setattr(attempt, "pause", lambda uid, attempts: 10.0**9)
    assert asyncio.run(clocks._is_waiting(skew)) == (skew > timedelta())


@pytest.mark.parametrize(
    ("text", "is_right", "words"),
    [
        ("", True, "right"),
        ("the clocks disagree: ...", False, "refused"),
        ("kopia crashed", False, "FAILED: kopia crashed"),
    ],
)
def test_a_refusal_counts_only_with_its_words(text: str, is_right: bool, words: str) -> None:
    assert clocks._done(text, is_right=is_right) == words
