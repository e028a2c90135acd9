"""The state of restore drills as metrics and alerts need it, read from their record."""

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
class ProofStatus:
    """Whether the restore of one PVC is proven."""

    proven: datetime | None
    has_failed: bool
    is_old: bool


@dataclass(frozen=True, kw_only=True)
class DrillStatus:
    """The state of all PVCs and of the drill. One that proves nothing is late too, in the end."""

    proofs: Mapping[Claim, ProofStatus] = field(default_factory=dict)
    has_failed: bool = False
    is_late: bool = False


async def look(api: Api, namespace: str, line: str, timezone: str) -> DrillStatus:
    """Reads the state now. A record that is gone or damaged is a drill that has failed."""
    config_map = await api.get(CONFIG_MAP, namespace, RESTORE_PROOF)
    pin = await api.get(CONFIG_MAP, namespace, PIN_CONFIG_MAP)
    if config_map is None:
        return DrillStatus(has_failed=True)
    try:
        return drill_status(config_map, pinned(pin), line, timezone, api.clock())
    except record.RecordError:
        return DrillStatus(has_failed=True)


def drill_status(
    config_map: Object, repository: str, line: str, timezone: str, now: datetime
) -> DrillStatus:
    """The state by the ConfigMap. Raises RecordError, or ScheduleError for no cron line."""
    history = record.read(config_map.get("data") or {}, repository, now)
    pause = rounds.longest_pause(line, now, timezone)
    created = parse_lenient(config_map["metadata"]["creationTimestamp"]) or now
    return DrillStatus(
        proofs={
            claim: ProofStatus(
                proven=proof.proven,
                has_failed=proof.last.outcome == Outcome.FAILED,
                is_old=rounds.is_old(proof, now, pause, len(history.proofs)),
            )
            for claim, proof in history.proofs.items()
        },
        has_failed=bool(history.problem),
        is_late=rounds.is_late(history, created, now, pause),
    )
