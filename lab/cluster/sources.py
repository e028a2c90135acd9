"""Go modules that are read, not run: CRDs, charts and protocol files of the tools' own sources."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.errors import LabError
from lab.tools import MODULES


@dataclass(frozen=True, kw_only=True)
class Source:
    """A module at the version that go.mod and go.sum in `lab/tools/<pinned_by>` pin."""

    module: str
    pinned_by: str

    def folder(self) -> Path:
        """Its unpacked source in the module cache; fetched when it is not there."""
        run = subprocess.run(
            ["go", "mod", "download", "-json", self.module],
            cwd=MODULES / self.pinned_by,
            env={**os.environ, "GOFLAGS": "-mod=readonly"},
            capture_output=True,
            text=True,
            check=False,
        )
        answer = json.loads(run.stdout or "{}")
        if run.returncode or "Dir" not in answer:
            raise LabError(
                f"{self.module} cannot be fetched: {answer.get('Error') or run.stderr.strip()}"
            )
        return Path(answer["Dir"])


def yaml_object(file: Path) -> dict[str, Any]:
    """One object from a YAML file; CRDs are large, so with libyaml where there is one."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(file.read_text(), loader)  # noqa: S506 - both loaders are safe


# Kyverno's playground carries the kinds of Argo CD, in a module that Kyverno needs anyway.
ARGO_CD_KINDS = Source(module="github.com/kyverno/playground/backend", pinned_by="kyverno")
CSI_SPEC = Source(
    module="github.com/container-storage-interface/spec", pinned_by="external-provisioner"
)
EXTERNAL_SECRETS = Source(
    module="github.com/external-secrets/external-secrets", pinned_by="external-secrets"
)
FLUX_API = Source(
    module="github.com/fluxcd/kustomize-controller/api", pinned_by="kustomize-controller"
)
KUBELET_API = Source(module="k8s.io/kubelet", pinned_by="kubernetes")
KYVERNO = Source(module="github.com/kyverno/kyverno", pinned_by="kyverno")
PROMETHEUS_OPERATOR = Source(
    module="github.com/prometheus-operator/prometheus-operator", pinned_by="prometheus-operator"
)
PULUMI_SDK = Source(module="github.com/pulumi/pulumi/sdk/v3", pinned_by="pulumi")
SNAPSHOT_API = Source(
    module="github.com/kubernetes-csi/external-snapshotter/client/v8",
    pinned_by="external-snapshotter",
)
VOLSYNC = Source(module="github.com/backube/volsync", pinned_by="volsync")
