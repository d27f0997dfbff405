"""Loading policies: files read, included parts joined, every entry with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from policies.document import (
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
from policies.text import Key, PolicyError, PolicyText, read_yaml

__all__ = ["LEVELS", "Place", "Policy", "builtin_folder", "load_policies", "load_policy", "policy_files"]

LEVELS = ("enrolment", "year", "registration", "filing", "claim", "line", "charge", "portion")


@dataclass(frozen=True)
class Place:
    """Where an entry stands."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True)
class Function:
    """A formula with named arguments, for what the law asks of more than one day, code or amount."""

    arguments: tuple[str, ...]
    formula: str


@dataclass
class Policy:
    """A policy with all that it includes; facts by level and name."""

    policy: str
    pool: str
    scheme: str
    source: Source
    valid_from: date
    valid_to: date | None
    reopen_limit: str | None
    files: list[Path] = field(default_factory=list)
    rules: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    facts: dict[str, dict[str, FactEntry]] = field(default_factory=lambda: {level: {} for level in LEVELS})
    chooses_enrolment_among: str | None = None
    chooses_enrolment_by: list[str] = field(default_factory=list)
    iterate: list[list[str]] = field(default_factory=list)
    checks: list[CheckEntry] = field(default_factory=list)
    counters: dict[str, CounterEntry] = field(default_factory=dict)
    steps: dict[str, list[StepEntry]] = field(default_factory=dict)
    programmes: dict[str, ProgrammeEntry] = field(default_factory=dict)
    notes: list[NoteEntry] = field(default_factory=list)
    places: dict[tuple[Key, ...], Place] = field(default_factory=dict)

    def place(self, *path: Key) -> Place:
        """The place of an entry, or of what surrounds it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.files[0], 1))


def builtin_folder() -> Path:
    """The folder of the policies that come with the program."""
    return Path(__file__).parent


def policy_files(folder: Path) -> list[Path]:
    """Policy files of a folder: every YAML file that names a policy (parts that others include do not)."""
    if not folder.is_dir():
        raise PolicyError(f"{folder}: there is no such folder of policies.")
    found = [file for file in sorted(folder.rglob("*.yaml")) if "policy" in read_yaml(file).content]
    if not found:
        raise PolicyError(f"{folder}: no YAML file in it names a policy.")
    return found


def load_policies(folder: Path | None = None, known_on: date | None = None) -> list[Policy]:
    """Every policy of the folder as it was known on a day; raises PolicyError, also when two are in force on one date."""
    policies = [load_policy(file, known_on) for file in policy_files(folder or builtin_folder())]
    for n, one in enumerate(policies):
        for other in policies[n + 1 :]:
            if (one.pool, one.scheme) == (other.pool, other.scheme) and _overlap(one, other):
                raise PolicyError(
                    f"{other.files[0]}: {other.policy} and {one.policy} ({one.files[0]}) are in force on the same date for "
                    f"pool {one.pool}, scheme {one.scheme}; end one the day before the other begins."
                )
    return policies


def _overlap(one: Policy, other: Policy) -> bool:
    last = date.max
    return one.valid_from <= (other.valid_to or last) and other.valid_from <= (one.valid_to or last)


def load_policy(file: Path, known_on: date | None = None) -> Policy:
    """One policy file with its parts; raises PolicyError with file, line and a sentence."""
    text, document = _document(file)
    missing = [name for name in ("policy", "pool", "scheme", "source") if getattr(document, name) is None]
    if document.from_ is None:
        missing.append("from")
    if missing:
        raise PolicyError(f"{file}: the policy does not say {', '.join(f'`{name}`' for name in missing)}.")
    assert document.policy and document.pool and document.scheme and document.source and document.from_
    policy = Policy(
        document.policy,
        document.pool,
        document.scheme,
        document.source,
        document.from_,
        document.to,
        document.reopen_limit,
    )
    for part_text, part in _parts(text, document):
        _join(policy, part_text, part, known_on)
    policy.files.insert(0, policy.files.pop())
    return policy


def _parts(text: PolicyText, document: PolicyDocument) -> Iterator[tuple[PolicyText, PolicyDocument]]:
    for number, name in enumerate(document.include):
        part_file = (text.file.parent / name).resolve()
        if not part_file.is_file():
            raise PolicyError(
                f"{text.file}, line {text.line(('include', number))}: there is no file `{name}` to include."
            )
        yield from _parts(*_document(part_file))
    for name, steps in document.steps.items():
        if isinstance(steps, str) and steps != "external":
            layer = (text.file.parent / steps).resolve()
            if not layer.is_file():
                raise PolicyError(f"{text.file}, line {text.line(('steps', name))}: there is no layer file `{steps}`.")
            yield from _parts(*_document(layer))
    yield text, document


def _document(file: Path) -> tuple[PolicyText, PolicyDocument]:
    text = read_yaml(file)
    try:
        return text, PolicyDocument.model_validate(text.content)
    except ValidationError as error:
        raise PolicyError("\n".join(_faults(text, error))) from None


def _faults(text: PolicyText, error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        path = tuple(
            part for part in fault["loc"] if not str(part).startswith(("function", "FactEntry", "list[", "str"))
        )
        path = tuple("from" if part == "from_" else part for part in path)
        name = ".".join(map(str, path))
        if fault["type"] == "extra_forbidden":
            sentence = f"`{name}` is not a key of the policy language"
        elif fault["type"] == "missing":
            sentence = f"`{name}` is missing"
        else:
            sentence = f"`{name}`: {fault['msg'].removeprefix('Value error, ')}"
        yield f"{text.file}, line {text.line(path)}: {sentence}."


def _join(policy: Policy, text: PolicyText, part: PolicyDocument, known_on: date | None) -> None:
    policy.files.append(text.file)
    for path, line in text.lines.items():
        policy.places.setdefault(path, Place(text.file, line))
    sections: list[tuple[str, Mapping[str, Any], dict[str, Any]]] = [
        ("rules", part.rules, policy.rules),
        ("parameters", {k: _known(v, known_on) for k, v in part.parameters.items()}, policy.parameters),
        ("functions", _functions(text, part.functions), policy.functions),
        ("counters", part.counters, policy.counters),
        ("programmes", part.programmes, policy.programmes),
        ("steps", {k: v for k, v in part.steps.items() if not _is_file(v)}, policy.steps),
    ]
    sections += [
        (level, {k: _fact(v) for k, v in getattr(part, level).items()}, policy.facts[level]) for level in LEVELS
    ]
    for section, entries, into in sections:
        for name, entry in entries.items():
            if name in into:
                raise PolicyError(
                    f"{text.file}, line {text.line((section, name))}: `{name}` stands in {policy.place(section, name)} already."
                )
            into[name] = [] if entry == "external" else entry
            policy.places[(section, name)] = Place(text.file, text.line((section, name)))
    policy.chooses_enrolment_among = part.chooses_enrolment_among or policy.chooses_enrolment_among
    for section in ("chooses_enrolment_by", "iterate", "checks", "notes"):
        _append(policy, text, part, section)


def _append(policy: Policy, text: PolicyText, part: PolicyDocument, section: str) -> None:
    into = getattr(policy, section)
    for number, entry in enumerate(getattr(part, section)):
        policy.places[(section, len(into))] = Place(text.file, text.line((section, number)))
        into.append(entry)


def _functions(text: PolicyText, entries: Mapping[str, str]) -> dict[str, Function]:
    """Functions by name; each is written `name(argument, ..): formula`."""
    found: dict[str, Function] = {}
    for written, formula in entries.items():
        name, _, rest = written.partition("(")
        arguments = tuple(part.strip() for part in rest.rstrip(")").split(","))
        if not rest.endswith(")") or not all(part.isidentifier() for part in (name, *arguments)) or name in found:
            place = text.line(("functions", written))
            raise PolicyError(f"{text.file}, line {place}: write a function as `name(argument, ..): formula`, once.")
        found[name] = Function(arguments, formula)
    return found


def _is_file(steps: list[StepEntry] | str) -> bool:
    return isinstance(steps, str) and steps != "external"


def _fact(entry: str | FactEntry) -> FactEntry:
    return FactEntry(formula=entry) if isinstance(entry, str) else entry


def _known(parameter: Parameter, known_on: date | None) -> Parameter:
    """The parameter without the changes that became known later."""
    if known_on is None:
        return parameter
    changes = [change for change in parameter.changes if (change.known_from or date.min) <= known_on]
    return parameter.model_copy(update={"changes": changes})
