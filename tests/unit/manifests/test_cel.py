import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from manifests.cel import INT64, Cel, concat, literal

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-INT64, INT64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|dyn\(|\)|[^"]')


def parsed(text: str):
    """Without dyn(), a literal is JSON: CEL shares its escapes and its words."""
    tokens = TOKEN.findall(text)
    return json.loads("".join(token for token in tokens if token not in {"dyn(", ")"}))


@given(values)
def test_a_literal_reads_back_as_the_value(value):
    assert parsed(literal(value)) == value


@given(texts)
def test_yaml_carries_every_literal(text):
    value = {"expression": literal(text)}
    assert yaml.safe_load(json.dumps(value, ensure_ascii=False)) == value


@pytest.mark.parametrize("text", ['"', "\\", "a\nb", "é", "𝄞", "' + x + '", "dyn(", "\x00\x7f"])
def test_a_string_stays_a_string(text):
    assert literal(text)[0] == literal(text)[-1] == '"'
    assert parsed(literal({"a": text, "b": 1})) == {"a": text, "b": 1}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, 2], "[1, 2]"),
        ([1, "a"], '[dyn(1), dyn("a")]'),
        ([True, 1], "[dyn(true), dyn(1)]"),
        ({"a": "b", "c": "d"}, '{"a": "b", "c": "d"}'),
        ({"a": {}, "b": {}}, '{"a": dyn({}), "b": dyn({})}'),
        ({"a": ["x"]}, '{"a": ["x"]}'),
        ((1,), "[1]"),
    ],
)
def test_mixed_values_become_dyn_and_others_do_not(value, text):
    assert literal(value) == text


def test_an_expression_is_not_quoted():
    assert literal({"name": Cel("object.metadata.name")}) == '{"name": object.metadata.name}'


def test_an_expression_of_any_type_makes_the_map_dyn():
    value = {"name": Cel("object.metadata.name"), "kind": "x"}
    assert literal(value) == '{"name": dyn(object.metadata.name), "kind": dyn("x")}'


def test_two_expressions_of_any_type_need_not_be_alike():
    assert literal([Cel("a"), Cel("b")]) == "[dyn(a), dyn(b)]"


def test_a_sure_string_stands_beside_strings():
    assert literal([concat("a-", Cel("x")), "b"]) == '["a-" + x, "b"]'


def test_long_values_get_a_line_each_and_still_read_back():
    value = {"key" * 9: ["x" * 30, "y" * 30, "z" * 30], "other": {"a": "b"}}
    assert "\n    " in literal(value)
    assert parsed(literal(value)) == value


def test_concat_quotes_text_and_leaves_out_nothing_else():
    assert str(concat("a-", Cel("x"), "")) == '"a-" + x'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), INT64, -INT64 - 1, "\ud800"])
def test_what_cel_cannot_hold_is_refused(value):
    with pytest.raises(ValueError, match=r"CEL|64 bits|surrogates"):
        literal(value)


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {"b"}}, b"a"])
def test_other_types_are_refused(value):
    with pytest.raises(TypeError):
        literal(value)
