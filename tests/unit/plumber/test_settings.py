from pathlib import Path

import pytest

from contract import answer, repository
from plumber.settings import load


def test_an_empty_environment_gives_what_the_pod_mounts() -> None:
    chosen = load({})
    assert chosen.port == answer.PORT
    assert chosen.repository == Path(repository.MOUNT_PATH)
    assert chosen.password_file == Path("/etc/kopia/KOPIA_PASSWORD")
    assert chosen.pin_file == Path("/etc/kopia-repository/uniqueId")
    assert chosen.drain + answer.DEADLINE < 30  # a pod's usual grace


def test_every_setting_can_be_given() -> None:
    chosen = load({"PLUMBER_PORT": "81", "PLUMBER_STATE": "/s", "PLUMBER_REFRESH": "2.5"})
    assert (chosen.port, chosen.state, chosen.refresh) == (81, Path("/s"), 2.5)


@pytest.mark.parametrize("value", ["", "x", "0", "-1", "inf", "nan"])
def test_a_malformed_time_is_refused_by_name(value: str) -> None:
    with pytest.raises(ValueError, match="PLUMBER_REFRESH"):
        load({"PLUMBER_REFRESH": value})


def test_nothing_is_read_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBER_PORT", "82")
    assert load().port == 82
