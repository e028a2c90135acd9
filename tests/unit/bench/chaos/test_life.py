import json
import subprocess
import sys

import pytest

from bench.chaos import life
from bench.chaos.life import Limit, StuckError
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
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes only while somebody sleeps."""
    now = [0.0]
    monkeypatch.setattr("bench.chaos.life.time.monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        now[0] += seconds
        assert now[0] < life.STUCK * 10, "this never ends"

    monkeypatch.setattr("bench.chaos.life.time.sleep", sleep)
    return now


def test_before_all_is_healed_there_is_no_limit(clock: list[float]) -> None:
    assert Limit().until("end", lambda: clock[0] > life.STUCK * 3)


def test_what_does_not_come_long_after_that_is_stuck(clock: list[float]) -> None:
    limit = Limit()
    limit.start()
    with pytest.raises(StuckError, match="no end"):
        limit.until("end", lambda: False)
    assert clock[0] == pytest.approx(life.STUCK, abs=1)


def test_patience_ends_without_an_error(clock: list[float]) -> None:
    assert Limit().until("end", lambda: False, patience=3.0) is None
    assert clock[0] == pytest.approx(3.0, abs=1)


def test_an_api_that_does_not_answer_is_asked_again(clock: list[float]) -> None:
    answers = iter([KubectlError("connection refused"), KeyError("status"), "yes"])

    def probe() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert Limit().until("end", probe) == "yes"
