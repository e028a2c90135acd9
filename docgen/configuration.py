"""Documents the stack's settings: a table, the project file's keys and a schema for editors.

All three are generated from the model in stack/settings.py.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from docgen.marks import between
from manifests.alerts.prometheus_rule import ALERTS
from stack import schema
from stack.settings import ITS_MEANING, TOKEN, Settings

PREFIX = "pvc-backup:"
PAGE_MARKS = (
    "<!-- written by scripts/golden from stack/ -->",
    "<!-- end of the written part -->",
)
PROJECT_MARKS = (
    "  # Written by scripts/golden from stack/.",
    "  # End of the written part.",
)
THRESHOLDS = "alerts.rules.<name>.threshold"
DRAFT = "http://json-schema.org/draft-07/schema#"

Schema = schema.Schema


def _limits(node: Schema) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if high is not None:
        return f" {low} to {high}"
    if "exclusiveMinimum" in node:
        return f" > {node['exclusiveMinimum']}"
    return "" if low is None else f" >= {low}"


def _type(node: Schema) -> str:
    node = schema.given(node)
    if "enum" in node:
        return ", ".join(f"`{word}`" for word in node["enum"])
    if "properties" in node:
        return "section"
    least = ", at least one" if "minItems" in node or "minProperties" in node else ""
    if node["type"] == "array":
        return node.get("title", f"{_type(node['items'])} list") + least
    if node["type"] == "object":
        return f"{_type(node['additionalProperties'])} map{least}"
    names = {"string": "text", "boolean": "yes/no", "integer": "number", "number": "number"}
    return node.get("title", names[node["type"]]) + _limits(node)


def _default(node: Schema, *, required: bool) -> str:
    if required:
        return "required"
    if "properties" in schema.given(node):
        return ""
    default = node["default"]
    if default in ("", None):
        return "none"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _rows(node: Schema, path: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Key, type, default and meaning of every setting below a path."""
    node = schema.given(node)
    for name, child in node.get("properties", {}).items():
        key = path + name
        default = _default(child, required=name in node.get("required", ()))
        yield key, _type(child), default, child["description"]
        yield from _rows(child, f"{key}.")
    if node.get("additionalProperties"):
        yield from _rows(node["additionalProperties"], f"{path}<name>.")
    if node.get("items"):
        yield from _rows(node["items"], f"{path.removesuffix('.')}[].")


def _thresholds() -> str:
    thresholds = (f"{a.name} {a.threshold:.12g} ({a.unit})" for a in ALERTS if a.threshold)
    return f" As they are: {', '.join(thresholds)}."


def page(text: str) -> str:
    """docs/configuration.md with its table of keys."""
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    token = (TOKEN, "secret", "none", ITS_MEANING)
    for key, kind, default, meaning in [*_rows(schema.of(Settings)), token]:
        more = _thresholds() if key == THRESHOLDS else ""
        lines.append(f"| `{key}` | {kind} | {default} | {meaning}{more} |")
    return between(text, *PAGE_MARKS, "\n".join(["", *lines, "", ""]))


def _plain(text: str) -> str:
    """The text without links, which would lead nowhere outside docs/."""
    return re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text)


def _declared(name: str, node: Schema) -> list[str]:
    text = _plain(node["description"]).partition(". ")[0].rstrip(".")
    if "properties" in node:
        text += f": {{{', '.join(node['properties'])}}}"
    empty = {"string": "", "array": [], "object": {}}[node["type"]]
    lines = [f"type: {node['type']}", f"description: {json.dumps(text)}"]
    if "items" in node:
        lines.insert(1, f"items: {{type: {node['items']['type']}}}")
    lines.append(f"default: {json.dumps(node.get('default', empty))}")
    return [f"  {name}:", *(f"    {line}" for line in lines)]


def project(text: str) -> str:
    """Pulumi.yaml with all top-level keys declared."""
    properties = schema.of(Settings)["properties"].items()
    lines = [line for name, node in properties for line in _declared(name, node)]
    return between(text, *PROJECT_MARKS, "\n".join([*lines, ""]))


def _plainly(node: Any) -> Any:
    if isinstance(node, list):
        return [_plainly(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _plain(value) if key == "description" and isinstance(value, str) else _plainly(value)
        for key, value in node.items()
    }


def editor() -> str:
    """The JSON schema of a stack file. Keys of other namespaces are allowed."""
    model = _plainly(schema.of(Settings))
    secure = {"type": "object", "properties": {"secure": {"type": "string"}}}
    token = {**secure, "required": ["secure"], "description": ITS_MEANING}
    properties = {**model["properties"], TOKEN: token}
    config = {
        "type": "object",
        "properties": {PREFIX + name: node for name, node in properties.items()},
        "patternProperties": {f"^(?!{PREFIX})[^:]+:": {}},
        "additionalProperties": False,
        "required": [PREFIX + name for name in model["required"]],
    }
    schema_body = {"type": "object", "properties": {"config": config}, "required": ["config"]}
    return (
        json.dumps({"$schema": DRAFT, "title": "A stack of pvc-backup", **schema_body}, indent=2)
        + "\n"
    )
