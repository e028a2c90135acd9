"""Stories of the lab that bear each other run side by side; all others wait for an empty lab."""

import ast
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import turns
from tests.conftest import SideBySide
from tests.turns import ALONE, ALONE_ALL_THE_SAME, KYVERNO, LAB, OFFLINE, SIDE_BY_SIDE, Turns

ROOT = Path(__file__).parents[2]
STORIES = sorted(path.name for path in (ROOT / LAB).glob("test_*.py"))
SHARED, OTHER = f"{LAB}test_backup.py::test_a", f"{LAB}test_loss.py::test_b"
BREAKS = f"{LAB}test_outage.py::test_c"
MOMENT = 0.2  # seconds in which a thread that may go on has gone on
PATIENCE = 20.0


@pytest.mark.parametrize("name", [*SIDE_BY_SIDE, *ALONE_ALL_THE_SAME])
def test_what_is_named_is_there(name: str) -> None:
    file, _, rest = name.partition("::")
    assert file in STORIES
    function, _, title = rest.rstrip("]").partition("[")
    tree = ast.parse((ROOT / LAB / file).read_text())
    assert not function or function in {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef)
    }
    assert not title or f"## {title}\n" in (ROOT / "docs" / "runbook.md").read_text()


@pytest.mark.parametrize(
    "breaks",
    ["scaled(", "killed(", "swapped(", "kill_controller(", "broken(", '"stop"', "*UP", "destroy("],
)
def test_a_module_whose_stories_break_a_part_is_not_among_those_side_by_side(breaks: str) -> None:
    breaking = {file for file in STORIES if breaks in (ROOT / LAB / file).read_text()}
    excepted = {name.partition("::")[0] for name in ALONE_ALL_THE_SAME}
    assert breaking
    assert breaking & {name for name in SIDE_BY_SIDE if "::" not in name} <= excepted


def test_a_story_of_which_nothing_is_said_goes_alone() -> None:
    assert turns.is_alone(f"{LAB}test_new.py::test_anything")
    assert turns.unit(f"{LAB}test_new.py::test_anything") == ALONE
    assert turns.is_alone(f"{LAB}{turns.RUNBOOK}[A new section]")


def test_a_story_is_named_alone_within_a_module_that_is_not() -> None:
    assert not turns.is_alone(f"{LAB}test_restore.py::test_a_pvc_created_again_comes_back_equal")
    assert turns.is_alone(LAB + ALONE_ALL_THE_SAME[0])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "lock"


class Worker(threading.Thread):
    """Goes from one test to the next when it is told."""

    def __init__(self, place: Path, nodeid: str) -> None:
        super().__init__(daemon=True)
        self._turns, self._nodeid = Turns(place), nodeid
        self.begun, self.ended = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        self._turns.enter(self._nodeid)
        self.begun.set()
        self.ended.wait(PATIENCE)
        self._turns.done("")


@pytest.fixture
def workers(place: Path) -> Iterator[list[Worker]]:
    made: list[Worker] = []
    yield made
    for worker in made:
        worker.ended.set()
        worker.join(PATIENCE)
        assert not worker.is_alive()


def test_stories_in_namespaces_of_their_own_go_side_by_side(
    place: Path, workers: list[Worker]
) -> None:
    workers += [Worker(place, SHARED), Worker(place, OTHER)]
    assert all(worker.begun.wait(PATIENCE) for worker in workers)


@pytest.mark.parametrize(
    ("first", "second"), [(SHARED, BREAKS), (BREAKS, SHARED), (BREAKS, BREAKS)]
)
def test_a_story_that_breaks_something_waits_for_all_others_and_they_for_it(
    place: Path, workers: list[Worker], first: str, second: str
) -> None:
    workers.append(Worker(place, first))
    assert workers[0].begun.wait(PATIENCE)
    workers.append(Worker(place, second))
    assert not workers[1].begun.wait(MOMENT)
    workers[0].ended.set()
    assert workers[1].begun.wait(PATIENCE)


def test_a_test_beside_the_lab_waits_for_nothing(place: Path, workers: list[Worker]) -> None:
    workers.append(Worker(place, BREAKS))
    assert workers[0].begun.wait(PATIENCE)
    workers += [Worker(place, "tests/unit/x.py::test_x"), Worker(place, f"{KYVERNO}x.py::test_y")]
    assert all(worker.begun.wait(PATIENCE) for worker in workers)


def test_those_side_by_side_keep_their_turn_until_none_of_them_follows(
    place: Path, workers: list[Worker]
) -> None:
    mine = Turns(place)
    mine.enter(SHARED)
    mine.done(OTHER)
    workers.append(Worker(place, BREAKS))
    assert not workers[0].begun.wait(MOMENT)
    mine.enter(OTHER)
    mine.done("tests/unit/x.py::test_x")
    assert workers[0].begun.wait(PATIENCE)


def test_a_turn_ends_with_its_process(place: Path, workers: list[Worker]) -> None:
    words = f"from pathlib import Path; Turns(Path({str(place)!r})).enter({BREAKS!r}); os._exit(1)"
    code = f"import os; from tests.turns import Turns; {words}"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert place.exists()
    workers.append(Worker(place, SHARED))
    assert workers[0].begun.wait(PATIENCE)


def test_what_one_process_has_done_no_other_does_again(tmp_path: Path) -> None:
    done: list[int] = []
    for _ in range(2):
        turns.once(tmp_path, lambda: done.append(1))
    assert done == [1]


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        turns.once(tmp_path, lambda: print(1 / 0))
    done: list[int] = []
    turns.once(tmp_path, lambda: done.append(1))
    assert done == [1]


class Node:
    """A worker as the scheduler sees it: it runs a test once it knows of the next or of the end."""

    def __init__(self, number: int, given: list[str]) -> None:
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.given = given
        self.queue: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given.append(turns.unit(TESTS[indices[0]]))
        self.queue += indices

    def shutdown(self) -> None:
        self.shutting_down = True

    def next(self) -> int | None:
        return self.queue.pop(0) if len(self.queue) > (not self.shutting_down) else None


RUNBOOKS = [f"{turns.RUNBOOK}[Is this PVC safe?]", f"{turns.RUNBOOK}[Rebuild the cluster]"]
TESTS = [
    *(f"{LAB}{file}::test_{n}" for file in STORIES for n in range(3)),
    *(f"{LAB}{name}" for name in (*RUNBOOKS, *ALONE_ALL_THE_SAME)),
    *(f"{KYVERNO}test_gate.py::test_{n}" for n in range(9)),
    *(f"tests/unit/test_many.py::test_{n}" for n in range(40)),
]


@dataclass(frozen=True)
class Course:
    """Who has run which unit, and the order in which units were given away."""

    workers: dict[str, set[str]]
    given: list[str]


def course(workers: int) -> Course:
    """Of a run in which each test takes as long as any other."""
    option = SimpleNamespace(loadscopereorder=True)
    config: Any = SimpleNamespace(getvalue=lambda _: [f"{workers}*popen"], option=option)
    scheduler, given = SideBySide(config), list[str]()
    nodes: list[Any] = [Node(number, given) for number in range(workers)]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, TESTS)
    scheduler.schedule()
    ran, by = [], dict[str, set[str]]()
    while batch := [(node, index) for node in nodes if (index := node.next()) is not None]:
        for node, index in batch:
            ran.append(TESTS[index])
            by.setdefault(turns.unit(TESTS[index]), set()).add(node.gateway.id)
            scheduler.mark_test_complete(node, index)
    assert sorted(ran) == sorted(TESTS)
    return Course(by, given)


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_every_test_runs_once_and_a_unit_has_one_worker(workers: int) -> None:
    assert {len(names) for names in course(workers).workers.values()} == {1}


def test_two_workers_share_the_lab_while_a_third_goes_through_the_rest() -> None:
    workers = course(3).workers
    lab = set().union(*(names for unit, names in workers.items() if unit.startswith(LAB)))
    assert len(lab) == 2
    assert workers[OFFLINE].isdisjoint(lab)


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_those_alone_are_given_away_after_all_that_go_side_by_side(workers: int) -> None:
    given = course(workers).given
    assert given[0] == OFFLINE
    assert given[-2:] == [ALONE, KYVERNO]
    assert all(unit.startswith(LAB) for unit in given[1:-2])
