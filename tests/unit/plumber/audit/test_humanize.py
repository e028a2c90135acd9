import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumber.audit import humanize


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 KiB"), (5_000_000, "4.8 MiB"), (2**60, "1024 PiB")],
)
def test_sizes(number: int, text: str) -> None:
    assert humanize.size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3725, "1 h 2 min"),
        (86400 * 3 + 3600 * 4 + 59, "3 d 4 h"),
        (-5, "0 s"),
    ],
)
def test_spans(seconds: int, text: str) -> None:
    assert humanize.span(seconds) == text


@given(st.integers(0, 10**12))
def test_no_number_is_long(number: int) -> None:
    assert len(humanize.size(number)) <= 8
    assert humanize.span(number % 10**9)


@pytest.mark.parametrize(("number", "text"), [(1, "1 PVC"), (0, "0 PVCs"), (12345, "12 345 PVCs")])
def test_counts(number: int, text: str) -> None:
    assert humanize.count(number, "PVC") == text
