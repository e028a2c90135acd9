from mover.model import Create, Start, Wait


def test_a_start_is_a_create_that_must_carry_the_repository() -> None:
    assert isinstance(Start(manifest={}), Create)
    assert not Start(manifest={}).needs_place


def test_a_wait_without_an_end_waits_for_an_event() -> None:
    assert Wait().seconds is None
