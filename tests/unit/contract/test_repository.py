from pathlib import Path
from typing import Any

import pytest

from contract.repository import PIN_KEY, pinned, pinned_file


@pytest.mark.parametrize(
    "config_map",
    [None, {}, {"data": None}, {"data": {}}, {"data": {PIN_KEY: None}}, {"data": {"id": "1f"}}],
)
def test_a_config_map_without_an_id_pins_nothing(config_map: dict[str, Any] | None) -> None:
    assert pinned(config_map) == ""


def test_the_pinned_id_is_read_without_the_white_space_of_an_editor(tmp_path: Path) -> None:
    assert pinned({"data": {PIN_KEY: " 1f\n"}}) == "1f"
    (tmp_path / PIN_KEY).write_text("1f\n")
    assert pinned_file(tmp_path / PIN_KEY) == "1f"


def test_before_bootstrap_has_finished_the_file_is_not_there_and_pins_nothing(
    tmp_path: Path,
) -> None:
    assert pinned_file(tmp_path / PIN_KEY) == ""


def test_a_file_that_cannot_be_read_is_never_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        pinned_file(tmp_path)
    (tmp_path / PIN_KEY).write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"."):
        pinned_file(tmp_path / PIN_KEY)
