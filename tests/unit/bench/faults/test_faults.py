import logging
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

import kopia.failure
import kopia.snapshots
from bench.faults.__main__ import Tally
from bench.faults.model import Fault
from bench.faults.story import play
from bench.faults.verdict import Verdict
from fakes.virtual_loop import VirtualLoop
from plumber import decision
from plumber.knowledge import Memory
from plumber.repository.reader import Look, RepositoryReader
from tests.effort import examples

MANY = 150  # lives within which a careless product must have been caught


@pytest.fixture(autouse=True)
def silence() -> Generator[None]:
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def loop() -> Generator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.close()


def is_caught(loop: VirtualLoop, folder: Path, *faults: Fault) -> bool:
    tally = Tally()
    for run in range(MANY):
        tally.add(run, play(loop, folder / str(run), f"careless/{run}", faults))
        if tally.verdicts[Verdict.WRONG]:
            return True
    return False


def test_the_same_seed_tells_the_same_story(loop: VirtualLoop, tmp_path: Path) -> None:
    first, second = (play(loop, tmp_path / name, "seed") for name in "ab")
    assert first.questions
    assert [a.body for a in first.questions] == [a.body for a in second.questions]


def test_lives_with_all_faults_end_without_a_wrong_answer(
    loop: VirtualLoop, tmp_path: Path
) -> None:
    tally = Tally()
    for run in range(examples(25)):
        tally.add(run, play(loop, tmp_path / str(run), f"1/{run}"))
    assert tally.is_good


def test_a_product_that_overhears_errors_is_caught(
    loop: VirtualLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kopia.failure, "_is_error", lambda line: False)
    assert is_caught(loop, tmp_path, Fault.KOPIA_ERROR, Fault.MANIFEST_CUT)


def test_a_product_that_trusts_a_missing_index_is_caught(
    loop: VirtualLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kopia.snapshots, "_require_index", lambda client: None)
    assert is_caught(loop, tmp_path, Fault.INDEX_FOLDER_LOST)


def test_a_product_that_believes_any_repository_is_caught(
    loop: VirtualLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = RepositoryReader.look

    def trusting(reader: RepositoryReader) -> Look:
        return replace(look(reader), unique_id=reader.pinned())

    monkeypatch.setattr(RepositoryReader, "look", trusting)
    assert is_caught(loop, tmp_path, Fault.SWAPPED)


def test_a_product_that_forgets_what_it_has_seen_is_caught(
    loop: VirtualLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = decision._from_traces
    monkeypatch.setattr(
        decision,
        "_from_traces",
        lambda listing, memory, question: real(listing, Memory(), question),
    )
    assert is_caught(loop, tmp_path, Fault.INDEX_LOST, Fault.ROLLED_BACK)


def test_a_product_that_answers_from_an_old_list_is_caught(
    loop: VirtualLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision, "_doubt", lambda *all_of_it: None)
    # Slow or hanging storage shows it too, though in one life of many.
    assert is_caught(loop, tmp_path, Fault.READ_ERROR)


def test_a_product_that_does_not_read_labels_is_caught(
    loop: VirtualLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Any:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None

    monkeypatch.setattr(kopia.snapshots, "labels_of", lambda *source: Any())
    assert is_caught(loop, tmp_path, Fault.MANIFEST_FORGED)


def test_a_product_that_leaves_out_what_is_malformed_is_caught(
    loop: VirtualLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision, "_from_suspects", lambda *all_of_it: None)
    assert is_caught(loop, tmp_path, Fault.MANIFEST_NEGATIVE, Fault.MANIFEST_UNREADABLE)
