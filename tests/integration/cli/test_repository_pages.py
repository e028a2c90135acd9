"""What the pages have people type at a repository, with the real kopia and scripts/adopt."""

import os
from pathlib import Path

import pytest

from contract.names import Claim, Identity, identity
from fakes.http_api import kubeconfig
from kopia.snapshots import listing
from tests.integration.cli.adoption import api_server
from tests.project.pages.registry import texts_given_to
from tests.project.pages.snippet import ROOT
from tests.project.pages.terminal import Terminal
from tests.tooling import tool
from tests.unit.adopt.api import answers
from tests.unit.adopt.origin import origin, pvc

CLAIM = Claim("media", "bare")
OLD, NEW = Identity("bare", "media"), identity(CLAIM)
COPY, DELETE = "copy-history", "delete"
# Whose snapshots are listed after each command.
LEFT = {COPY: {OLD, NEW}, "move-history": {NEW}, DELETE: {NEW}, "verify": {OLD}}
TEXTS = texts_given_to(__file__)


@pytest.fixture
def cluster(tmp_path):
    """A made-up cluster with the one PVC."""
    objects = {name: [] for name in origin()} | {"persistentvolumeclaims": [pvc(CLAIM.name)]}
    with api_server(answers(objects)) as (url, _):
        yield kubeconfig(tmp_path, url)


@pytest.fixture
def terminal(tmp_path, kopia_binary, repository, writer, back_up, cluster) -> Terminal:
    back_up(OLD)
    programs = [kopia_binary.parent, tool("kubectl").parent]
    return Terminal(
        ROOT,
        {
            "PATH": ":".join([*map(str, programs), os.defpath]),
            "HOME": str(tmp_path),
            "KUBECONFIG": str(cluster),
            "KOPIA_CONFIG_PATH": str(writer.config),
            "KOPIA_PASSWORD": Path(writer.password_file).read_text(),
            "KOPIA_CACHE_DIRECTORY": str(tmp_path / "cache"),
            "KOPIA_CHECK_FOR_UPDATES": "false",
        },
        {"export": str(repository), "file": str(writer.password_file)},
    )


@pytest.mark.parametrize("text", [text for text in TEXTS if text.startswith("kopia ")])
def test_a_command_does_what_the_page_says(terminal, writer, text):
    verb = text.split()[2]
    if verb == DELETE:
        terminal.must(f"kopia snapshot {COPY} {OLD} {NEW}")
    terminal.must(text.replace("OLD", str(OLD)).replace("NEW", str(NEW)))
    assert {snapshot.identity for snapshot in listing(writer)} == LEFT[verb]


@pytest.mark.parametrize("text", [text for text in TEXTS if text.startswith("scripts/adopt ")])
def test_the_look_tells_what_is_left_to_do(terminal, text):
    run = terminal.run(text)
    assert run.returncode == 3, run.stderr
    assert f"kopia snapshot {COPY} {OLD} {NEW}" in run.stdout
