"""The shape of policy files: the schema for editors is fresh and fits the real files, and every key that is misspelt is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from policies import schema
from policies.document import PolicyDocument
from policies.loading import POPULATION, builtin_folder
from policies.validation import read_part

REAL = [file for file in sorted(builtin_folder().rglob("*.yaml")) if file.name != POPULATION]
REAL.append(Path(__file__).parent / "policies" / "yunzhou" / "resident.yaml")


def test_the_schema_is_fresh() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.render(), "run `python -m policies.schema`"


@pytest.mark.parametrize("file", REAL, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_real_files_fit_the_schema(file: Path) -> None:
    content = json.loads(json.dumps(yaml.safe_load(file.read_text(encoding="utf-8")), default=str))
    jsonschema.validate(content, json.loads(schema.render()))


def keys_of_models(model: Any, found: dict[str, set[str]]) -> None:
    """Keys of the language by the model they belong to."""
    for name, definition in {**schema_of(model)["$defs"], "PolicyDocument": schema_of(model)}.items():
        found[name] = set(definition.get("properties", {}))


def schema_of(model: Any) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


ALL_KEYS: dict[str, set[str]] = {}
keys_of_models(PolicyDocument, ALL_KEYS)

_ENTRIES = {
    "parameters": "Parameter", "checks": "CheckEntry", "counters": "CounterEntry", "steps": "StepEntry", "programmes": "ProgrammeEntry",
    "notes": "NoteEntry", "changes": "Change", "brackets": "Bracket", "first": "Case",
    **dict.fromkeys(("enrolment", "year", "registration", "filing", "claim", "line", "charge", "portion"), "FactEntry"),
}  # fmt: skip


def keys_in(node: yaml.Node, model: str) -> Iterator[tuple[str, yaml.Node]]:
    """(model, key node) of every key of the language that a file uses."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if key.value not in ALL_KEYS[model]:
            continue
        yield model, key
        inner = _ENTRIES.get(key.value) if key.value != "source" else "Source"
        is_named = model == "PolicyDocument" and key.value not in ("source", "checks", "notes")
        for entry in value.value if isinstance(value, yaml.CollectionNode) and inner else []:
            if is_named and isinstance(entry, tuple):
                items = entry[1].value if isinstance(entry[1], yaml.SequenceNode) else [entry[1]]
                for item in items:
                    yield from keys_in(item, inner or "")
            elif isinstance(entry, yaml.Node):
                yield from keys_in(entry, inner or "")
        if inner == "Source":
            yield from keys_in(value, inner)


def one_of_each() -> dict[tuple[str, str], tuple[Path, yaml.Node]]:
    found: dict[tuple[str, str], tuple[Path, yaml.Node]] = {}
    for file in REAL:
        root = yaml.compose(file.read_text(encoding="utf-8"))
        for model, key in keys_in(root, "PolicyDocument"):
            found.setdefault((model, key.value), (file, key))
    return found


KEYS = one_of_each()


@pytest.mark.parametrize("model, key", KEYS, ids=str)
def test_a_misspelt_key_is_told(model: str, key: str, tmp_path: Path) -> None:
    file, node = KEYS[model, key]
    text = file.read_text(encoding="utf-8")
    copy = tmp_path / file.name
    copy.write_text(text[: node.start_mark.index] + f"{key}x" + text[node.end_mark.index :], encoding="utf-8")
    told = [(fault.line, fault.sentence) for fault in read_part(copy).faults if f"`{key}x` in" in fault.sentence]
    (line, sentence) = told[0]
    assert line == node.start_mark.line + 1
    assert f"is not a key of the policy language; did you mean `{key}`?" in sentence
