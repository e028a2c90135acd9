"""Starts the backups of a labelled PVC once it is Bound, never before. Never blocks a request."""

from typing import Any

from contract import schedule
from contract.labels import BACKUP
from contract.schedule import TIERS, Tier
from manifests import kyverno, volsync
from manifests.cel import Cel, concat, literal
from manifests.params import PolicyParams
from manifests.policies import claim
from manifests.policies.owned import WANTED, metadata

NAME = "volsync-pvc-backup-source"

_BOUND = "has(object.status) && has(object.status.phase) && object.status.phase == 'Bound'"

# contract.schedule.spread_offset and cron as CEL, where a hash is a string of hex digits.
_NUMBER = (
    "variables.places.map(i, variables.hexDigits.indexOf(variables.digest.charAt(i))"
    " * variables.powers[i]).sum()"
)
_MINUTE_OF_HOUR = Cel("string(variables.number % variables.minutes.hour)", str)
_MINUTE_OF_WINDOW = Cel("string(variables.offset % variables.minutes.hour)", str)
_HOURS_IN_WINDOW = " + variables.offset / variables.minutes.hour)"
# A label that is no key is an error, by which Kyverno generates nothing: no tier ever becomes
# another one.
_SCHEDULE = "variables.schedules[object.metadata.labels[" + literal(BACKUP) + "]]"


def _spread(tier: Tier) -> Cel:
    if tier.hour is None:
        return concat(_MINUTE_OF_HOUR, " * " + tier.days)
    hour = Cel("string(" + literal(tier.hour) + _HOURS_IN_WINDOW, str)
    return concat(_MINUTE_OF_WINDOW, " ", hour, " " + tier.days)


def _schedule(params: PolicyParams) -> dict[str, str]:
    if not params.spread:
        fixed = {tier: schedule.cron(tier, claim.ANY, spread=False) for tier in TIERS}
        return {"schedules": literal(fixed), "schedule": _SCHEDULE}
    places = range(schedule.SPREAD_DIGITS)
    return {
        "minutes": literal({"hour": schedule.HOUR, "window": params.window}),
        "places": literal(list(places)),
        "powers": literal([16**place for place in reversed(places)]),
        "hexDigits": literal("0123456789abcdef"),
        "digest": "hash.sha256(object.metadata.namespace + '/' + object.metadata.name)",
        "number": _NUMBER,
        "offset": "variables.number % variables.minutes.window",
        "schedules": literal({name: _spread(tier) for name, tier in TIERS.items()}),
        "schedule": _SCHEDULE,
    }


def policy(params: PolicyParams) -> dict[str, Any]:
    """Generates the ReplicationSource.

    Phase Bound is written through the status subresource, so that is matched too.
    """
    source = volsync.replication_source(
        metadata(claim.SOURCE),
        pvc=claim.NAME,
        schedule=Cel("variables.schedule"),
        access=claim.ACCESS,
    )
    return kyverno.generating(
        NAME,
        title="Backup schedule of a PVC",
        description="Generates the ReplicationSource, owned by the PVC, for each Bound PVC with a "
        "tier label. Its minute is spread by a hash of namespace and name.",
        match=claim.tiered(params, ["CREATE", "UPDATE"], [claim.PVCS, claim.PVCS + "/status"]),
        conditions={"wanted": WANTED, "bound": _BOUND},
        variables={**_schedule(params), "objects": literal([source])},
        # A background scan ignores matchConditions, so they are repeated here.
        expressions=[
            "!(" + WANTED + " && " + _BOUND + ")"
            " || generator.Apply(object.metadata.namespace, variables.objects)"
        ],
    )
