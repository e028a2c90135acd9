"""Starts the backups of a labelled PVC once it is Bound, never before. Never blocks a request."""

from typing import Any

from contract import schedule
from contract.labels import BACKUP, Tier
from manifests import kyverno, volsync
from manifests.cel import Cel, literal
from manifests.params import PolicyParams
from manifests.policies import claim
from manifests.policies.owned import WANTED, metadata

NAME = "volsync-pvc-backup-source"

_BOUND = "has(object.status) && has(object.status.phase) && object.status.phase == 'Bound'"

# contract.schedule.spread_offset and cron in CEL, where a hash is hex digits and no number.
_NUMBER = (
    "variables.places.map(i, variables.hexDigits.indexOf(variables.digest.charAt(i))"
    " * variables.powers[i]).sum()"
)
_SPREAD = (
    "object.metadata.labels[variables.words.label] == variables.words.hourly"
    " ? string(variables.number % variables.minutes.hour) + ' * * * *'"
    " : string(variables.offset % variables.minutes.hour) + ' '"
    " + string(variables.start + variables.offset / variables.minutes.hour) + ' * * *'"
)
_FIXED = (
    "object.metadata.labels[variables.words.label] == variables.words.hourly"
    " ? variables.words.everyHour : variables.words.everyDay"
)


def _schedule(params: PolicyParams) -> dict[str, str]:
    def fixed(tier: Tier) -> str:
        return schedule.cron(tier, claim.ANY, spread=False)

    words = {
        "label": BACKUP,
        "hourly": Tier.HOURLY.value,
        "everyHour": fixed(Tier.HOURLY),
        "everyDay": fixed(Tier.DAILY),
    }
    if not params.spread:
        return {"words": literal(words), "schedule": _FIXED}
    places = range(schedule.SPREAD_DIGITS)
    return {
        "words": literal(words),
        "minutes": literal({"hour": schedule.HOUR, "window": params.window}),
        "start": literal(schedule.DAILY_HOUR),
        "places": literal(list(places)),
        "powers": literal([16**place for place in reversed(places)]),
        "hexDigits": literal("0123456789abcdef"),
        "digest": "hash.sha256(object.metadata.namespace + '/' + object.metadata.name)",
        "number": _NUMBER,
        "offset": "variables.number % variables.minutes.window",
        "schedule": _SPREAD,
    }


def policy(params: PolicyParams) -> dict[str, Any]:
    """Phase Bound is written through the status subresource, so that is matched too."""
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
