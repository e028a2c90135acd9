"""Whether one more mover may start: a bounded number at once, restores before backups. Pure."""

from collections.abc import Mapping

from contract.labels import DESTINATION, SOURCE


def refusal(role: str, uid: str, busy: Mapping[str, str], waiting_restores: int, limit: int) -> str:
    """Why an owner has to wait; "" where it may start.

    `busy` maps the uids of owners that have temporaries in the cluster to their roles.
    """
    if uid in busy:
        return ""
    if len(busy) >= limit:
        restores = sum(1 for found in busy.values() if found == DESTINATION)
        return f"{len(busy)} of {limit} movers are at work ({restores} of them restore)"
    if role == SOURCE and waiting_restores:
        return f"{waiting_restores} restores go first"
    return ""
