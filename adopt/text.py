"""The report as text for people. Pure."""

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


def text(report: Report, kopia: str) -> str:
    """The report; what a person has to do comes last."""
    return "\n".join(
        [*_repository(report), *_pvcs(report), *_sources(report, kopia), *_steps(report)]
    )


def _repository(report: Report) -> Iterator[str]:
    contents = report.contents
    count = sum(len(history.snapshots) for history in contents.histories.values())
    yield f"Repository {contents.path}: {count} snapshots of {len(contents.histories)} sources"
    yield f"  unique id {contents.unique_id}"
    if contents.owner != OWNER:
        yield f"  maintenance belongs to {contents.owner}; the stack's own will take it over"
    if contents.uids != {UID}:
        uids = ", ".join(map(str, sorted(contents.uids)))
        yield f"  files belong to uid {uids}, and the stack's pods run as {UID}: unless the export"
        yield "  maps all users to one, they cannot read them; step 6 of docs/adopt.md tells more"
    if report.volumes is None:
        yield "The cluster was not looked at: PVCs are those that sources are named after."
    elif not report.is_whole:
        yield "Only PVCs were looked at: what else is in the cluster is not known."


def _pvcs(report: Report) -> Iterator[str]:
    for state, title in STATE_TEXT.items():
        volumes = [volume for volume in report.listed if report.match.states[volume.claim] is state]
        if volumes:
            yield f"\n{title} ({len(volumes)})"
            yield from (_pvc(report, volume) for volume in volumes)
    hidden = len(report.volumes or ()) - len(report.listed)
    if hidden:
        yield f"\n{hidden} more PVCs have neither the label nor a snapshot here."


def _pvc(report: Report, volume: Volume) -> str:
    history = report.contents.histories.get(identity(volume.claim))
    remark = note(volume, report.excluded)
    parts = [f"{volume.claim}", *([_counts(history, report.made_at)] if history else ()), remark]
    return "  " + "; ".join(part for part in parts if part)


def _sources(report: Report, kopia: str) -> Iterator[str]:
    titles = dict(FATE_TEXT)
    if report.volumes is None:
        titles = {Fate.RECOGNISED: "Sources that their PVC would be restored from", **FATE_TEXT}
    for fate, title in titles.items():
        sources = [
            source for source, source_fate in report.match.fates.items() if source_fate is fate
        ]
        if sources:
            yield f"\n{title} ({len(sources)})"
            for source in sources:
                yield from _source(report, source, kopia)


def _source(report: Report, source: Identity, kopia: str) -> Iterator[str]:
    yield f"  {_printable(source)}: {_counts(report.contents.histories[source], report.made_at)}"
    owners, fate = report.match.owners[source], report.match.fates[source]
    claim_by_name = claim_of(source)
    if fate is Fate.UNCLAIMED and claim_by_name:
        yield f"    {claim_by_name} would be restored from it, if it were created"
    if fate in (Fate.UNCLAIMED, Fate.RECOGNISED):
        return
    for claim, layout in owners.items():
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


def _steps(report: Report) -> Iterator[str]:
    yield "\nWhat to do, in this order; docs/adopt.md tells why, and the way back"
    for step in Step:
        lines = list(_step(report, step))
        if lines:
            yield f"{step:>3}. {TITLES[step]}"
            yield from lines
    if report.is_settled:
        yield "Nothing is left to rename, to decide or to remove."


def _step(report: Report, step: Step) -> Iterator[str]:
    if step is Step.RENAME:
        yield from (f"       {line}" for line in report.renames)
    if step is Step.DEPLOY:
        yield from _settings(report)
        yield "       pulumi up --policy-pack policy_pack"
    for conflict in (conflict for conflict in report.conflicts if conflict.step is step):
        place = f"{conflict.namespace}/{conflict.name}" if conflict.namespace else conflict.name
        yield f"     {conflict.kind} {place}: {conflict.why}"
        yield f"       {conflict.todo}"
        yield f"       back: {conflict.back}"


def _settings(report: Report) -> Iterator[str]:
    for setting in report.settings:
        yield f"     {setting.key}: {setting.why}"
        yield f"       {setting.command or 'choose its value yourself'}"
