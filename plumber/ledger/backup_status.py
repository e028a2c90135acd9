"""The newest backup by a ReplicationSource's status, known long before the next listing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contract.names import Identity, claim_of
from contract.times import SKEW, parse_strict
from contract.volsync import PROVIDER, SpecKey, StatusKey
from kopia.snapshots import ID
from plumber.knowledge import Mark, Marks


def marks_from_status(source: Mapping[str, Any], repository: str, now: datetime) -> Marks:
    """The snapshot that a ReplicationSource names, if it is one of this repository.

    Whoever may write that status speaks for PVCs of its own namespace only; a time that lies ahead
    of ours would stand above all later backups, so it does not count.
    """
    external = (source.get("spec") or {}).get("external") or {}
    result = (source.get("status") or {}).get("external") or {}
    if external.get("provider") != PROVIDER or result.get(StatusKey.REPOSITORY) != repository:
        return {}
    user = (external.get("parameters") or {}).get(SpecKey.USER) or ""
    identity = Identity(user, source["metadata"]["namespace"])
    number = result.get(StatusKey.SNAPSHOT) or ""
    try:
        time = parse_strict(result.get(StatusKey.SNAPSHOT_TIME) or "")
    except ValueError:
        return {}
    if claim_of(identity) is None or ID.fullmatch(number) is None or time > now + SKEW:
        return {}
    return {identity: Mark(time, number)}
