"""Warns at preview of labelled PVCs in namespaces that the stack excludes from backup."""

import json
import subprocess
from collections.abc import Iterable, Sequence

from pulumi import log, runtime

from contract.labels import BACKUP
from contract.names import Claim
from contract.schedule import TIERS
from contract.temporary import is_temporary
from stack.settings import Settings

DEADLINE = 10.0  # seconds: a preview without a cluster in reach must not wait for one
SHOWN = 10  # names in a warning


def warn(settings: Settings) -> None:
    """Warns while previewing. Without a cluster, or without kubectl, there is nothing to tell."""
    if runtime.is_dry_run() and not settings.render.folder:
        text = warning(labelled_pvcs(settings.cluster.context), settings.excluded)
        if text:
            log.warn(text)


def warning(pvcs: Iterable[Claim], excluded: Sequence[str]) -> str:
    """What to tell about labelled PVCs; "" where none is in an excluded namespace."""
    names = [str(pvc) for pvc in sorted(pvcs) if pvc.namespace in excluded]
    if not names:
        return ""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (
        f"excludedNamespaces: {len(names)} PVCs with a tier are in excluded namespaces: "
        f"{', '.join(names[:SHOWN])}{more}. Created there again they bind empty, whatever backups "
        f"they have. Take the namespace out, or move the PVCs or remove their label {BACKUP}."
    )


def labelled_pvcs(context: str) -> list[Claim]:
    """The PVCs with a tier of the cluster that this context names; none where it cannot be asked.

    By kubectl, since Pulumi's provider lists nothing.
    """
    command = [
        *("kubectl", "get", "persistentvolumeclaims", "--all-namespaces", "--output=json"),
        *(f"--selector={BACKUP} in ({','.join(TIERS)})", f"--request-timeout={DEADLINE:g}s"),
        *([f"--context={context}"] if context else []),
    ]
    try:
        run = subprocess.run(
            command,
            capture_output=True,
            check=True,
            timeout=DEADLINE,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.debug(f"no look for labelled PVCs in excluded namespaces: {error}")
        return []
    metadata = [item["metadata"] for item in json.loads(run.stdout)["items"]]
    return [Claim(meta["namespace"], meta["name"]) for meta in metadata if not is_temporary(meta)]
