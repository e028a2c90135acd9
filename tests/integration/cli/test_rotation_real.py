"""The runbook's way to a new password leaves neither password on the disk of whoever goes it."""

import base64
import os
from pathlib import Path

import pytest

from kopia.command import Kopia, KopiaError
from kopia.repository import status
from tests.e2e.runbook import sections
from tests.project.pages.registry import given_to
from tests.project.pages.terminal import Terminal

E2E = Path(__file__).parents[2] / "e2e" / "test_runbook.py"
LINES = sections(given_to(str(E2E)))["Rotate the repository's password"][0].splitlines()
NEW = "another-made-up-password"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def terminal(home: Path, repository: Path, writer: Kopia) -> Terminal:
    """Of somebody who types both passwords."""
    environ = {
        "PATH": f"{Path(writer.binary).parent}:{os.defpath}",
        "HOME": str(home),
        "KOPIA_PASSWORD": writer.password_file.read_text(),
        "KOPIA_NEW_PASSWORD": NEW,
    }
    return Terminal(home, environ, {"export": str(repository)})


def holding(folder: Path, *passwords: str) -> list[Path]:
    """Files that hold one of the passwords, as it is or as kopia would write it."""
    forms = [
        form for text in passwords for form in (text.encode(), base64.b64encode(text.encode()))
    ]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(form in path.read_bytes() for form in forms)]


@pytest.mark.parametrize("steps", range(1, len(LINES) + 1))
def test_no_password_is_on_disk_at_any_step(
    terminal: Terminal, home: Path, writer: Kopia, steps: int
) -> None:
    terminal.must("\n".join(LINES[:steps]))
    assert any(path.is_file() for path in home.rglob("*"))
    assert holding(home, writer.password_file.read_text(), NEW) == []


def test_without_the_flag_kopia_writes_it_down(terminal: Terminal, home: Path) -> None:
    """Why both lines carry it: the first one's is not remembered."""
    lines = [LINES[0], LINES[1].replace("--no-persist-credentials", "")]
    terminal.must("\n".join(lines))
    assert holding(home, NEW)


def test_the_new_password_opens_the_repository_and_the_old_one_does_not(
    terminal: Terminal, writer: Kopia
) -> None:
    terminal.must("\n".join(LINES))
    with pytest.raises(KopiaError, match="wrong repository password"):
        status(writer)
    writer.password_file.write_text(NEW)
    assert status(writer).unique_id
