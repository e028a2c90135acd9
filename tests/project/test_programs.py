"""Each program of the image, started as its pod starts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRONG = {
    "mover": "MOVER_IMAGE",
    "mover.bootstrap": "BOOTSTRAP_STATE",
    "mover.maintenance": "MAINTENANCE_STATE",
    "mover.drill": "DRILL_STATE",
    "plumber": "PLUMBER_STATE",
    "plumber.audit": "PLUMBER_STATE",
    "plumber.verify": "PLUMBER_STATE",
}


@pytest.mark.parametrize("program", WRONG)
def test_a_program_that_is_told_too_little_ends_with_one_line_that_says_so(program):
    ended = subprocess.run(
        [sys.executable, "-m", program],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = ended.stderr.splitlines()
    assert f"{WRONG[program]} must be set" in line
    assert ended.returncode == 1
