"""The report for people. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from adopt.history import History
from adopt.layout import LAYOUT_TEXT, Layout
from adopt.matching import Fate, State
from adopt.renaming import rename
from adopt.report import OWNER, Report
from adopt.step import TITLES, Step
from adopt.volume import Volume, note
from contract.names import Identity, claim_of, identity
from contract.repository import UID
from contract.times import time_text

STATE_TEXT = {
    State.RECOGNISED: "Recognised: restored by themselves when they are created again",
    State.RENAME: "Backed up under another name: recognised after step 5",
    State.AMBIGUOUS: "Ambiguous: nothing is guessed, see their sources below",
    State.INCOMPLETE: "Only incomplete snapshots: denied when they are created again",
    State.NO_BACKUP: "Without a backup in this repository: they would start empty",
}
FATE_TEXT = {
    Fate.RENAME: "Sources of another layout",
    Fate.AMBIGUOUS: "Ambiguous sources; run a line only where you know that it is right",
    Fate.INCOMPLETE: "Sources with nothing but incomplete snapshots",
    Fate.COPIED: "Sources whose PVC has all of their snapshots; they may stay",
    Fate.UNCLAIMED: "Sources that no PVC claims; they stay as they are",
}


def text(told: Report, kopia: str) -> str:
    """All of it, what needs somebody last."""
    return "\n".join([*_repository(told), *_pvcs(told), *_sources(told, kopia), *_steps(told)])


def _repository(told: Report) -> Iterator[str]:
    found = told.found
    count = sum(len(one.snapshots) for one in found.histories.values())
    yield f"Repository {found.path}: {count} snapshots of {len(found.histories)} sources"
    yield f"  unique id {found.unique_id}"
    if found.owner != OWNER:
        yield f"  maintenance belongs to {found.owner}; the stack's own will take it over"
    if found.uids != {UID}:
        uids = ", ".join(map(str, sorted(found.uids)))
        yield f"  files belong to uid {uids}, and the stack's pods run as {UID}: unless the export"
        yield "  maps all users to one, they cannot read them; step 6 of docs/adopt.md tells more"
    if told.volumes is None:
        yield "The cluster was not looked at: PVCs are those that sources are named after."
    elif not told.is_whole:
        yield "Only PVCs were looked at: what else is in the cluster is not known."


def _pvcs(told: Report) -> Iterator[str]:
    for state, title in STATE_TEXT.items():
        those = [one for one in told.shown if told.match.states[one.claim] is state]
        if those:
            yield f"\n{title} ({len(those)})"
            yield from (_pvc(told, one) for one in those)
    hidden = len(told.volumes or ()) - len(told.shown)
    if hidden:
        yield f"\n{hidden} more PVCs have neither the label nor a snapshot here."


def _pvc(told: Report, volume: Volume) -> str:
    history = told.found.histories.get(identity(volume.claim))
    said = note(volume, told.excluded)
    parts = [f"{volume.claim}", *([_counts(history, told.made)] if history else ()), said]
    return "  " + "; ".join(part for part in parts if part)


def _sources(told: Report, kopia: str) -> Iterator[str]:
    titles = dict(FATE_TEXT)
    if told.volumes is None:
        titles = {Fate.RECOGNISED: "Sources that their PVC would be restored from", **FATE_TEXT}
    for fate, title in titles.items():
        those = [one for one, its in told.match.fates.items() if its is fate]
        if those:
            yield f"\n{title} ({len(those)})"
            for source in those:
                yield from _source(told, source, kopia)


def _source(told: Report, source: Identity, kopia: str) -> Iterator[str]:
    yield f"  {_printable(source)}: {_counts(told.found.histories[source], told.made)}"
    its, fate = told.match.owners[source], told.match.fates[source]
    read = claim_of(source)
    if fate is Fate.UNCLAIMED and read:
        yield f"    {read} would be restored from it, if it were created"
    if fate in (Fate.UNCLAIMED, Fate.RECOGNISED):
        return
    for claim, layout in its.items():
        yield f"    {claim}? {LAYOUT_TEXT[layout]}"
        if fate is Fate.AMBIGUOUS:
            line = "nothing to do, it is read so" if layout is Layout.EXACT else ""
            yield f"      if so: {line or rename(source, claim, kopia)}"


def _counts(history: History, now: datetime) -> str:
    newest = history.newest
    if newest is None:
        return f"{len(history.snapshots)} incomplete snapshots"
    age = timedelta(seconds=round((now - newest.start).total_seconds()))
    return f"{len(history.snapshots)} snapshots, the newest of {time_text(newest.start)}, {age} old"


def _printable(source: Identity) -> str:
    name = str(source)
    return name if name.isprintable() else ascii(name)


def _steps(told: Report) -> Iterator[str]:
    yield "\nWhat to do, in this order; docs/adopt.md tells why, and the way back"
    for step in Step:
        lines = list(_step(told, step))
        if lines:
            yield f"{step:>3}. {TITLES[step]}"
            yield from lines
    if told.is_settled:
        yield "Nothing is left to rename, to decide or to remove."


def _step(told: Report, step: Step) -> Iterator[str]:
    if step is Step.RENAME:
        yield from (f"       {line}" for line in told.renames)
    if step is Step.DEPLOY:
        yield from _settings(told)
        yield "       pulumi up --policy-pack policy_pack"
    for rival in (one for one in told.rivals if one.step is step):
        place = f"{rival.namespace}/{rival.name}" if rival.namespace else rival.name
        yield f"     {rival.kind} {place}: {rival.why}"
        yield f"       {rival.todo}"
        yield f"       back: {rival.back}"


def _settings(told: Report) -> Iterator[str]:
    for one in told.settings:
        yield f"     {one.key}: {one.why}"
        yield f"       {one.command or 'choose its value yourself'}"
