"""Loading policies: files read, included parts joined, every entry with the place where it stands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from policies.document import (
    CheckEntry,
    CounterEntry,
    FactEntry,
    NoteEntry,
    Parameter,
    ProgrammeEntry,
    Source,
    StepEntry,
)
from policies.text import Fault, Key, PolicyError
from policies.validation import Part, read_part

__all__ = [
    "LEVELS", "POPULATION", "Place", "Policy", "builtin_folder", "load_policies", "load_policy", "policy_files", "read_policies",
]  # fmt: skip

LEVELS = ("enrolment", "year", "registration", "filing", "claim", "line", "charge", "portion")

POPULATION = "population.yaml"
"""Figures for synthetic deliveries stand beside the policies of a pool; they are no law."""

LISTS = ("chooses_enrolment_by", "iterate", "checks", "notes")


@dataclass(frozen=True)
class Place:
    """Where an entry stands."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"

    def short(self) -> str:
        """The place without the folder."""
        return f"{self.file.name}, line {self.line}"

    def fault(self, sentence: str) -> Fault:
        """What is wrong here."""
        return Fault(self.file, self.line, sentence)


@dataclass(frozen=True)
class Function:
    """A formula with named arguments, for what the law asks of more than one day, code or amount."""

    arguments: tuple[str, ...]
    formula: str


@dataclass
class Policy:
    """A policy with all that it includes; facts by level and name.

    `lost` are names of entries that were left out because of faults (`*`: any name), `mentioned` the words in them, `blank` the
    quotes and rules that are missing.
    """

    policy: str
    pool: str
    scheme: str
    source: Source
    valid_from: date
    valid_to: date | None
    reopen_limit: str | None
    account_in_fund_total: bool = False
    files: list[Path] = field(default_factory=list)
    sources: dict[Path, Source] = field(default_factory=dict)
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
    lost: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    blank: set[tuple[Key, ...]] = field(default_factory=set)

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
    return [part.file for part in _parts_in(folder, []) if _is_policy(part)]


def load_policies(folder: Path | None = None, known_on: date | None = None) -> list[Policy]:
    """Every policy of the folder as it was known on a day; raises PolicyError, also when two are in force on one date."""
    faults: list[Fault] = []
    policies = read_policies(folder or builtin_folder(), faults, known_on)
    if faults:
        raise PolicyError(*sorted(faults))
    return policies


def load_policy(file: Path, known_on: date | None = None) -> Policy:
    """One policy file with its parts; raises PolicyError with file, line and a sentence for every fault."""
    faults: list[Fault] = []
    policy = _policy(read_part(file), known_on, faults)
    if faults:
        raise PolicyError(*sorted(faults))
    return policy


def read_policies(folder: Path, faults: list[Fault], known_on: date | None = None) -> list[Policy]:
    """Every policy of the folder as far as it can be read; what is wrong is added to `faults`."""
    named = [part for part in _parts_in(folder, faults) if _is_policy(part)]
    policies = [_policy(part, known_on, faults) for part in named]
    for n, one in enumerate(policies):
        for other in policies[n + 1 :]:
            if (one.pool, one.scheme) == (other.pool, other.scheme) and _overlap(one, other):
                faults.append(
                    other.place("from").fault(
                        f"{other.policy} and {one.policy} ({one.files[0]}) are in force on the same date for "
                        f"pool {one.pool}, scheme {one.scheme}; end one the day before the other begins."
                    )
                )
    return policies


def _is_policy(part: Part) -> bool:
    """Whether a file says of itself what only a policy says; parts that others include do not."""
    document = part.document
    given = (document.policy, document.pool, document.scheme, document.from_)
    return any(value is not None for value in given) or bool(part.lost & {"policy", "pool", "scheme", "from"})


def _overlap(one: Policy, other: Policy) -> bool:
    last = date.max
    return one.valid_from <= (other.valid_to or last) and other.valid_from <= (one.valid_to or last)


def _parts_in(folder: Path, faults: list[Fault]) -> list[Part]:
    if not folder.is_dir():
        raise PolicyError(Fault(folder, 0, "there is no such folder of policies."))
    found = []
    for file in sorted(folder.rglob("*.yaml")):
        if file.name == POPULATION:
            continue
        try:
            found.append(read_part(file))
        except PolicyError as error:
            faults += error.faults
    if not found and not faults:
        raise PolicyError(Fault(folder, 0, "no YAML file in it names a policy."))
    return found


def _policy(part: Part, known_on: date | None, faults: list[Fault]) -> Policy:
    document = part.document
    named = {
        "policy": document.policy,
        "pool": document.pool,
        "scheme": document.scheme,
        "source": document.source,
        "from": document.from_,
    }
    missing = [name for name, value in named.items() if value is None and name not in part.lost]
    if missing:
        faults.append(Fault(part.file, 1, f"the policy does not say {', '.join(f'`{name}`' for name in missing)}."))
    faults += _heading_faults(part)
    policy = Policy(
        policy=document.policy or part.file.stem, pool=document.pool or "", scheme=document.scheme or "",
        source=document.source or Source(title="", file=""), valid_from=document.from_ or date.min, valid_to=document.to,
        reopen_limit=document.reopen_limit, account_in_fund_total=document.account_in_fund_total,
    )  # fmt: skip
    for piece in _pieces(part, faults, policy.lost):
        _join(policy, piece, known_on, faults)
    policy.files.insert(0, policy.files.pop())
    return policy


def _heading_faults(part: Part) -> Iterator[Fault]:
    document = part.document
    if document.pool is not None and not re.fullmatch("[0-9]{6}", document.pool):
        sentence = f"`pool` is `{document.pool}`, not an administrative division of six digits such as '130600'."
        yield Fault(part.file, part.text.line(("pool",)), sentence)
    if document.to is not None and document.from_ is not None and document.to < document.from_:
        yield Fault(part.file, part.text.line(("to",)), f"the policy ends on {document.to}, before it begins.")


def _pieces(part: Part, faults: list[Fault], lost: set[str]) -> Iterator[Part]:
    """The parts that a file includes and the layers it plugs in, each before what needs it."""
    layers = {name: file for name, file in part.document.steps.items() if _is_file(file)}
    wanted: list[tuple[str, tuple[Key, ...], str]] = [
        *(
            (name, ("include", n), f"there is no file `{name}` to include.")
            for n, name in enumerate(part.document.include)
        ),
        *((str(file), ("steps", name), f"there is no layer file `{file}`.") for name, file in layers.items()),
    ]
    for name, path, sentence in wanted:
        file = Path(os.path.normpath(part.file.parent / name))
        if not file.is_file():
            faults.append(Fault(part.file, part.text.line(path), sentence))
            lost.add("*")
            continue
        try:
            yield from _pieces(read_part(file), faults, lost)
        except PolicyError as error:
            faults += error.faults
            lost.add("*")
    yield part


def _join(policy: Policy, part: Part, known_on: date | None, faults: list[Fault]) -> None:
    functions = _functions(part, faults)
    faults += part.faults
    policy.files.append(part.file)
    policy.lost |= part.lost
    policy.mentioned |= part.mentioned
    policy.blank |= part.blank
    policy.sources[part.file] = part.document.source or policy.source
    for path, line in part.text.lines.items():
        if path[0] not in LISTS:
            policy.places.setdefault(path, Place(part.file, line))
    for section, entries, into in _sections(policy, part, functions, known_on):
        for name, entry in entries.items():
            place = Place(part.file, part.text.line((section, name)))
            if name in into:
                faults.append(place.fault(f"`{name}` stands in {policy.place(section, name).short()} already."))
                continue
            into[name] = [] if entry == "external" else entry
            policy.places[(section, name)] = place
    policy.chooses_enrolment_among = part.document.chooses_enrolment_among or policy.chooses_enrolment_among
    for section in LISTS:
        _append(policy, part, section)


def _sections(
    policy: Policy, part: Part, functions: dict[str, Function], known_on: date | None
) -> list[tuple[str, Mapping[str, Any], dict[str, Any]]]:
    document = part.document
    return [
        ("rules", document.rules, policy.rules),
        ("parameters", {k: _known(v, known_on) for k, v in document.parameters.items()}, policy.parameters),
        ("functions", functions, policy.functions),
        ("counters", document.counters, policy.counters),
        ("programmes", document.programmes, policy.programmes),
        ("steps", {k: v for k, v in document.steps.items() if not _is_file(v)}, policy.steps),
        *((level, {k: _fact(v) for k, v in getattr(document, level).items()}, policy.facts[level]) for level in LEVELS),
    ]


def _append(policy: Policy, part: Part, section: str) -> None:
    into = getattr(policy, section)
    offset = len(into)
    for path, line in part.text.lines.items():
        if path[0] == section and len(path) > 1 and isinstance(path[1], int):
            policy.places[(section, path[1] + offset, *path[2:])] = Place(part.file, line)
    into += getattr(part.document, section)


def _functions(part: Part, faults: list[Fault]) -> dict[str, Function]:
    """Functions by name; each is written `name(argument, ..): formula`."""
    found: dict[str, Function] = {}
    for written, formula in part.document.functions.items():
        name, _, rest = written.partition("(")
        arguments = tuple(argument.strip() for argument in rest.rstrip(")").split(","))
        line = part.text.line(("functions", written))
        if not rest.endswith(")") or not all(word.isidentifier() for word in (name, *arguments)) or name in found:
            faults.append(Fault(part.file, line, "write a function as `name(argument, ..): formula`, once."))
            part.lost.add(name)
            continue
        part.text.lines[("functions", name)] = line
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
