"""Query parameters of the report: filters, order, page. An error never echoes the request."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import QueryParams

from contract.audit import Reason, Verdict
from contract.names import is_dns_label
from plumber.audit.report import Report
from plumber.audit.verdict import Finding
from plumber.web.request import MalformedRequest

SEARCH_LIMIT = 253  # the longest name there is
NAMESPACE, VERDICT, REASON, SEARCH, SORT, PAGE, FORMAT = (
    "namespace",
    "verdict",
    "reason",
    "q",
    "sort",
    "page",
    "format",
)
KNOWN = frozenset((NAMESPACE, VERDICT, REASON, SEARCH, SORT, PAGE, FORMAT))

Words = TypeVar("Words", bound=StrEnum)


class Sort(StrEnum):
    """The order of the list."""

    VERDICT = "verdict"  # the worst first
    NAME = "name"
    AGE = "age"  # without a backup first, then the oldest
    SIZE = "size"  # the largest first


class Format(StrEnum):
    """The format of the list."""

    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, kw_only=True)
class ReportQuery:
    """Parsed query parameters. A PVC must pass every filter; "" and None pass all."""

    namespace: str = ""
    verdict: Verdict | None = None
    reason: Reason | None = None
    search: str = ""
    sort: Sort = Sort.VERDICT
    page: int = 1
    format: Format = Format.JSON


def report_query(given: QueryParams) -> ReportQuery:
    """Parses the parameters of a request. Raises MalformedRequest."""
    names = [name for name, _ in given.multi_items()]
    if not KNOWN.issuperset(names):
        raise MalformedRequest(f"the parameters are {', '.join(sorted(KNOWN))}")
    if len(set(names)) < len(names):
        raise MalformedRequest("a parameter is given more than once")
    namespace, search = given.get(NAMESPACE, ""), given.get(SEARCH, "").strip()
    if namespace and not is_dns_label(namespace):
        raise MalformedRequest(f"{NAMESPACE} must be a namespace's name")
    if len(search) > SEARCH_LIMIT:
        raise MalformedRequest(f"{SEARCH} must not be longer than {SEARCH_LIMIT} characters")
    return ReportQuery(
        namespace=namespace,
        verdict=_word(given, VERDICT, Verdict),
        reason=_word(given, REASON, Reason),
        search=search,
        sort=_word(given, SORT, Sort) or Sort.VERDICT,
        page=_page(given.get(PAGE, "")),
        format=_word(given, FORMAT, Format) or Format.JSON,
    )


def _word(given: QueryParams, name: str, words: type[Words]) -> Words | None:
    text = given.get(name, "")
    try:
        return words(text) if text else None
    except ValueError:
        raise MalformedRequest(f"{name} must be one of {', '.join(words)}") from None


def _page(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) < 7 and int(text)):
        raise MalformedRequest(f"{PAGE} must be a number from 1 on")
    return int(text)


def chosen(report: Report, wanted: ReportQuery) -> Sequence[Finding]:
    """The findings that pass the filters, in the order asked for; all pages."""
    findings = [finding for finding in report.findings if _fits(finding, wanted)]
    match wanted.sort:
        case Sort.VERDICT:
            return findings
        case Sort.NAME:
            return sorted(findings, key=lambda finding: finding.claim)
        case Sort.AGE:
            return sorted(findings, key=_age)
        case Sort.SIZE:
            return sorted(findings, key=lambda one: -one.newest.bytes if one.newest else 1)


def _fits(finding: Finding, wanted: ReportQuery) -> bool:
    return (
        wanted.namespace in ("", finding.claim.namespace)
        and wanted.verdict in (None, finding.verdict)
        and wanted.reason in (None, finding.reason)
        and wanted.search.lower() in str(finding.claim)
    )


def _age(finding: Finding) -> float:
    return finding.newest.start.timestamp() if finding.newest else float("-inf")
