"""A made-up API server: what a GET of each path answers."""

import json
import shlex
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
    cases = []
    for number, (path, answer) in enumerate(answers_by_path.items()):
        text = folder / f"answer-{number}"
        text.write_text(answer if isinstance(answer, str) else json.dumps(answer))
        cases.append(f"{shlex.quote(path)}) exec cat {shlex.quote(str(text))} ;;")
    script = folder / "kubectl"
    script.write_text(
        "#!/bin/sh\n"  # not Python, which takes ten times as long to start
        f'echo "$*" >> {shlex.quote(str(folder / "calls"))}\n'
        "for path; do :; done\n"
        'case "$path" in\n' + "\n".join(cases) + "\nesac\n"
        'echo "Error from server (Forbidden): $path" >&2\n'
        "exit 1\n"
    )
    script.chmod(0o755)
    return script
