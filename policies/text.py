"""YAML as text with places: scalars keep the digits they were written with, and every entry knows its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["PolicyError", "PolicyText", "read_yaml"]

Key = str | int


class PolicyError(Exception):
    """A policy file cannot be used; the message names the file, the line and what to do."""


@dataclass(frozen=True)
class PolicyText:
    """The content of a policy file and the line of every entry by its path."""

    file: Path
    content: dict[str, Any]
    lines: dict[tuple[Key, ...], int] = field(default_factory=dict)

    def line(self, path: tuple[Key, ...]) -> int:
        """The line of the entry, or of the nearest entry around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(file: Path) -> PolicyText:
    """Read a file; raises PolicyError for a missing file, broken YAML, a key given twice or anything but a mapping."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise PolicyError(f"{file}: there is no such policy file.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(_sentence(file, error)) from None
    if not isinstance(root, yaml.MappingNode):
        raise PolicyError(f"{file}: a policy file is a mapping that begins with `policy:`, `pool:` and `scheme:`.")
    text = PolicyText(file, {})
    text.content.update(_mapping(root, text, ()))
    return text


def _sentence(file: Path, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"{file}, line {mark.line + 1}" if mark else str(file)
    return f"{place}: the file is not valid YAML ({getattr(error, 'problem', None) or error})."


def _mapping(node: yaml.MappingNode, text: PolicyText, path: tuple[Key, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = (*path, key)
        if key in found:
            raise PolicyError(
                f"{text.file}, line {key_node.start_mark.line + 1}: `{key}` is given twice; keep one of the two."
            )
        text.lines[here] = key_node.start_mark.line + 1
        found[key] = _value(value_node, text, here)
    return found


def _value(node: yaml.Node, text: PolicyText, path: tuple[Key, ...]) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, text, path)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            text.lines[(*path, number)] = item.start_mark.line + 1
        return [_value(item, text, (*path, number)) for number, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> str | bool | None:
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool" and node.value.lower() in ("true", "false"):
        return bool(node.value.lower() == "true")
    return str(node.value)
