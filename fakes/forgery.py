"""Writes manifests into a repository as whoever has its password can, and kopia never would."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract.names import Identity
from contract.repository import KEY_PASSWORD
from kopia.command import Kopia
from kopia.failure import KopiaError
from kopia.suspect import SNAPSHOT, TYPE, labels_of

TOOL = "kopia-forge"  # of lab/tools/kopia


def text_of(client: Kopia, snapshot_id: str) -> dict[str, Any]:
    """The text of a snapshot's manifest."""
    shown = client.run("manifest", "show", snapshot_id)  # below some lines of comment
    return json.loads(shown[shown.index("{") :])


def forge(
    binary: Path, client: Kopia, identity: Identity | None, text: object, **labels: str
) -> str:
    """The id of a new manifest that is labelled as this identity's, if any."""
    own: Mapping[str, object] = labels_of(identity, {}) if identity else {TYPE: SNAPSHOT}
    password = client.password_file.read_text().strip()
    run = subprocess.run(
        [binary, client.config],
        input=json.dumps({"labels": {**own, **labels}, "data": text}),
        env={"HOME": str(client.cache), KEY_PASSWORD: password},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise KopiaError(f"nothing was forged: {run.stderr.replace(password, '***')}")
    return run.stdout.strip()
