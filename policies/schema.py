"""Writes policies/schema.json, by which editors complete and check policy files: `python -m policies.schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from policies.document import PolicyDocument

__all__ = ["FILE", "render", "write"]

FILE = Path(__file__).with_name("schema.json")

_TITLE = "A policy file of baoxiao, or a part of one (docs/policy-language.md)"


def render() -> str:
    """The schema as JSON text."""
    schema = _loosened(PolicyDocument.model_json_schema(by_alias=True))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLE}
    return json.dumps(head | {k: v for k, v in schema.items() if k != "title"}, ensure_ascii=False, indent=2) + "\n"


def _loosened(node: Any) -> Any:
    """Figures stand in a file without quotes: an editor reads them as numbers, the loader as they are written."""
    if isinstance(node, list):
        return [_loosened(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _loosened(value) for key, value in node.items() if key != "title" or isinstance(value, dict)}
    if found.get("type") == "string" and not found.keys() & {"enum", "const", "format"}:
        found["type"] = ["string", "number"]
    return found


def write() -> None:
    """Write the file."""
    FILE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    write()
