import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given

from adopt.renaming import rename, rename_back, session
from contract.names import Claim, claim_of, identity
from tests.unit.adopt.snapshots import claims, source, sources

DATA = Claim("media", "data")


def test_a_bare_name_is_copied_and_can_be_copied_back():
    old = source("data@media")
    words = "kopia snapshot copy-history data@media:/data data-backup@media:/data"
    assert rename(old, DATA) == words
    assert rename_back(old, DATA) == (
        "kopia snapshot copy-history data-backup@media:/data data@media:/data"
    )


@given(sources, claims)
def test_what_is_read_as_another_pvcs_is_moved_away(name, claim):
    line = rename(name, claim)
    assert (line == "") == (name == identity(claim)) == (rename_back(name, claim) == "")
    if line:
        verb, old, new = shlex.split(line)[2:]
        assert verb == ("copy-history" if claim_of(name) is None else "move-history")
        assert (old, new) == (str(name), str(identity(claim)))


def test_a_path_cannot_leave_its_word():
    line = rename(source("data@media:/a b'; rm -rf $(x)"), DATA)
    assert shlex.split(line)[3] == "data@media:/a b'; rm -rf $(x)"


@pytest.mark.parametrize("name", ["plain", "it's here"])
def test_the_lines_run_in_a_shell_with_the_password_of_the_file(tmp_path: Path, name: str):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "password").write_text("made up\n")
    kopia = folder / "kopia"
    kopia.write_text('#!/bin/sh\necho "$KOPIA_PASSWORD|$KOPIA_CONFIG_PATH|$*"\n')
    kopia.chmod(0o755)
    lines = session(folder, str(folder / "password"), str(kopia), ["true"])
    run = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],
        env={"PATH": os.defpath, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    connect, disconnect = run.stdout.splitlines()
    password, config, words = connect.split("|")
    assert password == "made up"
    assert config.startswith(str(tmp_path))
    assert f"connect filesystem --path={folder}" in words
    assert disconnect.endswith("repository disconnect")
