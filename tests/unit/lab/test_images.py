import io
import json
import tarfile

import pytest

from lab import paths
from lab.images import layer, oci, product, root
from lab.images.oci import Image


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "LAYERS", tmp_path / "layers")


def text_layer(text, key="k"):
    return layer.cached([key, text], lambda tar: layer.add_text(tar, "etc/hello", text))


def image(text, reference="registry.local/a:1"):
    return Image(reference=reference, layers=(text_layer(text),), entrypoint=("/x",))


def members(data):
    files = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            files[member.name] = content.read()
    return files


def written(images, present=frozenset()):
    stream = io.BytesIO()
    oci.write(images, stream, present)
    return stream.getvalue()


def test_a_layer_is_packed_once():
    packed = []

    def fill(tar):
        packed.append(1)
        layer.add_text(tar, "a", "b")

    assert layer.cached(["same"], fill) == layer.cached(["same"], fill)
    assert packed == [1]


def test_the_same_content_has_the_same_digest_whatever_it_is_called():
    assert text_layer("x", "one").digest == text_layer("x", "two").digest


def test_a_changed_program_makes_another_layer(tmp_path):
    program = tmp_path / "program"
    program.write_text("one")
    before = layer.programs({"/bin/p": program})
    program.write_text("three")
    assert layer.programs({"/bin/p": program}).digest != before.digest


def test_a_program_is_executable_and_belongs_to_root(tmp_path):
    program = tmp_path / "program"
    program.write_text("x")
    program.chmod(0o600)
    with tarfile.open(layer.programs({"/bin/p": program}).path) as tar:
        member = tar.getmember("bin/p")
    assert (member.mode, member.uid, member.mtime) == (0o755, 0, 0)


def test_a_manifest_changes_exactly_when_the_image_does():
    assert oci.manifest(image("x")).digest == oci.manifest(image("x")).digest
    assert oci.manifest(image("x")).digest != oci.manifest(image("y")).digest


def test_an_archive_holds_every_blob_that_it_names():
    files = members(written([image("x"), image("y", "registry.local/b:1")]))
    for entry in json.loads(files["index.json"])["manifests"]:
        manifest = json.loads(files["blobs/" + entry["digest"].replace(":", "/")])
        for blob in [manifest["config"], *manifest["layers"]]:
            assert len(files["blobs/" + blob["digest"].replace(":", "/")]) == blob["size"]


def test_an_archive_names_each_image_in_full():
    entries = json.loads(members(written([image("x")]))["index.json"])["manifests"]
    names = [entry["annotations"]["io.containerd.image.name"] for entry in entries]
    assert names == ["registry.local/a:1"]


def test_a_layer_that_the_node_has_is_not_sent_again():
    layers = {blob.digest for blob in image("x").layers}
    sent = members(written([image("x")], frozenset(layers)))
    assert not any("blobs/" + digest.replace(":", "/") in sent for digest in layers)


def test_ldd_s_output_names_the_libraries():
    listing = "\tlinux-vdso.so.1 (0x1)\n\tlibc.so.6 => /lib/libc.so.6 (0x2)\n\t/lib64/ld.so (0x3)\n"
    assert root.libraries(listing) == {"/lib/libc.so.6", "/lib64/ld.so"}


def test_a_shell_comes_with_the_library_it_needs():
    files = root.closure(["/usr/bin/dash"])
    assert any("libc.so" in path for path in files)
    assert all(not path.startswith("/lib") for path in files)


def test_the_standard_library_comes_without_tests_and_caches(tmp_path):
    for name in ("json/decoder.py", "json/__pycache__/x.pyc", "test/big.py", "os.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = {path.name for path in root.standard_library(tmp_path) if path.is_file()}
    assert names == {"decoder.py", "os.py"}


def test_our_code_is_packed_without_byte_code_and_follows_every_change(tmp_path):
    for package in product.PACKAGES:
        (tmp_path / package / "__pycache__").mkdir(parents=True)
        (tmp_path / package / "__pycache__" / "x.pyc").touch()
        (tmp_path / package / "__init__.py").write_text('"""."""\n')
    before = product.code(tmp_path)
    with tarfile.open(before.path) as tar:
        assert "app/contract/__init__.py" in tar.getnames()
        assert not [name for name in tar.getnames() if name.endswith(".pyc")]
    (tmp_path / "kopia" / "__init__.py").write_text("changed = True\n")
    assert product.code(tmp_path).digest != before.digest


def test_site_packages_follow_the_lock(tmp_path):
    lock = tmp_path / product.LOCK
    lock.parent.mkdir()
    lock.write_text("croniter==1\n")
    before = product.requirements_key(tmp_path)
    lock.write_text("croniter==2\n")
    assert product.requirements_key(tmp_path) != before
