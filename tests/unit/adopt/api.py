"""A made-up API server: what a GET of each path answers."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adopt.cluster import CORE, CRD_PATH, CRDS, GROUPS
from contract.repository import PIN_KEY

PIN = "/api/v1/namespaces/volsync-system/configmaps?fieldSelector=metadata.name=kopia-repository"


def answers(objects: Mapping[str, Sequence[Any]], pinned: str = "") -> dict[str, Any]:
    """Every path that may be asked; each group serves its kinds in the older of two versions."""
    pin = [{"data": {PIN_KEY: pinned}}] if pinned else []
    paths: dict[str, Any] = {PIN: {"items": pin}, CRD_PATH: {"items": objects.get(CRDS, [])}}
    paths |= {f"/api/v1/{name}": {"items": objects[name]} for name in CORE}
    groups = []
    for group, names in GROUPS.items():
        served = [name for name in names if name in objects]
        versions = [{"groupVersion": f"{group}/{version}"} for version in ("v2", "v1")]
        groups += [{"name": group, "versions": versions}] if served else []
        paths[f"/apis/{group}/v2"] = {"resources": [{"name": "others"}]}
        resources = [{"name": word} for name in served for word in (name, f"{name}/status")]
        paths[f"/apis/{group}/v1"] = {"resources": resources}
        paths |= {f"/apis/{group}/v1/{name}": {"items": objects[name]} for name in served}
    return paths | {"/apis": {"groups": [*groups, {"name": "other", "versions": []}]}}


def fake_kubectl(folder: Path, answers_by_path: Mapping[str, Any]) -> Path:
    """A kubectl that knows these answers only; each call is a line of `calls`."""
    (folder / "answers").write_text(json.dumps(answers_by_path))
    script = folder / "kubectl"
    script.write_text(
        f"#!{sys.executable} -S\n"
        "import json, sys\n"
        f"print(json.dumps(sys.argv[1:]), file=open({str(folder / 'calls')!r}, 'a'))\n"
        f"answers = json.load(open({str(folder / 'answers')!r}))\n"
        "path = sys.argv[-1]\n"
        "if path not in answers: sys.exit(f'Error from server (Forbidden): {path}')\n"
        "print(answers[path] if isinstance(answers[path], str) else json.dumps(answers[path]))\n"
    )
    script.chmod(0o755)
    return script
