"""The decision: from knowledge and a question to an answer. Pure; all doubt is UNKNOWN."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from contract import labels
from contract.answer import Decision
from contract.names import Identity, identity, legacy_identities
from contract.times import CLOCKS_DISAGREE, SKEW, exact_text, time_text
from kopia.snapshots import Snapshot, newest_complete
from plumber.answer import Answer, Cause, as_of_text
from plumber.knowledge import (
    NEVER,
    UNKNOWN_TIME,
    Knowledge,
    Listing,
    Mark,
    Memory,
    Moment,
    Question,
    mark_of,
)

TIMES_SHOWN = 20


def decide(known: Knowledge, question: Question, now: Moment) -> Answer:
    """RESTORE may rest on memory. FRESH needs a listing and a ledger not older than the request,
    and no trace of a backup, unless the question names the very snapshot that is left behind.
    """
    listing = known.listing
    if not known.pinned:
        return _unknown(question, Cause.UNPINNED, known.trouble or "no repository is pinned yet")
    if listing is None:
        text = known.trouble or "the repository has not been listed yet"
        return _unknown(question, Cause.UNLISTED, text)
    if listing.repository != known.pinned:
        text = known.trouble or "the last list is of another repository than the pinned one"
        return _unknown(question, Cause.OTHER_REPOSITORY, text)
    memory = known.memory if known.memory.repository == known.pinned else Memory()
    exact = identity(question.claim)
    answer = (
        _from_suspects(listing, question, {exact})
        or _from_backups(listing, memory, question, now)
        or _from_suspects(listing, question, legacy_identities(question.claim))
        or _from_traces(listing, memory, question)
    )
    if question.start_empty and question.start_empty == answer.start_empty:
        answer = _accepted(question)
    if answer.decision is not Decision.UNKNOWN:
        answer = _doubt(answer, known, memory, question, now) or answer
    age = max(0.0, now.monotonic - listing.began)
    return replace(answer, repository=listing.repository, age=age)


def _from_suspects(
    listing: Listing, question: Question, identities: Collection[Identity]
) -> Answer | None:
    """The answer where a manifest that cannot be believed may be a backup of one of these."""
    doubt = listing.doubt(identities)
    return _unknown(question, Cause.MANIFEST, doubt) if doubt else None


def _from_backups(
    listing: Listing, memory: Memory, question: Question, now: Moment
) -> Answer | None:
    """The answer where complete snapshots of exactly this PVC are listed."""
    exact, as_of = identity(question.claim), question.as_of
    newest = listing.best.get(exact)
    if newest is None or not newest.is_complete:
        return None
    # An older state was asked for, so that a leftover annotation must not empty the PVC.
    empty = newest.id if as_of is None else ""
    chosen = newest if as_of is None else newest_complete(listing.of(exact), exact, as_of)
    if chosen is None:
        times = _times(listing.of(exact))
        return _unknown(
            question, Cause.AS_OF, f"no complete snapshot is that old; there are {times}"
        )
    is_known = now.wall != UNKNOWN_TIME
    if (is_known and chosen.start > now.wall + SKEW) or chosen.end < chosen.start:
        return _unknown(question, Cause.CLOCK, _clock_text(listing, chosen, now), empty)
    mark, listed = memory.marks.get(exact), listing.of_any_path(exact)
    if mark and _is_ahead(mark, chosen, listed) and (as_of is None or mark.time <= as_of):
        text = (
            f"snapshot {mark.id} of {exact_text(mark.time)} is known but not listed; if it is gone,"
            f" annotation {labels.RESTORE_AS_OF}: {as_of_text(chosen)} takes an older state"
        )
        return _unknown(question, Cause.BEHIND, text, mark.id if as_of is None else "")
    return Answer(
        decision=Decision.RESTORE,
        cause=Cause.BACKUP,
        reason=f"snapshot {chosen.id} of {exact_text(chosen.start)}",
        claim=question.claim,
        snapshot=chosen,
        start_empty=empty,
    )


def _clock_text(listing: Listing, chosen: Snapshot, now: Moment) -> str:
    """What is wrong with a snapshot's date, and the ways out of it."""
    exact = chosen.identity
    older = newest_complete((s for s in listing.of(exact) if s.order < chosen.order), exact)
    ways = [f"kopia snapshot delete {chosen.id} --delete removes it"]
    if older and older.start <= now.wall + SKEW:
        ways.append(f"annotation {labels.RESTORE_AS_OF}: {as_of_text(older)} takes an older state")
    return (
        f"{CLOCKS_DISAGREE}: snapshot {chosen.id} was taken {exact_text(chosen.start)}, "
        f"and the API server's time is {time_text(now.wall)}; {', or '.join(ways)}"
    )


def _is_ahead(mark: Mark, chosen: Snapshot, listed: Iterable[Snapshot]) -> bool:
    # By time, since kopia gives an edited snapshot a new id; one that is listed was judged itself.
    is_later = mark.is_complete and mark.time > chosen.start
    return is_later and all(mark.id != s.id for s in listed)


def _from_traces(listing: Listing, memory: Memory, question: Question) -> Answer:
    """The answer where this PVC has no complete snapshot under its own identity."""
    exact = identity(question.claim)
    suspects = {exact} | legacy_identities(question.claim)
    snapshots = [s for i in suspects for s in listing.of_any_path(i)]
    listed = {s.id for s in snapshots}
    marks = [(memory.marks[i], i) for i in suspects if i in memory.marks]
    lost = [(mark, i) for mark, i in marks if mark.id not in listed]
    traces = [*(mark_of(s) for s in snapshots), *(mark for mark, _ in lost)]
    newest = max(traces).id if traces and question.as_of is None else ""
    similar = sorted({str(s.identity) for s in snapshots if s.identity != exact})
    if lost and (not snapshots or any(i == exact for _, i in lost)):
        mark, whose = max(lost, key=lambda one: one[0].rank)
        text = (
            f"backups of {whose} are known, the last of {exact_text(mark.time)}; none is listed now"
        )
        return _unknown(question, Cause.LOST, text + _way_out(newest), newest)
    if similar:
        text = (
            f"backups under {similar[0]} may belong to this PVC; "
            f"if so, copy them: kopia snapshot copy-history {similar[0]} {exact}"
        )
        return _unknown(question, Cause.AMBIGUOUS, text + _way_out(newest), newest)
    if snapshots:
        text = f"only incomplete snapshots are listed for {exact}; wait for a whole backup"
        return _unknown(question, Cause.INCOMPLETE, text + _way_out(newest), newest)
    if memory.marks and not listing.snapshots:
        text = f"{len(memory.marks)} PVCs are known to have backups, and the repository lists none"
        return _unknown(question, Cause.LOST, text)
    if question.as_of is not None:
        return _unknown(question, Cause.AS_OF, "there is no backup at all to take that state from")
    return _fresh(question, Cause.NO_BACKUP, f"no backup of {exact} in the repository")


def _doubt(
    answer: Answer, known: Knowledge, memory: Memory, question: Question, now: Moment
) -> Answer | None:
    """The UNKNOWN that replaces a good answer while knowledge is too old; None where it is not."""
    listing = known.listing
    late = "could not be {} in time; it is asked again"
    unread = memory.trouble or "the ledger of known backups " + late.format("read")
    if answer.decision is Decision.RESTORE:
        # A ledger that is gone for good must not hold up what the repository still holds.
        if memory.read == NEVER and not memory.is_lost:
            return _unknown(question, Cause.LEDGER, unread)
        if now.wall == UNKNOWN_TIME:
            return _unknown(question, Cause.CLOCK, "the API server's time is not known yet")
    elif listing is None or listing.began < question.arrived:
        text = known.trouble or "the repository " + late.format("listed")
        return _unknown(question, Cause.STALE, text)
    elif memory.read < question.arrived:
        return _unknown(question, Cause.LEDGER, unread)
    elif answer.cause is Cause.NO_BACKUP:
        full = memory.full.refusal(identity(question.claim))
        return _unknown(question, Cause.LEDGER, full) if full else None
    return None


def _accepted(question: Question) -> Answer:
    text = f"it starts empty, as its annotation names snapshot {question.start_empty}"
    return _fresh(question, Cause.ACCEPTED, text)


def _way_out(newest: str) -> str:
    return newest and f". To start empty on purpose set annotation {labels.START_EMPTY}: {newest}"


def _times(snapshots: Iterable[Snapshot]) -> str:
    complete = sorted((s for s in snapshots if s.is_complete), key=lambda s: s.start, reverse=True)
    shown = ", ".join(as_of_text(s) for s in complete[:TIMES_SHOWN])
    rest = len(complete) - TIMES_SHOWN
    return shown if rest <= 0 else f"{shown} and {rest} older"


def _fresh(question: Question, cause: Cause, reason: str) -> Answer:
    return Answer(decision=Decision.FRESH, cause=cause, reason=reason, claim=question.claim)


def _unknown(question: Question, cause: Cause, reason: str, empty: str = "") -> Answer:
    return Answer(
        decision=Decision.UNKNOWN,
        cause=cause,
        reason=reason,
        claim=question.claim,
        start_empty=empty,
    )
