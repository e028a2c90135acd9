"""Everything that the command has to say, in one value and as JSON. Pure."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from adopt import stack
from adopt.cluster import PVCS, Cluster
from adopt.conflict import rivals
from adopt.fork import declared
from adopt.history import History
from adopt.matching import Fate, Match, State, match
from adopt.renaming import rename, rename_back, session
from adopt.repository import Found
from adopt.stack import Setting
from adopt.step import TITLES, Rival, Step
from adopt.volume import Volume, note, volumes
from contract.names import Claim, claim_of, identity
from contract.repository import MAINTENANCE_HOST, MAINTENANCE_USER
from contract.times import time_text

OWNER = f"{MAINTENANCE_USER}@{MAINTENANCE_HOST}"
OPEN = (State.RENAME, State.AMBIGUOUS, State.INCOMPLETE)


@dataclass(frozen=True, kw_only=True)
class Report:
    """`volumes` is None where nobody has looked at the cluster."""

    found: Found
    volumes: tuple[Volume, ...] | None
    is_whole: bool  # whether more than PVCs was looked at
    match: Match
    excluded: Collection[str]
    settings: tuple[Setting, ...]
    rivals: tuple[Rival, ...]
    renames: tuple[str, ...]  # lines to run in a shell
    made: datetime

    @property
    def shown(self) -> tuple[Volume, ...]:
        """The PVCs worth a line: with the label, or with something in the repository."""
        return tuple(
            one
            for one in self.volumes or ()
            if one.is_wanted or self.match.states[one.claim] is not State.NO_BACKUP
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to rename, to decide or to remove, of what was looked at."""
        handled = [one.claim for one in self.shown if one.claim.namespace not in self.excluded]
        states = {self.match.states[claim] for claim in handled}
        fates = set(self.match.fates.values())
        unread = self.volumes is None and fates - {Fate.RECOGNISED, Fate.COPIED}
        return not (states & {*OPEN} or Fate.RENAME in fates or self.rivals or unread)


def report(
    found: Found,
    cluster: Cluster | None,
    *,
    excluded: Collection[str],
    password_file: str,
    kopia: str,
    now: datetime,
) -> Report:
    """Judges everything. Without a cluster a source is read as the PVC that its name says."""
    mine = None if cluster is None else volumes(cluster.seen.get(PVCS, ()))
    seen = {} if cluster is None else cluster.seen
    if mine is None:
        claims = {claim for source in found.histories if (claim := claim_of(source))}
    else:
        claims = {volume.claim for volume in mine}
    judged = match(found.histories, claims, declared(seen.get("replicationsources", ())))
    lines = [
        rename(source, claim, kopia)
        for source, fate in judged.fates.items()
        if fate is Fate.RENAME
        for claim in judged.owners[source]
    ]
    return Report(
        found=found,
        volumes=mine,
        is_whole=cluster is not None and cluster.is_whole,
        match=judged,
        excluded=excluded,
        settings=stack.settings(seen, found.unique_id),
        rivals=tuple(sorted((*rivals(seen, claims), *stack.kinds(seen))))
        if mine is not None
        else (),
        renames=tuple(session(found.path, password_file, kopia, lines) if lines else ()),
        made=now,
    )


def body(told: Report, kopia: str) -> dict[str, Any]:
    """The report for programs. Keys are only ever added."""
    found = told.found
    return {
        "made": time_text(told.made),
        "settled": told.is_settled,
        "repository": {
            "path": str(found.path),
            "uniqueId": found.unique_id,
            "maintenanceOwner": found.owner,
            "uids": sorted(found.uids),
            "sources": len(found.histories),
            "snapshots": sum(len(one.snapshots) for one in found.histories.values()),
        },
        "pvcsRead": told.volumes is not None,
        "objectsRead": told.is_whole,
        "pvcs": [_pvc(told, volume) for volume in told.shown],
        "otherPvcs": len(told.volumes or ()) - len(told.shown),
        "sources": [_source(told, one, kopia) for one in found.histories.values()],
        "renames": list(told.renames),
        "settings": [asdict(one) | {"command": one.command} for one in told.settings],
        "rivals": [asdict(one) | {"step": int(one.step)} for one in told.rivals],
        "steps": {int(step): TITLES[step] for step in Step},
    }


def _pvc(told: Report, volume: Volume) -> dict[str, Any]:
    exact = identity(volume.claim)
    return {
        **_claim(volume.claim),
        "label": volume.label,
        "state": told.match.states[volume.claim].value,
        "note": note(volume, told.excluded),
        "identity": str(exact),
        **_counts(told.found.histories.get(exact), told.made),
        "sources": [str(one) for one, its in told.match.owners.items() if volume.claim in its],
    }


def _source(told: Report, history: History, kopia: str) -> dict[str, Any]:
    source = history.source
    return {
        "identity": str(source),
        "fate": told.match.fates[source].value,
        **_counts(history, told.made),
        "owners": [
            {
                **_claim(claim),
                "layout": layout.value,
                "command": rename(source, claim, kopia),
                "back": rename_back(source, claim, kopia),
            }
            for claim, layout in told.match.owners[source].items()
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
