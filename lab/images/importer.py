"""Brings images into the node's containerd, but only what is not there yet."""

import json
import subprocess
from collections.abc import Iterable

from lab import paths
from lab.errors import LabError
from lab.images.oci import Image, manifest, write
from lab.node import nodeconfig
from lab.node.namespaces import Node

RECORD = paths.STATE / "images.json"


def _recorded() -> dict[str, dict]:
    return json.loads(RECORD.read_text()) if RECORD.exists() else {}


def load(node: Node, images: Iterable[Image]) -> list[str]:
    """Imports what changed and says which images those were.

    The record holds, for each image, its manifest and its layers: a layer that the node has is not
    sent again, so that a change of our code costs a second.
    """
    record = _recorded()
    changed = [
        image
        for image in images
        if record.get(image.reference, {}).get("manifest") != manifest(image).digest
    ]
    if not changed:
        return []
    known = frozenset(layer for entry in record.values() for layer in entry["layers"])
    _import(node, changed, known)
    for image in changed:
        layers = sorted({layer.digest for layer in image.layers})
        record[image.reference] = {"manifest": manifest(image).digest, "layers": layers}
    RECORD.write_text(json.dumps(record, indent=1))
    return [image.reference for image in changed]


def _import(node: Node, images: list[Image], known: frozenset[str]) -> None:
    socket = paths.inside(nodeconfig.CONTAINERD_SOCKET)
    command = node.command(["ctr", "-a", socket, "-n", "k8s.io", "images", "import", "-"])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as importing:
        assert importing.stdin is not None
        assert importing.stdout is not None
        try:
            write(images, importing.stdin, known)
            importing.stdin.close()
        except BrokenPipeError:
            pass  # ctr gave up; its own words below say why
        output = importing.stdout.read().decode(errors="replace")
    if importing.returncode:
        raise LabError(f"containerd does not take the images:\n{output[-1500:]}")
