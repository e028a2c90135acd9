"""`scripts/test --fast` runs checks and tests side by side, and hides neither."""

from pathlib import Path

import pytest

from tests import checkout as a_checkout
from tests.checkout import Checkout

PROGRAM = "#!/bin/bash\necho {text}\nexit {code}\n"


def put(checkout: Checkout, name: str, text: str, code: int) -> None:
    checkout.write(name, PROGRAM.format(text=text, code=code))
    (checkout.folder / name).chmod(0o755)


@pytest.mark.parametrize(("tests", "checks", "code"), [(0, 0, 0), (1, 0, 1), (0, 3, 3), (1, 3, 3)])
def test_it_is_red_where_one_of_both_is_and_shows_what_both_say(
    tmp_path: Path, tests: int, checks: int, code: int
) -> None:
    checkout = a_checkout.made(tmp_path)
    (tmp_path / ".venv" / "bin").unlink()
    put(checkout, ".venv/bin/python", "of the tests", tests)
    put(checkout, "scripts/check", "of the checks", checks)
    done = checkout.run("test", "--fast")
    assert done.returncode == code
    lines = done.stdout.splitlines()
    assert lines[:2] == ["of the tests", "of the checks"]
    assert lines[2:] == (["scripts/test: scripts/check is red"] if checks else [])
