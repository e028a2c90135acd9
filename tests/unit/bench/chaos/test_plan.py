import itertools
import math

from bench.chaos.plan import LATEST, LONGEST, SHORTEST, plan
from lab.faults.catalog import FAULTS

RUNS = [plan(f"1/{number}", 3, FAULTS) for number in range(400)]


def test_the_same_seed_gives_the_same_run() -> None:
    assert plan("7/3", 3, FAULTS) == plan("7/3", 3, FAULTS)
    assert plan("7/3", 3, FAULTS) != plan("7/4", 3, FAULTS)


def test_every_fault_comes_alone_or_beside_another() -> None:
    met = {strike.fault for run in RUNS for strike in run.breaks}
    assert met == set(FAULTS)
    assert {len(run.breaks) for run in RUNS} == {1, 2}


def test_two_faults_never_touch_the_same() -> None:
    for run in RUNS:
        for strike, other in itertools.combinations(run.breaks, 2):
            assert FAULTS[strike.fault].goes_with(FAULTS[other.fault])


def test_times_stay_within_their_bounds() -> None:
    breaks = [strike for run in RUNS for strike in run.breaks]
    assert all(0 <= strike.at <= LATEST for strike in breaks)
    assert all(SHORTEST <= strike.lasts <= LONGEST for strike in breaks)


def test_lives_are_of_every_kind() -> None:
    lives = [life for run in RUNS for life in run.lives]
    assert len(lives) == 3 * len(RUNS)
    kinds = {(life.is_new, life.timeout == math.inf, life.is_tidy) for life in lives}
    assert len(kinds) == 2**3
