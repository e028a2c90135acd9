"""Every image of the lab under the very name that manifests and charts use."""

import tarfile
from collections.abc import Mapping
from pathlib import Path

from lab import pins
from lab.images import product, root
from lab.images.layer import Layer, add_folder, add_text, cached, programs
from lab.images.oci import Image
from lab.node import native
from lab.objects.dns import IMAGE as COREDNS

REGISTRY = "registry.local"
PAUSE = f"{REGISTRY}/pause:1"
TOOLBOX = f"{REGISTRY}/toolbox:1"
FORGE = "/usr/local/bin/kopia-forge"
NOBODY = "65532"  # the user that the published images of these controllers run as
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Repository of the image -> the tool in it; the tag is what the chart derives from its appVersion.
KYVERNO_TAG = f"v{pins.KYVERNO}"
KYVERNO = {
    "kyverno/kyverno": "kyverno",
    "kyverno/kyvernopre": "kyverno-init",
    "kyverno/background-controller": "background-controller",
    "kyverno/cleanup-controller": "cleanup-controller",
    "kyverno/reports-controller": "reports-controller",
    "kyverno/readiness-checker": "readiness-checker",
    "kyverno/kyverno-cli": "kubectl-kyverno",
}
EXTERNAL_SECRETS = f"{REGISTRY}/external-secrets/external-secrets:v0.16.2"
VOLSYNC = f"{REGISTRY}/backube/volsync:0.16.0"


def _base() -> Layer:
    def fill(tar: tarfile.TarFile) -> None:
        add_folder(tar, "tmp", 0o1777)
        add_text(tar, "etc/passwd", root.PASSWD)
        add_text(tar, "etc/group", root.GROUP)
        add_text(tar, "etc/nsswitch.conf", "hosts: files dns\n")
        add_text(tar, str(CERTIFICATES).lstrip("/"), CERTIFICATES.read_text())

    return cached(["base", CERTIFICATES.read_text()], fill)


def _single(reference: str, path: str, tool: Path) -> Image:
    layers = (_base(), programs({path: tool}))
    return Image(reference=reference, layers=layers, entrypoint=(path,), user=NOBODY)


def basic(tools: Mapping[str, Path]) -> list[Image]:
    """What the cluster itself needs, and an image for pods that write and read data."""
    pause = programs({"/pause": native.pause()})
    coredns = (_base(), programs({"/coredns": tools["coredns"]}))
    repository = {product.KOPIA: tools["kopia"], FORGE: tools["kopia-forge"]}
    toolbox = (root.python(), root.tools(), programs(repository))
    return [
        Image(reference=PAUSE, layers=(pause,), entrypoint=("/pause",)),
        Image(reference=COREDNS, layers=coredns, entrypoint=("/coredns",)),
        Image(reference=TOOLBOX, layers=toolbox, command=("sh",)),
    ]


def deployed(tools: Mapping[str, Path]) -> list[Image]:
    """What `pulumi up` deploys."""
    kyverno = [
        _single(f"{REGISTRY}/{repository}:{KYVERNO_TAG}", f"/{name}", tools[name])
        for repository, name in KYVERNO.items()
    ]
    volsync = _single(VOLSYNC, "/manager", tools["volsync"])
    secrets = _single(EXTERNAL_SECRETS, "/external-secrets", tools["external-secrets"])
    return [*kyverno, volsync, secrets, product.image(tools["kopia"])]
