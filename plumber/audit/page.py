"""The report as HTML. The templates escape everything that comes from the cluster."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contract.audit import AUDIT
from contract.labels import RESTORE_AS_OF
from contract.names import Claim
from plumber.audit import query, serialize
from plumber.audit.humanize import count, size, span
from plumber.audit.query import ReportQuery, Sort
from plumber.audit.report import Report

ROWS = 200  # PVCs on one page
FOLDER = Path(__file__).parent / "templates"
SORTS = {
    Sort.VERDICT: "worst first",
    Sort.NAME: "name",
    Sort.AGE: "oldest backup first",
    Sort.SIZE: "largest first",
}

_templates = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(count=count, size=size, span=span)


def overview(report: Report, wanted: ReportQuery) -> str:
    """One page of the list of PVCs."""
    findings = query.chosen(report, wanted)
    pages = max(1, -(-len(findings) // ROWS))
    page = min(wanted.page, pages)
    shown = findings[(page - 1) * ROWS : page * ROWS]
    body = serialize.body(report, shown)
    return _templates.get_template("overview.html").render(
        body=body,
        report_age=report.age,
        matches=len(findings),
        total=len(report.findings),
        page=page,
        pages=pages,
        wanted=wanted,
        verdicts=list(body["counts"]),
        namespaces=sorted({finding.claim.namespace for finding in report.findings}),
        reasons=sorted({finding.reason.value for finding in report.findings}),
        sorts=SORTS,
        link=_Links(wanted),
    )


def one(report: Report, claim: Claim) -> str | None:
    """The page of one PVC; None where neither the cluster nor the repository knows it."""
    body = serialize.detail(report, claim)
    if body is None:
        return None
    return _templates.get_template("one.html").render(
        claim=claim, body=body, report_age=report.age, annotation=RESTORE_AS_OF
    )


def failure(title: str, reason: str) -> str:
    """The error page."""
    return _templates.get_template("failure.html").render(title=title, reason=reason)


class _Links:
    """Links to the current view with some parameters changed."""

    def __init__(self, wanted: ReportQuery) -> None:
        self._now: Mapping[str, Any] = {
            query.NAMESPACE: wanted.namespace,
            query.VERDICT: wanted.verdict or "",
            query.REASON: wanted.reason or "",
            query.SEARCH: wanted.search,
            query.SORT: "" if wanted.sort is Sort.VERDICT else wanted.sort,
        }

    def to(self, **changes: str | int) -> str:
        """The link to the HTML page."""
        return "/" + self._query(changes)

    def data(self, **changes: str) -> str:
        """The link to the same PVCs as JSON or CSV."""
        return AUDIT + self._query(changes)

    def _query(self, changes: Mapping[str, str | int]) -> str:
        asked = {key: value for key, value in {**self._now, **changes}.items() if value}
        return "?" + urlencode(asked) if asked else ""
