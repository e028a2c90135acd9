"""Keeps pods of applications off the repository's export. The API server judges by itself."""

from collections.abc import Sequence
from typing import Any

from contract.labels import ROLE
from contract.repository import NfsExport
from manifests import kyverno, native
from manifests.cel import literal

NAME = "volsync-export"
# Of csi-driver-nfs, inline in a pod.
_CSI = "has(v.csi) && has(v.csi.volumeAttributes) && 'server' in v.csi.volumeAttributes"
_SERVER, _SHARE = "v.csi.volumeAttributes['server']", "v.csi.volumeAttributes['share']"
_NFS = "has(v.nfs)"
_VOLUMES = "(has(object.spec.volumes) ? object.spec.volumes : [])"
_MESSAGE = literal(
    "pod mounts the export of the backup repository, or a path that leads to it: only the backup "
    "system's own pods may, and those of namespaces in repository.alsoMountedIn of the stack. "
    "Whoever writes there destroys every backup"
)


def _reaches(path: str) -> str:
    """Whether a path, written in any way, is the export, in it or above it."""
    is_odd = path + ".contains('//') || " + path + ".matches('/[.][.]?(/|$)')"
    is_below = "(" + path + " + '/').startsWith(variables.own)"
    as_folder = "(" + path + ".endsWith('/') ? " + path + " : " + path + " + '/')"
    return "(" + is_odd + " || " + is_below + " || variables.own.startsWith(" + as_folder + "))"


def objects(export: NfsExport, namespaces: Sequence[str]) -> list[dict[str, Any]]:
    """The native policy and its binding. Pods of these namespaces pass.

    So do the mover's own, wherever they work: their label is denied to everybody else. It knows
    the server by the name that the stack has for it; other names of the same server are the
    export's own matter.
    """
    nfs = _NFS + " && v.nfs.server == variables.server && " + _reaches("v.nfs.path")
    has_share = " && 'share' in v.csi.volumeAttributes && "
    csi = _CSI + " && " + _SERVER + " == variables.server" + has_share + _reaches(_SHARE)
    return native.denying(
        NAME,
        title="The repository is for the backup system alone",
        description="Denies pods of applications an NFS volume of the repository's export.",
        match={
            "matchPolicy": "Equivalent",
            "namespaceSelector": kyverno.namespaces("NotIn", namespaces),
            "objectSelector": {"matchExpressions": [{"key": ROLE, "operator": "DoesNotExist"}]},
            "resourceRules": [kyverno.rule(["pods"], ["CREATE"])],
        },
        conditions={"is-remote": _VOLUMES + ".exists(v, has(v.nfs) || has(v.csi))"},
        variables={
            "server": literal(export.server),
            "own": literal(export.path.rstrip("/") + "/"),
        },
        validations=[
            {
                "expression": "!" + _VOLUMES + ".exists(v, (" + nfs + ") || (" + csi + "))",
                "messageExpression": _MESSAGE,
                "reason": "Forbidden",
            }
        ],
    )
