"""The person who moves a cluster leaves nothing of it behind."""

import subprocess
from pathlib import Path

import pytest

from lab import paths, tools
from lab.cluster import secretstore
from tests.e2e.adoption import Mover
from tests.project.pages.terminal import Terminal

PASSWORD = "made up, like all secrets of tests"
OPTION = "--password-file="


def test_the_labs_password_is_never_written_into_the_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    commands = []

    def adopt(self: Mover, *words: str) -> subprocess.CompletedProcess[str]:
        [file] = [Path(word.removeprefix(OPTION)) for word in words if word.startswith(OPTION)]
        commands.append((file, file.read_text()))
        return subprocess.CompletedProcess(words, 0, stdout="{}", stderr="")

    monkeypatch.setattr(secretstore, "password", lambda: PASSWORD)
    monkeypatch.setattr(tools, "ensure", lambda names: {name: Path(name) for name in names})
    monkeypatch.setattr(Mover, "_at_the_export", adopt)
    before = set(paths.ROOT.iterdir())
    assert Mover(Terminal(paths.ROOT, {}), Path("/made-up"), tmp_path).look() == 0
    [(file, content)] = commands
    assert content == PASSWORD
    assert file.is_relative_to(tmp_path)
    assert file.exists()  # the steps that it prints name it
    assert set(paths.ROOT.iterdir()) == before
