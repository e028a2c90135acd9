"""The whole report, as one value and as JSON. Pure."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from adopt import stack
from adopt.cluster import PVCS, Cluster
from adopt.conflict import conflicts
from adopt.fork import declared
from adopt.history import History
from adopt.matching import Fate, Match, State, match
from adopt.renaming import rename, rename_back, session
from adopt.repository import Contents
from adopt.stack import Setting
from adopt.step import TITLES, Conflict, Step
from adopt.volume import Volume, note, volumes
from contract.names import Claim, claim_of, identity
from contract.repository import MAINTENANCE_HOST, MAINTENANCE_USER
from contract.times import time_text

OWNER = f"{MAINTENANCE_USER}@{MAINTENANCE_HOST}"
OPEN = (State.RENAME, State.AMBIGUOUS, State.INCOMPLETE)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The findings. `volumes` is None where the cluster was not read."""

    contents: Contents
    volumes: tuple[Volume, ...] | None
    is_whole: bool  # whether other objects than PVCs were read
    match: Match
    excluded: Collection[str]
    settings: tuple[Setting, ...]
    conflicts: tuple[Conflict, ...]
    renames: tuple[str, ...]  # lines to run in a shell
    made_at: datetime

    @property
    def listed(self) -> tuple[Volume, ...]:
        """The PVCs to list: those with the label, or with snapshots in the repository."""
        return tuple(
            volume
            for volume in self.volumes or ()
            if volume.is_wanted or self.match.states[volume.claim] is not State.NO_BACKUP
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing that was read is left to rename, to decide or to remove."""
        handled = [
            volume.claim for volume in self.listed if volume.claim.namespace not in self.excluded
        ]
        states = {self.match.states[claim] for claim in handled}
        fates = set(self.match.fates.values())
        unread = self.volumes is None and fates - {Fate.RECOGNISED, Fate.COPIED}
        return not (states & {*OPEN} or Fate.RENAME in fates or self.conflicts or unread)


def report(
    contents: Contents,
    cluster: Cluster | None,
    *,
    excluded: Collection[str],
    password_file: str,
    kopia: str,
    now: datetime,
) -> Report:
    """The report. Without a cluster each source stands for the PVC that its name says."""
    pvcs = None if cluster is None else volumes(cluster.objects.get(PVCS, ()))
    objects = {} if cluster is None else cluster.objects
    if pvcs is None:
        claims = {claim for source in contents.histories if (claim := claim_of(source))}
    else:
        claims = {volume.claim for volume in pvcs}
    verdict = match(contents.histories, claims, declared(objects.get("replicationsources", ())))
    lines = [
        rename(source, claim, kopia)
        for source, fate in verdict.fates.items()
        if fate is Fate.RENAME
        for claim in verdict.owners[source]
    ]
    return Report(
        contents=contents,
        volumes=pvcs,
        is_whole=cluster is not None and cluster.is_whole,
        match=verdict,
        excluded=excluded,
        settings=stack.settings(objects, contents.unique_id),
        conflicts=tuple(sorted((*conflicts(objects, claims), *stack.kinds(objects))))
        if pvcs is not None
        else (),
        renames=tuple(session(contents.path, password_file, kopia, lines) if lines else ()),
        made_at=now,
    )


def body(report: Report, kopia: str) -> dict[str, Any]:
    """The report for programs. Keys are only ever added."""
    contents = report.contents
    return {
        "made": time_text(report.made_at),
        "settled": report.is_settled,
        "repository": {
            "path": str(contents.path),
            "uniqueId": contents.unique_id,
            "maintenanceOwner": contents.owner,
            "uids": sorted(contents.uids),
            "sources": len(contents.histories),
            "snapshots": sum(len(item.snapshots) for item in contents.histories.values()),
        },
        "pvcsRead": report.volumes is not None,
        "objectsRead": report.is_whole,
        "pvcs": [_pvc(report, volume) for volume in report.listed],
        "otherPvcs": len(report.volumes or ()) - len(report.listed),
        "sources": [_source(report, item, kopia) for item in contents.histories.values()],
        "renames": list(report.renames),
        "settings": [asdict(item) | {"command": item.command} for item in report.settings],
        "rivals": [asdict(item) | {"step": int(item.step)} for item in report.conflicts],
        "steps": {int(step): TITLES[step] for step in Step},
    }


def _pvc(report: Report, volume: Volume) -> dict[str, Any]:
    exact = identity(volume.claim)
    return {
        **_claim(volume.claim),
        "label": volume.label,
        "state": report.match.states[volume.claim].value,
        "note": note(volume, report.excluded),
        "identity": str(exact),
        **_counts(report.contents.histories.get(exact), report.made_at),
        "sources": [
            str(source) for source, owners in report.match.owners.items() if volume.claim in owners
        ],
    }


def _source(report: Report, history: History, kopia: str) -> dict[str, Any]:
    source = history.source
    return {
        "identity": str(source),
        "fate": report.match.fates[source].value,
        **_counts(history, report.made_at),
        "owners": [
            {
                **_claim(claim),
                "layout": layout.value,
                "command": rename(source, claim, kopia),
                "back": rename_back(source, claim, kopia),
            }
            for claim, layout in report.match.owners[source].items()
        ],
    }


def _counts(history: History | None, now: datetime) -> dict[str, Any]:
    newest = history.newest if history else None
    return {
        "snapshots": len(history.snapshots) if history else 0,
        "newest": newest.id if newest else "",
        "time": time_text(newest.start) if newest else "",
        "age": round((now - newest.start).total_seconds()) if newest else -1,
    }


def _claim(claim: Claim) -> dict[str, str]:
    return {"namespace": claim.namespace, "pvc": claim.name}
