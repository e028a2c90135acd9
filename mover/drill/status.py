"""How restores are proven: what the drills have recorded, as alerts need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contract.names import Claim
from contract.repository import PIN_CONFIG_MAP, pinned
from contract.scope import RESTORE_PROOF
from contract.times import parse_lenient
from kube.api import Api
from kube.resource import CONFIG_MAP, Object
from mover.drill import record, rounds
from mover.drill.rounds import Outcome


@dataclass(frozen=True, kw_only=True)
class One:
    """How the proof of one PVC stands."""

    proven: datetime | None
    has_failed: bool
    is_old: bool


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All PVCs, and the drill itself. One that proves nothing is late as well, in the end."""

    proofs: Mapping[Claim, One] = field(default_factory=dict)
    has_failed: bool = False
    is_late: bool = False


async def look(api: Api, namespace: str, line: str, timezone: str, now: datetime) -> Standing:
    """As it is now. A record that is gone or damaged is a drill that has failed."""
    found = await api.get(CONFIG_MAP, namespace, RESTORE_PROOF)
    pin = await api.get(CONFIG_MAP, namespace, PIN_CONFIG_MAP)
    if found is None:
        return Standing(has_failed=True)
    try:
        return standing(found, pinned(pin), line, timezone, now)
    except record.RecordError:
        return Standing(has_failed=True)


def standing(found: Object, repository: str, line: str, timezone: str, now: datetime) -> Standing:
    """From the ConfigMap. Raises RecordError, or ScheduleError for a line that is none."""
    known = record.read(found.get("data") or {}, repository)
    pause = rounds.longest_pause(line, now, timezone)
    created = parse_lenient(found["metadata"]["creationTimestamp"]) or now
    return Standing(
        proofs={
            claim: One(
                proven=one.proven,
                has_failed=one.last.outcome == Outcome.FAILED,
                is_old=rounds.is_old(one, now, pause, len(known.proofs)),
            )
            for claim, one in known.proofs.items()
        },
        has_failed=bool(known.problem),
        is_late=rounds.is_late(known, created, now, pause),
    )
