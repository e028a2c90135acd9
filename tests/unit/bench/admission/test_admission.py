from hypothesis import given
from hypothesis import strategies as st

from bench.admission.__main__ import MANY, ONE, Measurement, Series, figures, percentile
from bench.admission.client import Answer, Block


def value_at(*milliseconds: float, refused: int = 0) -> Measurement:
    answers = [Answer(seconds=value / 1000, status=201) for value in milliseconds]
    answers += [Answer(seconds=9.0, status=403)] * refused
    return Measurement(blocks=[Block(answers=tuple(answers), seconds=1.0, client_cpu=0.1)])


def series(kind: str, clients: int = MANY, *, is_dry: bool = False) -> Series:
    return Series(kind=kind, clients=clients, is_dry=is_dry)


def test_labelled_ones_are_compared_with_plain_ones_of_as_many_clients() -> None:
    totals = figures(
        {
            series("plain"): value_at(*[10.0] * 95, *[90.0] * 5),
            series("labelled"): value_at(*[25.0] * 94, *[30.0] * 6),
            series("plain", ONE): value_at(5.0),
            series("labelled", ONE): value_at(20.0),
        }
    )
    assert (totals["plain_p95_ms_50"], totals["labelled_p95_ms_50"]) == (10.0, 30.0)
    assert totals["labelled_over_plain_p50_50"] == 2.5
    assert totals["labelled_over_plain_p95_50"] == 3.0
    assert totals["labelled_over_plain_p95_1"] == 4.0
    assert totals["errors"] == 0


def test_dry_runs_are_compared_with_dry_runs() -> None:
    totals = figures(
        {
            series("plain"): value_at(1.0),
            series("plain", is_dry=True): value_at(10.0),
            series("restore", is_dry=True): value_at(20.0),
        }
    )
    assert totals["dry_restore_over_plain_p95_50"] == 2.0
    assert "restore_over_plain_p95_50" not in totals


def test_a_refusal_is_an_error_and_has_no_time() -> None:
    totals = figures(
        {series("plain"): value_at(1.0, refused=3), series("labelled"): value_at(refused=2)}
    )
    assert totals["errors"] == 5
    assert totals["plain_p95_ms_50"] == 1.0
    assert not [name for name in totals if name.startswith("labelled")]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_a_measured_value_that_enough_do_not_exceed(
    values: list[float], share: float
) -> None:
    value_at = percentile(values, share)
    assert value_at in values
    assert sum(value <= value_at for value in values) >= share * len(values)
    assert sum(value < value_at for value in values) < share * len(values)
