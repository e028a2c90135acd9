"""Stand-in for the fork's kinds: upstream's, with a section `kopia`, and one of its own."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from contract.volsync import API_GROUP

Object = dict[str, Any]

SECTION = "kopia"
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def kinds(upstream: Iterable[Object]) -> list[Object]:
    """The CustomResourceDefinitions, none of them Helm's."""
    return [*(_with_section(crd) for crd in upstream), _maintenance()]


def _with_section(upstream: Object) -> Object:
    crd = deepcopy(upstream)
    crd["metadata"] = {"name": upstream["metadata"]["name"]}
    for version in crd["spec"]["versions"]:
        spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        spec["properties"][SECTION] = ANYTHING
    return crd


def _maintenance() -> Object:
    schema = {"type": "object", "properties": {"spec": ANYTHING, "status": ANYTHING}}
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    names = {"kind": "KopiaMaintenance", "plural": "kopiamaintenances"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{API_GROUP}"},
        "spec": {"group": API_GROUP, "names": names, "scope": "Namespaced", "versions": [version]},
    }
