"""Gives containers of one image other variables and mounts, as runc creates them.

`lab/node/nodeconfig.py` has runc run through it while the file in its first argument exists. It
runs in the node, by the host's Python, and so imports the standard library alone.
"""

import json
import sys
from pathlib import Path
from typing import Any

IMAGE = "io.kubernetes.cri.image-name"  # containerd's annotation of a container


def changed(config: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """An OCI runtime config, changed where its image is the one of `change`.

    `change` has `image`, `environment` (variable to text) and `mounts` (place inside to path here).
    A path of the container's own stays behind the one that is added.
    """
    if config.get("annotations", {}).get(IMAGE) != change["image"]:
        return config
    before = dict(text.split("=", 1) for text in config["process"]["env"])
    variables = before | change["environment"]
    if "PYTHONPATH" in before:
        variables["PYTHONPATH"] += f":{before['PYTHONPATH']}"
    mounts = [
        {"destination": inside, "type": "bind", "source": path, "options": ["bind", "ro"]}
        for inside, path in change["mounts"].items()
    ]
    process = config["process"] | {"env": [f"{key}={text}" for key, text in variables.items()]}
    return config | {"process": process, "mounts": [*config["mounts"], *mounts]}


def main(change: Path, words: list[str]) -> None:
    """Changes the bundle that runc is about to create, if it is."""
    if "create" in words and "--bundle" in words:
        path = Path(words[words.index("--bundle") + 1]) / "config.json"
        config = json.loads(path.read_text())
        path.write_text(json.dumps(changed(config, json.loads(change.read_text()))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
