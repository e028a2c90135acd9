"""The truth rules: from knowledge and a question to an answer. Pure; all doubt is UNKNOWN."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from contract.answer import Decision
from contract.names import identity, legacy_identities
from kopia.snapshots import Snapshot, newest_complete
from plumber.answer import Answer, Cause, written
from plumber.knowledge import Knowledge, Listing, Moment, Question

# Kopia itself refuses to work beside clocks that differ by more.
SKEW = timedelta(minutes=5)
TIMES_SHOWN = 20


def decide(known: Knowledge, question: Question, now: Moment) -> Answer:
    """RESTORE may rest on an old listing; FRESH only on one that began after the request."""
    listing = known.listing
    if not known.pinned:
        return _unknown(question, Cause.UNPINNED, known.trouble or "no repository is pinned yet")
    if listing is None:
        text = known.trouble or "the repository has not been listed yet"
        return _unknown(question, Cause.UNLISTED, text)
    if listing.repository != known.pinned:
        text = known.trouble or "the last list is of another repository than the pinned one"
        return _unknown(question, Cause.OTHER_REPOSITORY, text)
    answer = _from_backups(listing, question, now) or _without_backups(known, listing, question)
    age = max(0.0, now.monotonic - listing.began)
    return replace(answer, repository=listing.repository, age=age)


def _from_backups(listing: Listing, question: Question, now: Moment) -> Answer | None:
    """The answer where snapshots of exactly this PVC are listed."""
    exact = identity(question.claim)
    own = [s for s in listing.snapshots.get((exact.user, exact.host), ()) if s.identity == exact]
    if not own:
        return None
    if newest_complete(own, exact) is None:
        text = f"only incomplete snapshots are listed for {exact}; wait for a whole backup"
        return _unknown(question, Cause.INCOMPLETE, text)
    chosen = newest_complete(own, exact, question.as_of)
    if chosen is None:
        text = f"no complete snapshot is that old; there are {_times(own)}"
        return _unknown(question, Cause.AS_OF, text)
    if chosen.start > now.wall + SKEW or chosen.end < chosen.start:
        text = f"the clocks disagree: snapshot {chosen.id} was taken {written(chosen.start)}"
        return _unknown(question, Cause.CLOCK, text)
    return Answer(
        decision=Decision.RESTORE,
        cause=Cause.BACKUP,
        reason=f"snapshot {chosen.id} of {written(chosen.start)}",
        claim=question.claim,
        snapshot=chosen,
    )


def _without_backups(known: Knowledge, listing: Listing, question: Question) -> Answer:
    """The answer where this PVC has no snapshot under its own identity."""
    exact = identity(question.claim)
    sources = {(i.user, i.host) for i in {exact} | legacy_identities(question.claim)}
    similar = sorted({str(s.identity) for key in sources for s in listing.snapshots.get(key, ())})
    if similar:
        text = (
            f"backups under {similar[0]} may belong to this PVC; "
            f"if so, copy them: kopia snapshot copy-history {similar[0]} {exact}"
        )
        return _unknown(question, Cause.AMBIGUOUS, text)
    if sources & known.remembered:
        return _unknown(question, Cause.LOST, "backups of this PVC were listed and are gone")
    if known.remembered and not listing.snapshots:
        return _unknown(question, Cause.LOST, "the repository listed snapshots and lists none now")
    if question.as_of is not None:
        return _unknown(question, Cause.AS_OF, "there is no backup at all to take that state from")
    if listing.began < question.arrived:
        text = known.trouble or "the repository could not be listed in time; it is asked again"
        return _unknown(question, Cause.STALE, text)
    return Answer(
        decision=Decision.FRESH,
        cause=Cause.NO_BACKUP,
        reason=f"no backup of {exact} in the repository",
        claim=question.claim,
    )


def _times(snapshots: Iterable[Snapshot]) -> str:
    # Rounded up to the second: a time that a person copies must include its snapshot.
    starts = sorted((s.start for s in snapshots if s.is_complete), reverse=True)
    up = [s + timedelta(seconds=1) if s.microsecond else s for s in starts]
    shown = ", ".join(written(s.replace(microsecond=0)) for s in up[:TIMES_SHOWN])
    return shown if len(up) <= TIMES_SHOWN else f"{shown} and {len(up) - TIMES_SHOWN} older"


def _unknown(question: Question, cause: Cause, reason: str) -> Answer:
    return Answer(decision=Decision.UNKNOWN, cause=cause, reason=reason, claim=question.claim)
