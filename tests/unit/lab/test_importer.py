from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import paths
from lab.errors import LabError
from lab.images import importer, layer
from lab.images.oci import Image
from lab.node.namespaces import Node
from lab.node.process import Process


@dataclass(frozen=True, kw_only=True)
class ScriptNode(Node):
    """Runs a shell script in place of ctr; keeps what it was given."""

    folder: Path
    script: str

    def command(self, words, environment=None):
        return ["sh", "-c", f"cd {self.folder}; {self.script}", *words]

    def archive(self):
        return (self.folder / "archive").read_bytes()


def a_node(folder, script="cat > archive; echo imported"):
    no_process = Process(pid=1, started=-1)
    return ScriptNode(keeper=no_process, first=no_process, folder=folder, script=script)


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "LAYERS", tmp_path / "layers")
    monkeypatch.setattr(importer, "RECORD", tmp_path / "images.json")


def image(text):
    cached = layer.cached([text], lambda tar: layer.add_text(tar, "a", text * 1000))
    return Image(reference="registry.local/a:1", layers=(cached,))


def test_an_image_is_imported_once(tmp_path):
    node = a_node(tmp_path)
    assert importer.load(node, [image("x")]) == ["registry.local/a:1"]
    assert b"x" * 1000 in node.archive()
    assert importer.load(node, [image("x")]) == []


def test_a_new_version_of_an_image_is_imported(tmp_path):
    node = a_node(tmp_path)
    importer.load(node, [image("x")])
    assert importer.load(node, [image("y")]) == ["registry.local/a:1"]


def test_a_refusal_is_told_and_tried_again_next_time(tmp_path):
    with pytest.raises(LabError, match="no space left"):
        importer.load(a_node(tmp_path, "echo no space left; exit 1"), [image("x")])
    assert importer.load(a_node(tmp_path), [image("x")]) == ["registry.local/a:1"]
