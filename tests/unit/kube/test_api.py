from kube.api import TEXT_LIMIT, ApiError, Change


def test_an_error_has_words_for_people_that_are_never_too_long():
    assert ApiError("it said: no", 403, "no").words == "no"
    assert ApiError("it is away").words == "it is away"
    assert len(ApiError("x" * 2 * TEXT_LIMIT).words) == TEXT_LIMIT


def test_a_change_without_anything_is_only_a_sign_of_life():
    assert Change() == ((), (), False, "")
