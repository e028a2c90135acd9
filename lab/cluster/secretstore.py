"""External Secrets, the real operator, and the stand-in for 1Password Connect behind it."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from contract import repository
from lab import paths
from lab.cluster.components import answers
from lab.images.root import PYTHON
from lab.node import network
from lab.node.component import Component

PORT = 8080
HOST = f"http://{network.NODE}:{PORT}"
DATA = paths.CONNECT / "data.json"
VAULT = "homelab"


def prepare() -> None:
    """Makes up the token and the repository's password, once for each lab."""
    paths.CONNECT.mkdir(mode=0o700, exist_ok=True)
    if not DATA.exists():
        fields = {repository.SECRET_FIELD: secrets.token_urlsafe(24)}
        data = {
            "token": secrets.token_urlsafe(24),
            "vaults": {VAULT: {repository.SECRET_ITEM: fields}},
        }
        DATA.touch(mode=0o600)
        DATA.write_text(json.dumps(data, indent=1))


def token() -> str:
    """What the store's bearer token is in this lab."""
    return json.loads(DATA.read_text())["token"]


def password() -> str:
    """What opens the repository in this lab."""
    fields = json.loads(DATA.read_text())["vaults"][VAULT][repository.SECRET_ITEM]
    return fields[repository.SECRET_FIELD]


def connect() -> Component:
    program = str(paths.STANDINS / "onepassword_connect.py")
    return Component(
        name="onepassword-connect",
        command=(str(PYTHON), "-u", program, "0.0.0.0", str(PORT), paths.inside(DATA)),  # noqa: S104 (inside the node)
        ready=lambda: answers(f"{HOST}/heartbeat"),
    )


def operator(tools: Mapping[str, Path]) -> Component:
    metrics = 8090
    return Component(
        name="external-secrets",
        command=(
            str(tools["external-secrets"]),
            "--concurrent=4",
            f"--metrics-addr=0.0.0.0:{metrics}",
            "--enable-leader-election=false",
        ),
        environment={"KUBECONFIG": f"{paths.INSIDE}/config/external-secrets.kubeconfig"},
        ready=lambda: answers(f"http://{network.NODE}:{metrics}/metrics"),
    )
