"""A made-up API server: what a GET of each path answers."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adopt.cluster import CORE, CRD_PATH, CRDS, GROUPS
from contract.repository import PIN_KEY

PIN = "/api/v1/namespaces/volsync-system/configmaps?fieldSelector=metadata.name=kopia-repository"


def answers(seen: Mapping[str, Sequence[Any]], pinned: str = "") -> dict[str, Any]:
    """Every path that may be asked; each group serves its kinds in the older of two versions."""
    pin = [{"data": {PIN_KEY: pinned}}] if pinned else []
    told: dict[str, Any] = {PIN: {"items": pin}, CRD_PATH: {"items": seen.get(CRDS, [])}}
    told |= {f"/api/v1/{name}": {"items": seen[name]} for name in CORE}
    groups = []
    for group, names in GROUPS.items():
        served = [name for name in names if name in seen]
        versions = [{"groupVersion": f"{group}/{version}"} for version in ("v2", "v1")]
        groups += [{"name": group, "versions": versions}] if served else []
        told[f"/apis/{group}/v2"] = {"resources": [{"name": "others"}]}
        resources = [{"name": word} for name in served for word in (name, f"{name}/status")]
        told[f"/apis/{group}/v1"] = {"resources": resources}
        told |= {f"/apis/{group}/v1/{name}": {"items": seen[name]} for name in served}
    return told | {"/apis": {"groups": [*groups, {"name": "other", "versions": []}]}}


def fake_kubectl(folder: Path, told: Mapping[str, Any]) -> Path:
    """A kubectl that knows these answers only; each call is a line of `calls`."""
    (folder / "answers").write_text(json.dumps(told))
    script = folder / "kubectl"
    script.write_text(
        f"#!{sys.executable} -S\n"
        "import json, sys\n"
        f"print(json.dumps(sys.argv[1:]), file=open({str(folder / 'calls')!r}, 'a'))\n"
        f"told = json.load(open({str(folder / 'answers')!r}))\n"
        "path = sys.argv[-1]\n"
        "if path not in told: sys.exit(f'Error from server (Forbidden): {path}')\n"
        "print(told[path] if isinstance(told[path], str) else json.dumps(told[path]))\n"
    )
    script.chmod(0o755)
    return script
