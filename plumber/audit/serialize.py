"""A report as JSON and CSV. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from contract.audit import Key
from contract.names import Claim
from contract.times import exact_text
from kopia.snapshots import Snapshot
from plumber.answer import as_of_text
from plumber.audit.report import Report, Unclaimed
from plumber.audit.verdict import Finding

Row = dict[str, str | int | float]

# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row(finding: Finding, now: datetime) -> Row:
    """The row of one PVC."""
    volume, newest, before = finding.volume, finding.newest, finding.before
    return {
        Key.NAMESPACE: volume.claim.namespace,
        Key.PVC: volume.claim.name,
        Key.VERDICT: finding.verdict.value,
        Key.REASON: finding.reason.value,
        Key.TEXT: finding.text,
        Key.LABEL: volume.label or "",
        Key.PHASE: volume.phase,
        Key.STORAGE_CLASS: volume.storage_class,
        Key.SNAPSHOT: newest.id if newest else "",
        Key.TIME: exact_text(newest.start) if newest else "",
        Key.AGE: age(newest, now),
        Key.SIZE: newest.bytes if newest else 0,
        Key.FILES: newest.files if newest else 0,
        Key.NEXT_RUN: finding.next_run,
        Key.BEFORE: before.id if before else "",
        Key.BEFORE_TIME: exact_text(before.start) if before else "",
        Key.BEFORE_SIZE: before.bytes if before else 0,
        Key.BEFORE_FILES: before.files if before else 0,
    }


def age(snapshot: Snapshot | None, now: datetime) -> int:
    """Age in whole seconds; -1 without a snapshot, 0 for one from a clock that is ahead."""
    return max(0, round((now - snapshot.start).total_seconds())) if snapshot else -1


def body(report: Report, findings: Sequence[Finding]) -> dict[str, Any]:
    """The report as JSON, with only these of its PVCs."""
    now = report.made.wall
    return {
        "made": exact_text(now),
        "repository": report.known.pinned,
        "repositoryAge": round(report.age, 1),
        "trouble": report.trouble,
        "counts": {verdict.value: count for verdict, count in report.counts.items()},
        "pvcs": [row(finding, now) for finding in findings],
        "unclaimed": [_left(one, now) for one in report.unclaimed],
    }


def _left(one: Unclaimed, now: datetime) -> dict[str, Any]:
    newest = one.newest
    return {
        "identity": str(one.identity),
        "snapshots": one.count,
        Key.SNAPSHOT: newest.id,
        Key.TIME: exact_text(newest.start),
        Key.AGE: age(newest, now),
        Key.SIZE: newest.bytes,
        Key.FILES: newest.files,
    }


def detail(report: Report, claim: Claim) -> dict[str, Any] | None:
    """One PVC with its history; None where neither the cluster nor the repository knows it."""
    finding, history = report.by_claim.get(claim), report.history(claim)
    if finding is None and not history:
        return None
    now = report.made.wall
    return {
        "made": exact_text(now),
        "repositoryAge": round(report.age, 1),
        "trouble": report.trouble,
        "pvc": row(finding, now) if finding else None,
        "moversInNamespace": report.placement.is_exception(claim.namespace),
        "rebuild": _rebuild(history),
        "history": [_entry(snapshot, now) for snapshot in history],
    }


def _rebuild(history: Sequence[Snapshot]) -> str:
    """The snapshot that the PVC would be filled with were it created now; "" where none is."""
    return next((snapshot.id for snapshot in history if snapshot.is_complete), "")


def _entry(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    return {
        Key.SNAPSHOT: snapshot.id,
        Key.TIME: exact_text(snapshot.start),
        Key.AGE: age(snapshot, now),
        Key.SIZE: snapshot.bytes,
        Key.FILES: snapshot.files,
        "complete": snapshot.is_complete,
        "asOf": as_of_text(snapshot),
    }


def table(findings: Iterable[Finding], now: datetime) -> str:
    """The findings as CSV, with a header line."""
    rows = [row(finding, now) for finding in findings]
    text = io.StringIO()
    names = [value for name, value in vars(Key).items() if name.isupper()]
    writer = csv.DictWriter(text, names, lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in one.items()} for one in rows)
    return text.getvalue()


def _cell(value: str | int | float) -> str | int | float:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
