import json
import subprocess
import sys

import pytest

from bench.chaos import life
from bench.chaos.life import Limit, StuckError
from fakes.virtual_clock import VirtualClock
from lab import polling
from lab.application import DATA, KubectlError


def run(script: str, top: object, *words: str) -> str:
    """A script of the pod's, on another folder."""
    command = [sys.executable, "-c", script.replace(DATA, str(top)), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_what_is_written_is_read_and_damage_shows(tmp_path) -> None:
    assert json.loads(run(life.READ, tmp_path)) == {}
    for word in ("1", "12"):
        run(life.WRITE, tmp_path, word)
    assert json.loads(run(life.READ, tmp_path)) == {"1": True, "12": True}
    (tmp_path / "1").write_text("torn")
    assert json.loads(run(life.READ, tmp_path)) == {"1": False, "12": True}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    clock = VirtualClock()
    monkeypatch.setattr(life, "time", clock)
    monkeypatch.setattr(polling, "time", clock)
    return clock


def test_before_all_is_healed_there_is_no_limit(clock: VirtualClock) -> None:
    assert Limit().until("end", lambda: clock.now > life.STUCK * 3)


def test_what_does_not_come_long_after_that_is_stuck(clock: VirtualClock) -> None:
    limit = Limit()
    limit.start()
    with pytest.raises(StuckError, match="no end"):
        limit.until("end", lambda: False)
    assert clock.now == pytest.approx(life.STUCK, abs=1)


def test_a_timeout_of_its_own_ends_without_an_error(clock: VirtualClock) -> None:
    assert Limit().until("end", lambda: False, timeout=3.0) is None
    assert clock.now == pytest.approx(3.0, abs=1)


def test_an_api_that_does_not_answer_is_asked_again(clock: VirtualClock) -> None:
    answers = iter([KubectlError("connection refused"), KeyError("status"), "yes"])

    def probe() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert Limit().until("end", probe) == "yes"
