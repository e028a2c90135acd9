from typing import Any

import pytest

from bench.drill.__main__ import in_vain, is_good, summary

GOOD: dict[str, Any] = {
    "pvcs": 2,
    "restored_equal": 2,
    "restore_s": 10.0,
    "rto_s": 12.0,
    "backup_s": 8.0,
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"restored_equal": 1},
        {"empty_binds": 1, "wrong_export_denied": 2},
        {"empty_binds": 0, "wrong_export_denied": 1},
    ],
)
def test_a_drill_is_good_only_where_all_is_equal_and_nothing_bound_in_vain(
    wrong: dict[str, int],
) -> None:
    assert is_good(GOOD)
    assert is_good(GOOD | {"empty_binds": 0, "wrong_export_denied": 2})
    assert not is_good(GOOD | wrong)


def test_a_drill_without_the_next_backup_is_not_good() -> None:
    assert not is_good({name: value for name, value in GOOD.items() if name != "backup_s"})


def test_of_several_drills_the_largest_is_told_and_how_it_has_grown() -> None:
    middle = GOOD | {"pvcs": 3, "restored_equal": 3}
    large = GOOD | {"pvcs": 4, "restored_equal": 4, "rto_s": 36.0}
    totals = summary([GOOD, middle, large])
    assert totals["pvcs"] == 4
    assert (totals["growth_rto_s"], totals["growth_restore_s"]) == (1.5, 0.5)
    assert [drill["pvcs"] for drill in totals["smaller"]] == [2, 3]


def test_a_single_drill_has_not_grown() -> None:
    assert summary([GOOD]) == GOOD


def test_what_exists_was_not_denied_and_what_is_bound_is_empty() -> None:
    pvcs = {"a": {"status": {"phase": "Pending"}}, "b": {"status": {"phase": "Bound"}}}
    assert in_vain(["a", "b", "c"], pvcs) == {"wrong_export_denied": 1, "empty_binds": 1}
    assert in_vain(["a"], {}) == {"wrong_export_denied": 1, "empty_binds": 0}
