"""YAML as text with places: scalars keep the digits they were written with, and every entry knows its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Fault", "Key", "PolicyError", "PolicyText", "read_yaml"]

Key = str | int

#: The parser in C, where PyYAML was built with it, is ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong at a place of a policy file; line 0 is the file as a whole."""

    file: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else str(self.file)
        return f"{place}: {self.sentence}"


class PolicyError(Exception):
    """Policy files cannot be used; a line of the message for each fault names the file, the line and what to do."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass
class PolicyText:
    """The content of a policy file, the line of every entry by its path, and keys that are given twice."""

    file: Path
    content: dict[str, Any]
    lines: dict[tuple[Key, ...], int] = field(default_factory=dict)
    twice: list[tuple[tuple[Key, ...], Fault]] = field(default_factory=list)

    def line(self, path: tuple[Key, ...]) -> int:
        """The line of the entry, or of the nearest entry around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def drop(self, path: tuple[Key, ...]) -> None:
        """Take an entry out; the places of the entries after it in a list move up with them."""
        *outer, last = path
        holder: Any = self.content
        for key in outer:
            holder = holder[key]
        del holder[last]
        if isinstance(last, int):
            depth = len(outer)
            self.lines = dict(_closed_up(self.lines, tuple(outer), depth, last))


def _closed_up(
    lines: dict[tuple[Key, ...], int], outer: tuple[Key, ...], depth: int, gone: int
) -> list[tuple[tuple[Key, ...], int]]:
    found = []
    for path, line in lines.items():
        number = path[depth] if len(path) > depth and path[:depth] == outer else None
        if not isinstance(number, int) or number < gone:
            found.append((path, line))
        elif number > gone:
            found.append(((*outer, number - 1, *path[depth + 1 :]), line))
    return found


def read_yaml(file: Path) -> PolicyText:
    """Read a file; raises PolicyError for a missing file, broken YAML or anything but a mapping."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=_LOADER)
    except FileNotFoundError:
        raise PolicyError(Fault(file, 0, "there is no such policy file.")) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(_fault(file, error)) from None
    if not isinstance(root, yaml.MappingNode):
        sentence = "a policy file is a mapping that begins with `policy:`, `pool:` and `scheme:`."
        raise PolicyError(Fault(file, 0, sentence))
    text = PolicyText(file, {})
    text.content.update(_mapping(root, text, ()))
    return text


def _fault(file: Path, error: Exception) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or error
    return Fault(file, mark.line + 1 if mark else 0, f"the file is not valid YAML ({problem}).")


def _mapping(node: yaml.MappingNode, text: PolicyText, path: tuple[Key, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = (*path, key)
        line = key_node.start_mark.line + 1
        if key in found:
            text.twice.append((here, Fault(text.file, line, f"`{key}` is given twice; keep one of the two.")))
            continue
        text.lines[here] = line
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
