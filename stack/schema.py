"""JSON Schema of the settings: keys, limits, meanings."""

import difflib
from collections.abc import Sequence
from dataclasses import is_dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema

Schema = dict[str, Any]
ALONE = ConfigDict(alias_generator=to_camel, use_attribute_docstrings=True)


class _Untitled(GenerateJsonSchema):
    """Titles are written by hand, where a type alone says too little."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dataclass_schema(self, schema: Any) -> Any:
        made = super().dataclass_schema(schema)
        for base in filter(is_dataclass, schema["cls"].__mro__[1:]):
            fields: dict[str, Any] = {"base": (base, ...)}
            alone = of(create_model("Alone", __config__=ALONE, **fields))
            inherited = alone["properties"]["base"]["properties"]
            # Pydantic reads the meaning of a key in the class itself only.
            for key in inherited.keys() & made["properties"].keys():
                if "description" in inherited[key]:
                    made["properties"][key].setdefault("description", inherited[key]["description"])
        return made

    def get_default_value(self, schema: Any) -> Any:
        return schema["default_factory"]() if "default_factory" in schema else schema["default"]


def of(model: type[BaseModel]) -> Schema:
    """The schema of a model, with every reference inlined."""
    whole = model.model_json_schema(schema_generator=_Untitled)
    return _inlined(whole, whole.pop("$defs", {}))


def _inlined(node: Any, parts: Schema) -> Any:
    if isinstance(node, list):
        return [_inlined(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        part = parts[node["$ref"].rpartition("/")[2]]
        own = {key: value for key, value in node.items() if key != "$ref"}
        node = {key: value for key, value in part.items() if key != "title"} | own
    inlined = {key: _inlined(value, parts) for key, value in node.items()}
    if isinstance(inlined.get("description"), str):
        inlined["description"] = " ".join(inlined["description"].split())
    if "properties" in node:  # a section: named by its key, and empty where it is not set
        inlined = {key: value for key, value in inlined.items() if key not in ("title", "default")}
    return inlined


def given(node: Schema) -> Schema:
    """The schema of an optional key's value."""
    return node["anyOf"][0] if "anyOf" in node else node


def keys_at(schema: Schema, path: Sequence[str | int]) -> list[str]:
    """The keys of the section at a path; those of a map have any name, those of a list none."""
    for part in path:
        inner = given(schema)
        named = inner.get("properties", {}).get(part)
        schema = named or inner.get("items") or inner["additionalProperties"]
    return list(given(schema)["properties"])


def nearest(name: str, keys: Sequence[str]) -> str:
    """The key that was probably meant; "" where none is near."""
    by_lower = {key.lower(): key for key in keys}
    matches = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[matches[0]] if matches else ""
