"""Writes manifests into a repository as whoever has its password can, and kopia never would."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from contract.names import Identity
from contract.repository import KEY_PASSWORD
from kopia.command import Kopia
from kopia.suspect import labels_of
from tests.tooling import tool


def text_of(client: Kopia, snapshot_id: str) -> dict[str, Any]:
    """The text of a snapshot's manifest."""
    shown = client.run("manifest", "show", snapshot_id)  # below some lines of comment
    return json.loads(shown[shown.index("{") :])


def forge(client: Kopia, identity: Identity | None, text: object, **labels: str) -> str:
    """The id of a new manifest that is labelled as this identity's, if any."""
    own: Mapping[str, object] = labels_of(identity, {}) if identity else {"type": "snapshot"}
    run = subprocess.run(
        [tool("kopia-forge"), client.config],
        input=json.dumps({"labels": {**own, **labels}, "data": text}),
        env={"HOME": str(client.cache), KEY_PASSWORD: client.password_file.read_text().strip()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()
