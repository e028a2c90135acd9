"""Writes Python values as CEL text, so that data never enters an expression by a template."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

INT64 = 2**63
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SCALARS = {str, int, float, bool, type(None)}
WIDTH = 80  # longer lists and maps get a line for each item


@dataclass(frozen=True)
class Cel:
    """A CEL expression inside data. It is rendered unquoted; a string would be quoted."""

    text: str
    result_type: type | None = None  # None where not certain: a field of `object` may be anything

    def __str__(self) -> str:
        return self.text


def literal(value: Any) -> str:
    """`value` as CEL text: None, bool, str, int, float, Cel, and lists and dicts of these.

    CEL requires one type in a list or map, so mixed values are wrapped in dyn(). Raises ValueError
    for a value that CEL cannot represent, TypeError for any other type.
    """
    match value:
        case Cel():
            return value.text
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case int() | float():
            return _number(value)
        case dict():
            if not all(isinstance(key, str) for key in value):
                raise TypeError("keys of a CEL map must be strings")
            keys = [_string(key) for key in value]
            pairs = zip(keys, _items(list(value.values())), strict=True)
            return _block("{", [key + ": " + item for key, item in pairs], "}")
        case list() | tuple():
            return _block("[", _items(list(value)), "]")
    raise TypeError(f"{type(value).__name__} has no CEL literal")


def concat(*parts: str | Cel) -> Cel:
    """An expression that concatenates strings; empty ones are left out."""
    texts = [part for part in parts if part != ""]
    is_string = any(isinstance(part, str) or part.result_type is str for part in texts)
    return Cel(" + ".join(literal(part) for part in texts), str if is_string else None)


def _block(opening: str, items: list[str], closing: str) -> str:
    line = ", ".join(items)
    if len(line) <= WIDTH and "\n" not in line:
        return opening + line + closing
    # Strings hold no raw line break, so this only indents what is nested.
    inner = ",\n".join(items).replace("\n", "\n  ")
    return opening + "\n  " + inner + "\n" + closing


def _string(text: str) -> str:
    text.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    # JSON's escapes are a subset of CEL's. YAML refuses some characters that JSON leaves raw.
    return _NOT_IN_YAML.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return "\\u" + format(ord(match.group()), "04x")


def _number(value: int | float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("CEL has no literal for this number")
    if isinstance(value, int) and not -INT64 <= value < INT64:
        raise ValueError("integer does not fit into 64 bits")
    return repr(value)


def _items(values: list[Any]) -> list[str]:
    texts = [literal(value) for value in values]
    kinds = {value.result_type if isinstance(value, Cel) else type(value) for value in values}
    if len(values) < 2 or (len(kinds) == 1 and kinds <= _SCALARS):
        return texts
    return ["dyn(" + text + ")" for text in texts]
