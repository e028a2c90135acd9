"""The charts of External Secrets, Kyverno and VolSync, from their source into `lab/charts`.

A chart's remote dependencies cannot be fetched offline. Kyverno's: its API (CRDs) is supplied here
from the same source; the two for external report storage are optional there and left out.
"""

import shutil
from pathlib import Path
from typing import Any

import yaml

from lab import paths
from lab.build import copy_source
from lab.cluster import sources
from lab.errors import LabError
from stack import versions

FOLDER = paths.ROOT / "lab" / "charts"
API = "kyverno-api"


def local_dependencies(chart: dict[str, Any], kept: str = API) -> dict[str, Any]:
    """The chart's description with only the dependencies that lie beside it, `kept` too."""
    dependencies = []
    for dependency in chart["dependencies"]:
        if not dependency.get("repository"):
            dependencies.append(dependency)
        elif dependency["name"] == kept:
            dependencies.append({k: v for k, v in dependency.items() if k != "repository"})
    return chart | {"dependencies": dependencies}


def api_chart(version: str) -> dict[str, str]:
    """The description of the sub-chart that holds the CRDs of Kyverno's CEL policies."""
    return {"apiVersion": "v2", "name": API, "version": version, "description": "Kyverno's API"}


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def _expect(chart: Path, version: str) -> None:
    actual = _read(chart / "Chart.yaml")["version"]
    if actual != version:
        raise LabError(f"{chart.name}: the source holds chart {actual}, expected {version}")


def _kyverno(target: Path) -> None:
    source = sources.KYVERNO.folder()
    copy_source(source / "charts" / "kyverno", target)
    _expect(target, versions.KYVERNO.version)
    (target / "Chart.lock").unlink(missing_ok=True)
    chart = _read(target / "Chart.yaml")
    (target / "Chart.yaml").write_text(yaml.safe_dump(local_dependencies(chart), sort_keys=False))
    version = next(one["version"] for one in chart["dependencies"] if one["name"] == API)
    api = target / "charts" / API
    (api / "templates").mkdir(parents=True)
    (api / "Chart.yaml").write_text(yaml.safe_dump(api_chart(version), sort_keys=False))
    for crd in sorted((source / "config" / "crds" / "policies.kyverno.io").glob("*.yaml")):
        if "{{" in crd.read_text():
            raise LabError(f"{crd.name} holds template braces; Helm would read them")
        shutil.copyfile(crd, api / "templates" / crd.name)


def _external_secrets(target: Path) -> None:
    source = sources.EXTERNAL_SECRETS.folder()
    copy_source(source / "deploy" / "charts" / "external-secrets", target)
    (target / "Chart.lock").unlink()
    # A tag of its source still holds the version before: the chart's own release raises it.
    chart = _read(target / "Chart.yaml") | {
        "version": versions.EXTERNAL_SECRETS.version,
        "appVersion": f"v{versions.EXTERNAL_SECRETS.version}",
        "dependencies": [],
    }
    (target / "Chart.yaml").write_text(yaml.safe_dump(chart, sort_keys=False))
    for crd in sorted((source / "config" / "crds" / "bases").glob("*external-secrets.io_*.yaml")):
        made = with_annotations(crd.read_text(), "crds.annotations")
        (target / "templates" / "crds" / crd.name).write_text(made)


def with_annotations(manifest: str, values: str) -> str:
    """A template of an object that has annotations, with those of a key of the values added."""
    head, key, rest = manifest.partition("  annotations:\n")
    if not key or "{{" in manifest:
        raise LabError("the object has no annotations, or template braces, which Helm would read")
    more = f"    {{{{- with .Values.{values} }}}}{{{{ toYaml . | nindent 4 }}}}{{{{- end }}}}\n"
    return f"{head}{key}{more}{rest}"


def _volsync(target: Path) -> None:
    copy_source(sources.VOLSYNC.folder() / "helm" / "volsync", target)
    _expect(target, versions.VOLSYNC.version)


def prepare(folder: Path = FOLDER) -> bool:
    """Makes the charts unless they are there in these versions; says whether it had to."""
    marker = folder / "versions"
    origins = (sources.EXTERNAL_SECRETS, sources.KYVERNO, sources.VOLSYNC)
    wanted = "".join(f"{origin.folder().name}\n" for origin in origins)
    if marker.exists() and marker.read_text() == wanted:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _external_secrets(folder / "external-secrets")
    _kyverno(folder / "kyverno")
    _volsync(folder / "volsync")
    marker.write_text(wanted)
    return True
