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


def test_what_two_threads_would_load_at_once_is_there_before_either_begins():
    """The client of the API server and the web server both need it."""
    script = "import sys, plumber.__main__; sys.exit('anyio.abc' not in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
