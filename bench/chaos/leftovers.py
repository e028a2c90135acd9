"""Counts what movers and restores make beside PVCs, before and after: nothing of it may stay."""

import json
from collections import Counter
from contextlib import suppress

from contract.scope import MOVERS_NAMESPACE
from lab.application import kubectl
from lab.polling import WaitTimeoutError, wait_until_gone

KINDS = ("volumesnapshots", "volumesnapshotcontents", "persistentvolumes")
INSIDE = ("jobs", "persistentvolumeclaims")  # where movers work
PATIENCE = 300.0  # seconds: what storage deletes, it deletes in its own time


def present() -> Counter[str]:
    """How many objects of each kind there are."""
    everywhere = {kind: ("-A", "get", kind) for kind in KINDS}
    inside = {kind: ("-n", MOVERS_NAMESPACE, "get", kind) for kind in INSIDE}
    return Counter({kind: _count(words) for kind, words in (everywhere | inside).items()})


def _count(words: tuple[str, ...]) -> int:
    return len(json.loads(kubectl(*words, "-o", "json"))["items"])


def since(before: Counter[str]) -> Counter[str]:
    """What there is more of than before, when it has had its time to go."""
    with suppress(WaitTimeoutError):
        wait_until_gone("what runs have left", lambda: present() - before, PATIENCE)
    return present() - before
