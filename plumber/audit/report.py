"""The report: a verdict for every PVC, and backups that no PVC claims. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from contract.audit import Verdict
from contract.environment import Isolation, Placement
from contract.names import (
    Claim,
    Identity,
    destination_name,
    identity,
    legacy_identities,
    secret_name,
    source_name,
)
from contract.repository import SYSTEM_SECRET
from contract.scope import MOVERS_NAMESPACE
from kopia.snapshots import Snapshot
from kube.fields import takes_snapshots
from kube.resource import (
    EXTERNAL_SECRET,
    PVC,
    REPLICATION_DESTINATION,
    REPLICATION_SOURCE,
    SNAPSHOT_CLASS,
    STORAGE_CLASS,
)
from plumber.audit.cluster_cache import ClusterCache
from plumber.audit.parse import Volume
from plumber.audit.verdict import Chain, Finding, Surroundings, judge, repository_trouble
from plumber.knowledge import Knowledge, Moment

EVERYWHERE = Placement(isolation=Isolation.NAMESPACE)  # movers work with their PVCs


@dataclass(frozen=True, kw_only=True)
class Unclaimed:
    """An identity in the repository that no PVC of the cluster claims."""

    identity: Identity
    newest: Snapshot
    count: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that the audit shows."""

    findings: tuple[Finding, ...]  # the worst first
    unclaimed: tuple[Unclaimed, ...]
    known: Knowledge
    trouble: str  # of the repository; "" where it is known
    made: Moment
    placement: Placement
    by_claim: Mapping[Claim, Finding] = field(repr=False)

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """How many there are of each verdict, the worst first."""
        totals = Counter(finding.verdict for finding in self.findings)
        return {verdict: totals[verdict] for verdict in Verdict}

    @property
    def age(self) -> float:
        """Seconds since the listing was last confirmed; -1 where there is none."""
        listing = self.known.listing
        return max(0.0, self.made.monotonic - listing.began) if listing else -1.0

    def history(self, claim: Claim) -> tuple[Snapshot, ...]:
        """All snapshots of a PVC, complete or not, the newest first."""
        listing = self.known.listing
        mine = listing.of(identity(claim)) if listing else ()
        return tuple(sorted(mine, key=lambda snapshot: snapshot.start, reverse=True))


def report(
    cache: ClusterCache,
    known: Knowledge,
    excluded: frozenset[str],
    now: Moment,
    placement: Placement = EVERYWHERE,
) -> Report:
    """Judges every PVC."""
    surroundings = Surroundings(excluded=excluded, no_snapshots=_without_snapshots(cache))
    # A copy, since the cache goes on changing beside this.
    volumes: list[Volume] = list(cache.objects(PVC).values())
    chains = ((one, _chain(cache, one.claim, placement)) for one in volumes)
    findings = [judge(one, chain, known, surroundings, now) for one, chain in chains]
    order = {verdict: rank for rank, verdict in enumerate(Verdict)}
    findings.sort(key=lambda finding: (order[finding.verdict], finding.claim))
    by_claim = {finding.claim: finding for finding in findings}
    return Report(
        findings=tuple(findings),
        unclaimed=_unclaimed(known, by_claim),
        known=known,
        trouble=repository_trouble(known, now),
        made=now,
        placement=placement,
        by_claim=by_claim,
    )


def _chain(cache: ClusterCache, claim: Claim, placement: Placement) -> Chain:
    space = claim.namespace
    is_apart = placement.is_apart(space)
    secret = (MOVERS_NAMESPACE, SYSTEM_SECRET) if is_apart else (space, secret_name(claim))
    return Chain(
        source=cache.objects(REPLICATION_SOURCE).get((space, source_name(claim))),
        destination=cache.objects(REPLICATION_DESTINATION).get((space, destination_name(claim))),
        secret=cache.objects(EXTERNAL_SECRET).get(secret),
        shared_secret=SYSTEM_SECRET if is_apart else "",
    )


def _without_snapshots(cache: ClusterCache) -> frozenset[str]:
    capable = set(cache.objects(SNAPSHOT_CLASS).values())
    classes = list(cache.objects(STORAGE_CLASS).items())
    return frozenset(name for (_, name), driver in classes if not takes_snapshots(driver, capable))


def _unclaimed(known: Knowledge, claims: Collection[Claim]) -> tuple[Unclaimed, ...]:
    listing = known.listing
    if listing is None:
        return ()
    claimed = {identity(claim) for claim in claims}
    left = sorted(whose for whose in listing.best if whose not in claimed)
    similar = {mine for claim in claims for mine in legacy_identities(claim)} if left else ()
    return tuple(
        Unclaimed(
            identity=whose,
            newest=listing.best[whose],
            count=len(listing.of(whose)),
        )
        for whose in left
        if whose not in similar
    )
