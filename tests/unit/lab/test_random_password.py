import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lab.standins.random_password import (
    DEFAULTS,
    SPECIAL,
    failures,
    generate,
    replaced_by,
    with_defaults,
)

COUNTS = some.integers(0, 5)


@given(length=some.integers(20, 60), lower=COUNTS, upper=COUNTS, digits=COUNTS, special=COUNTS)
def test_every_minimum_and_the_length_hold(length, lower, upper, digits, special):
    least = {"minLower": lower, "minUpper": upper, "minNumeric": digits, "minSpecial": special}
    inputs = {"length": length, **least}
    assert failures(inputs) == []
    password = generate(with_defaults(inputs))
    assert len(password) == length
    for count, alphabet in (
        (lower, string.ascii_lowercase),
        (upper, string.ascii_uppercase),
        (digits, string.digits),
        (special, SPECIAL),
    ):
        assert sum(character in alphabet for character in password) >= count


def test_a_kind_that_is_switched_off_never_appears():
    inputs = with_defaults({"length": 200, "special": False, "number": False})
    assert generate(inputs).isalpha()


def test_two_passwords_differ():
    inputs = with_defaults({"length": 30})
    assert generate(inputs) != generate(inputs)


def test_own_special_characters_replace_the_usual_ones():
    inputs = with_defaults({"length": 50, "overrideSpecial": "_", "upper": False, "lower": False})
    assert set(generate(inputs)) <= {"_", *string.digits}


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"length": 0},
        {"length": 3, "minLower": 4},
        {"length": 3, "lenght": 4},
        {"length": 3, **{key: False for key in ("special", "upper", "lower", "numeric")}},
    ],
)
def test_inputs_that_make_no_password_are_refused(inputs):
    assert failures(inputs)


def test_only_a_change_of_an_input_makes_a_new_password():
    old = with_defaults({"length": 20})
    assert replaced_by(old, with_defaults({"length": 20.0, **DEFAULTS})) == []
    assert replaced_by(old, with_defaults({"length": 21})) == ["length"]
    assert replaced_by(old, with_defaults({"length": 20, "keepers": {"a": "1"}})) == ["keepers"]
