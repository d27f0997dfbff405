"""A policy file held against the shape of the language: every fault is told, and what is sound stays readable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policies.document import (
    WRITTEN_AS,
    Bracket,
    Case,
    Change,
    CheckEntry,
    CounterEntry,
    FactEntry,
    NoteEntry,
    Parameter,
    PolicyDocument,
    ProgrammeEntry,
    Source,
    StepEntry,
)
from policies.text import Fault, Key, PolicyText, read_yaml

__all__ = ["Part", "did_you_mean", "read_part"]

Path_ = tuple[Key, ...]

#: Names of things and numbers of rules.
_WORDS = re.compile(r"[A-Za-z_]\w*(?:-\w+)*|[A-Za-z_]\w*")

#: What may be left out of an entry at fault while the rest of it is still read.
_BLANKS = ("quote", "rule")

_KINDS_OF_ENTRY: dict[str, type[BaseModel]] = {
    "source": Source, "parameters": Parameter, "checks": CheckEntry, "counters": CounterEntry, "steps": StepEntry,
    "programmes": ProgrammeEntry, "notes": NoteEntry,
    **dict.fromkeys(("enrolment", "year", "registration", "filing", "claim", "line", "charge", "portion"), FactEntry),
}  # fmt: skip
_KINDS_WITHIN: dict[str, type[BaseModel]] = {
    "changes": Change, "brackets": Bracket, "first": Case, "steps": StepEntry,
}  # fmt: skip

_SENTENCES = {
    "string_type": "is not a text",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "list_type": "is not a list",
    "dict_type": "is not a mapping",
    "model_type": "is not a mapping",
    "model_attributes_type": "is not a mapping",
}


@dataclass
class Part:
    """A policy file or a part of one: what stands in it and what is wrong with it.

    `lost` are names whose entries were left out (`*`: whole sections), `mentioned` the words in them; `blank` are paths that
    were filled with an empty text.
    """

    text: PolicyText
    document: PolicyDocument
    faults: list[Fault] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    blank: set[Path_] = field(default_factory=set)

    @property
    def file(self) -> Path:
        return self.text.file


def read_part(file: Path) -> Part:
    """Read a file; entries at fault are left out. Raises PolicyError when the file cannot be read as YAML at all."""
    text = read_yaml(file)
    text.content = deepcopy(text.content)
    part = Part(text, PolicyDocument(), [fault for _, fault in text.twice])
    part.lost |= {"*" if len(path) == 1 else str(path[-1]) for path, _ in text.twice}
    while True:
        try:
            part.document = PolicyDocument.model_validate(text.content)
            return part
        except ValidationError as error:
            _mend(part, error)


def _mend(part: Part, error: ValidationError) -> None:
    """Note the faults and take them out of the content, the last of a list first."""
    found = [(_path(fault), fault) for fault in error.errors()]
    for path, fault in found:
        part.faults.append(Fault(part.file, part.text.line(path), _sentence(path, fault)))
    gone: list[Path_] = []
    for path, fault in sorted(found, key=lambda pair: [str(key).zfill(9) for key in pair[0]], reverse=True):
        entry = _to_leave_out(path, fault)
        if entry == path and fault["type"] == "missing":
            _holder(part.text.content, path)[path[-1]] = ""
            part.blank.add(path)
        elif not any(entry[: len(other)] == other for other in gone):
            _lose(part, entry)
            gone.append(entry)


def _path(fault: ErrorDetails) -> Path_:
    parts = (part for part in fault["loc"] if part not in WRITTEN_AS)
    return tuple("from" if part == "from_" else part for part in parts)


def _to_leave_out(path: Path_, fault: ErrorDetails) -> Path_:
    """The smallest entry around a fault without which the rest can be read."""
    if fault["type"] == "extra_forbidden" or (fault["type"] == "missing" and path[-1] in _BLANKS):
        return path
    if path[:1] == ("programmes",) and "steps" in path[2:3] and len(path) > 3:
        return path[:4]
    if path[:1] == ("steps",) and len(path) > 2:
        return path[:3]
    return (
        path[:2]
        if path[0] in {*_KINDS_OF_ENTRY, "rules", "functions", "chooses_enrolment_by", "iterate", "include"}
        else path[:1]
    )


def _lose(part: Part, entry: Path_) -> None:
    content = _holder(part.text.content, entry)
    lost = content[entry[-1]] if entry[-1] in content or not isinstance(content, dict) else None
    if isinstance(entry[-1], str):
        part.lost.add(entry[-1])
    if len(entry) == 1 and entry[0] in {*_KINDS_OF_ENTRY, "rules", "functions", "include"}:
        part.lost.add("*")
    part.mentioned |= set(_WORDS.findall(repr(lost)))
    if isinstance(lost, dict) and isinstance(lost.get("step"), str):
        part.lost.add(lost["step"])
    if isinstance(content, list) or entry[-1] in content:
        part.text.drop(entry)


def _holder(content: Any, path: Path_) -> Any:
    for key in path[:-1]:
        content = content[key]
    return content


def _sentence(path: Path_, fault: ErrorDetails) -> str:
    last, holder = path[-1], [str(key) for key in path[:-1] if isinstance(key, str)]
    entry = "an entry of " if path and isinstance((path[-2:-1] or ("",))[0], int) else ""
    home = f"{entry}`{'.'.join(holder)}`" if holder else "the file"
    if isinstance(last, int):
        return f"an entry of {home} {_what(fault)}."
    if fault["type"] == "extra_forbidden":
        keys = [field.alias or key for key, field in _model_at(path).model_fields.items()]
        return f"`{last}` in {home} is not a key of the policy language{did_you_mean(last, keys)}"
    if fault["type"] == "missing":
        return f"`{last}` is missing from {home}."
    return f"`{last}` in {home} {_what(fault)}."


def _what(fault: ErrorDetails) -> str:
    if fault["type"] == "literal_error":
        expected = fault["ctx"]["expected"].replace(" or ", ", ").replace("'", "")
        return f"is `{fault['input']}`, which is not one of {expected}"
    if fault["type"].startswith("date"):
        return f"is `{fault['input']}`, not a date written like 2025-01-31"
    if fault["type"] == "value_error":
        return f"cannot be used: {fault['msg'].removeprefix('Value error, ')}"
    return _SENTENCES.get(fault["type"], f"cannot be used: {fault['msg']}")


def _model_at(path: Path_) -> type[BaseModel]:
    if len(path) == 1:
        return PolicyDocument
    within = [_KINDS_WITHIN[key] for key in path[2:-1] if isinstance(key, str) and key in _KINDS_WITHIN]
    return within[-1] if within else _KINDS_OF_ENTRY.get(str(path[0]), PolicyDocument)


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The end of a sentence on an unknown name: `; did you mean X?` when a known name is close."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else f"{otherwise}."
