import pytest
from starlette.datastructures import QueryParams

from contract.audit import Reason, Verdict
from fakes.audit_scene import every_verdict
from plumber.audit.query import Format, ReportQuery, Sort, chosen, report_query
from plumber.web.request import MalformedRequest


def test_without_a_wish_all_are_shown_the_worst_first() -> None:
    report = every_verdict()[0].report()
    assert report_query(QueryParams("")) == ReportQuery()
    assert list(chosen(report, ReportQuery())) == list(report.findings)


def test_every_parameter_is_read() -> None:
    text = "namespace=a&verdict=broken&reason=late&q=%20X%20&sort=age&page=2&format=csv"
    assert report_query(QueryParams(text)) == ReportQuery(
        namespace="a",
        verdict=Verdict.BROKEN,
        reason=Reason.LATE,
        search="X",
        sort=Sort.AGE,
        page=2,
        format=Format.CSV,
    )


def test_the_words_that_are_known_are_told() -> None:
    with pytest.raises(MalformedRequest, match="one of broken, unprotected"):
        report_query(QueryParams("verdict=fine"))


@pytest.mark.parametrize("sort", list(Sort))
def test_an_order_loses_no_pvc_and_keeps_its_promise(sort: Sort) -> None:
    report = every_verdict()[0].report()
    findings = chosen(report, ReportQuery(sort=sort))
    assert sorted(f.claim for f in findings) == sorted(f.claim for f in report.findings)
    keys = {
        Sort.VERDICT: [[*Verdict].index(f.verdict) for f in findings],
        Sort.NAME: [f.claim for f in findings],
        Sort.AGE: [f.newest.start.timestamp() if f.newest else 0 for f in findings],
        Sort.SIZE: [-f.newest.bytes if f.newest else 0 for f in findings],
    }
    assert keys[sort] == sorted(keys[sort])
