import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kopia.command import Kopia

PASSWORD = "correct horse battery staple"


@pytest.fixture
def fake_kopia(tmp_path: Path) -> Callable[..., Kopia]:
    """Makes a `kopia` executable of a few lines of Python, which sees its arguments as `args`."""

    def make(body: str = "", deadline: float = 10.0) -> Kopia:
        script = tmp_path / "kopia"
        script.write_text(f"#!{sys.executable} -S\nimport os, sys\nargs = sys.argv[1:]\n{body}\n")
        script.chmod(0o755)
        (tmp_path / "password").write_text(PASSWORD + "\n")
        return Kopia(
            binary=str(script),
            config=tmp_path / "state" / "repository.config",
            cache=tmp_path / "state" / "cache",
            logs=tmp_path / "state" / "logs",
            password_file=tmp_path / "password",
            deadline=deadline,
        )

    return make
