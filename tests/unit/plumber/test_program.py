import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("program", "variable"),
    [
        ("plumber", "PLUMBER_REFRSH"),
        ("plumber.audit", "PLUMBER_REFRSH"),
        ("plumber.canary", "CANARY_PROT"),
    ],
)
def test_a_program_that_is_told_what_it_does_not_know_names_it_and_does_not_start(
    program, variable
):
    run = subprocess.run(
        [sys.executable, "-m", program],
        env={**os.environ, "PLUMBER_STATE": "/state", variable: "7"},  # noqa: TID251
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert f"settings: {variable} is not known, did you mean" in run.stderr
