from hypothesis import given
from hypothesis import strategies as st

from contract.labels import DESTINATION, SOURCE
from mover.governor import refusal

ROLES = st.sampled_from([SOURCE, DESTINATION])


@given(role=ROLES, busy=st.dictionaries(st.text(), ROLES, max_size=9), limit=st.integers(1, 5))
def test_the_limit_holds_for_everyone(role: str, busy: dict[str, str], limit: int) -> None:
    allowed = refusal(role, "new", busy, 0, limit) == ""
    assert allowed is (len(busy) < limit or "new" in busy)


def test_an_owner_that_is_at_work_goes_on() -> None:
    assert refusal(SOURCE, "a", {"a": SOURCE, "b": SOURCE}, 9, 2) == ""


def test_a_backup_lets_waiting_restores_go_first() -> None:
    assert "2 restores" in refusal(SOURCE, "a", {}, 2, 4)
    assert refusal(DESTINATION, "a", {}, 2, 4) == ""


def test_the_reason_says_who_is_at_work() -> None:
    text = refusal(SOURCE, "c", {"a": SOURCE, "b": DESTINATION}, 0, 2)
    assert text == "2 of 2 movers are at work (1 of them restore)"
