"""An OCI image from layers, written as one archive that `ctr images import` reads."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO

from lab.images.layer import Layer

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a Dockerfile would end up with."""

    reference: str
    layers: tuple[Layer, ...]
    entrypoint: tuple[str, ...] = ()
    environment: tuple[str, ...] = (PATH,)
    user: str = ""
    workdir: str = "/"
    command: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A JSON document of an image."""

    kind: str
    data: bytes

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.data).hexdigest()

    def descriptor(self) -> dict[str, object]:
        return {"mediaType": self.kind, "digest": self.digest, "size": len(self.data)}


def _blob(kind: str, document: dict[str, object]) -> Blob:
    return Blob(kind=kind, data=json.dumps(document, separators=(",", ":")).encode())


def config(image: Image) -> Blob:
    """The image's configuration."""
    run = {
        "Entrypoint": list(image.entrypoint),
        "Cmd": list(image.command),
        "Env": list(image.environment),
        "User": image.user,
        "WorkingDir": image.workdir,
    }
    return _blob(
        CONFIG,
        {
            "architecture": ARCHITECTURES[platform.machine()],
            "os": "linux",
            "created": "1970-01-01T00:00:00Z",
            "config": {key: value for key, value in run.items() if value},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in image.layers]},
        },
    )


def manifest(image: Image) -> Blob:
    """The image's manifest; its digest changes exactly when the image does."""
    layers = [{"mediaType": LAYER, "digest": one.digest, "size": one.size} for one in image.layers]
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers}
    return _blob(MANIFEST, document | {"config": config(image).descriptor()})


def index(images: Iterable[Image]) -> bytes:
    """The list of all images of an archive, each under its full name."""
    entries = []
    for image in images:
        names = {"io.containerd.image.name": image.reference}
        system = {"architecture": ARCHITECTURES[platform.machine()], "os": "linux"}
        entries.append(manifest(image).descriptor() | {"annotations": names, "platform": system})
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()


def write(images: Iterable[Image], stream: IO[bytes], known: frozenset[str] = frozenset()) -> None:
    """Writes an archive of the images, leaving out layers with a digest that is `known` already."""
    wanted = list(images)
    written = set(known)
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT) as tar:

        def put(name: str, data: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

        put("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        put("index.json", index(wanted))
        for image in wanted:
            for blob in (config(image), manifest(image)):
                put(_blob_path(blob.digest), blob.data)
            for layer in image.layers:
                if layer.digest not in written:
                    written.add(layer.digest)
                    member = tarfile.TarInfo(_blob_path(layer.digest))
                    member.size = layer.size
                    with layer.path.open("rb") as content:
                        tar.addfile(member, content)


def _blob_path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")
