import pytest
from fields import UNKNOWN, field, items, name_of, walk

from tests.unit.policy_pack import inputs
from tests.unit.policy_pack.inputs import proxy


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"a": {"b": "x"}}, "x"),
        ({"a": {}}, None),
        ({"a": None}, None),
        ({"a": "text"}, None),
        ({"a": {"b": inputs.UNKNOWN}}, UNKNOWN),
        ({"a": inputs.UNKNOWN_MAP}, UNKNOWN),
        ({"a": {"b": "x", "c": inputs.UNKNOWN}}, "x"),
    ],
)
def test_a_field_is_known_absent_or_unknown(source, expected):
    assert field(proxy(source), "a", "b") == expected


def test_below_an_unknown_everything_is_unknown():
    assert field(UNKNOWN, "a", "b") is UNKNOWN
    assert items(UNKNOWN, "a") == [UNKNOWN]


def test_text_is_no_list():
    assert items(proxy({"a": "text"}), "a") == []


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ({"a": {"b": "x"}}, ["x"]),
        ({"a": {}}, []),
        ({"a": [{"b": "x"}, {}, {"b": "y"}]}, []),
        ({"a": inputs.UNKNOWN_MAP}, [UNKNOWN]),
    ],
)
def test_a_path_leads_to_one_value_or_none(source, values):
    assert list(walk(proxy(source), "a.b")) == values


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ({"a": [{"b": ["x", "y"]}, {}, {"b": ["z"]}]}, ["x", "y", "z"]),
        ({"a": [inputs.UNKNOWN_MAP, {"b": ["x"]}]}, [UNKNOWN, "x"]),
        ({"a": {"b": ["x"]}}, []),
        ({}, []),
    ],
)
def test_a_path_goes_through_every_element_of_a_list(source, values):
    assert list(walk(proxy(source), "a[].b[]")) == values


def test_a_name_that_is_not_known_is_told_as_such():
    assert name_of(proxy({"name": "a", "namespace": "b"})) == "b/a"
    assert name_of(proxy({"name": inputs.UNKNOWN})) == "(not known yet)"
