"""Rules about what fills a labelled PVC: its own backup, which the policies ask for."""

from collections.abc import Iterator

from backup_labels import has_tier
from claims import FoundClaim
from fields import UNKNOWN, field

SOURCES = ("dataSourceRef", "dataSource")


def source_problems(claim: FoundClaim) -> Iterator[str]:
    """Refuses any data source: that of a restore is written at creation, not in Git."""
    if not has_tier(claim) or claim.is_ephemeral:
        return
    sources = [key for key in SOURCES if field(claim.spec, key) is not None]
    if any(field(claim.spec, key) is UNKNOWN for key in sources):
        yield (
            f"{claim.label}: what fills it is not known at preview. Write its spec as plain text, "
            f"without {' and '.join(SOURCES)}."
        )
    elif sources:
        yield (
            f"{claim.label}: {' and '.join(sources)} would fill it from something else than its "
            f"backup, so its creation is denied. Remove {' and '.join(SOURCES)}; a live PVC keeps "
            f"its own."
        )


def volume_problems(claim: FoundClaim) -> Iterator[str]:
    """Warns of a volume chosen by hand: it is admitted only as long as there is no backup."""
    if not has_tier(claim) or claim.is_ephemeral or claim.spec is UNKNOWN:
        return
    if field(claim.spec, "volumeName"):
        yield (
            f"{claim.label}: volumeName chooses a volume, which no backup can be restored into: "
            f"once it has a backup, creating it again is denied. Remove volumeName."
        )
