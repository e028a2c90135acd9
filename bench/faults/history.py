"""The PVCs of a modelled life, and snapshots of them at random."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from contract.names import Claim, identity, legacy_identities
from kopia.snapshots import Snapshot

SOME, RARELY = 0.15, 0.05  # chances
CLAIMS = (
    Claim("media", "data"),
    Claim("media", "da.ta"),  # the origin's mover wrote it under the name of the one above
    Claim("media", "d" * 55),  # and cut this one
    Claim("web", "data"),
    Claim("web", "new"),
)


def snapshot(random: Random, claim: Claim, end: datetime) -> Snapshot:
    """A random snapshot: mostly complete, mostly under the PVC's own identity."""
    legacy = sorted(legacy_identities(claim))
    who = random.choice(legacy) if legacy and random.random() < RARELY else identity(claim)
    return Snapshot(
        id=f"{random.getrandbits(128):032x}",
        identity=who if random.random() > RARELY else replace(who, path="/other"),
        start=end - timedelta(seconds=random.uniform(0, 30)),
        end=end,
        incomplete=random.choice(("checkpoint", "canceled")) if random.random() < SOME else "",
        files=3,
        dirs=1,
        bytes=30,
        errors=random.choice((0, 0, 0, 0, 1)),
    )
