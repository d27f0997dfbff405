"""A policy as a person reads it: benefit tables by subject, programmes with their steps, checks in order, quotes at the foot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from policies.law import Law
from policies.loading import Policy
from policies.subjects import subjects
from policies.text import PolicyError
from policies.validation import did_you_mean
from reports.policy_grids import Footnotes, grid_of, line_of
from reports.policy_page import Block, Grid, Heading, Lines, Page
from reports.policy_steps import checks_of, programmes_of
from reports.policy_words import Language, word

__all__ = ["UnknownPolicy", "policy_named", "show"]


class UnknownPolicy(PolicyError):
    """There is no policy of that name, or it is not in force on the day."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.args = (sentence,)


def show(law: Law, policy_id: str, on: date, language: Language = "en") -> Page:
    """The page of a policy on a day: a rich renderable, `.markdown()` for text. Raises UnknownPolicy with a sentence."""
    policy = policy_named(law, policy_id)
    if on < policy.valid_from or (policy.valid_to is not None and on > policy.valid_to):
        term = f"from {policy.valid_from}" + (f" to {policy.valid_to}" if policy.valid_to else "")
        raise UnknownPolicy(f"{policy_id} is in force {term}; {on} lies outside.")
    notes = Footnotes(policy, {})
    page = Page([*_head(policy, on, language), *_parameters(policy, on, notes, language)])
    page.blocks += programmes_of(policy, on, notes, language)
    page.blocks += checks_of(policy, notes, language)
    page.blocks += [Heading(word("Quotes", language)), _quotes(notes, language)]
    return page


def policy_named(law: Law, policy_id: str) -> Policy:
    """The policy of that name; raises UnknownPolicy."""
    known = {policy.policy: policy for policy in law.policies}
    if policy_id not in known:
        ending = did_you_mean(policy_id, known, f"; there are {', '.join(known)}")
        raise UnknownPolicy(f"There is no policy {policy_id}{ending}")
    return known[policy_id]


def _head(policy: Policy, on: date, language: Language) -> Iterator[Block]:
    yield Heading(f"{policy.policy}  {policy.source.title}", 1)
    term = f"{word('in force from', language)} {policy.valid_from}" + (
        f" – {policy.valid_to}" if policy.valid_to else ""
    )
    sources = ", ".join(dict.fromkeys(source.file for source in (policy.source, *policy.sources.values())))
    place = f"{word('pool', language)} {policy.pool}, {word('scheme', language)} {policy.scheme}"
    yield Lines((f"{word('on', language)} {on}; {term}; {place}; {word('source', language)} {sources}",))


def _parameters(policy: Policy, on: date, notes: Footnotes, language: Language) -> Iterator[Block]:
    """Parameters under their subjects in the order of the files; neighbours of one value share a table."""
    subject_of = subjects(policy)
    subject = ""
    lines: list[tuple[str, ...]] = []
    header = tuple(word(text, language) for text in ("what", "value", "rule", "note"))
    for name in subject_of:
        parameter = policy.parameters[name]
        if subject_of[name] != subject:
            yield from _listed(header, lines)
            subject, lines = subject_of[name], []
            yield Heading(subject)
        if parameter.table is None and parameter.brackets is None:
            lines.append(line_of(name, parameter, on, notes, language))
        else:
            yield from _listed(header, lines)
            lines = []
            yield grid_of(name, parameter, on, notes, language)
    yield from _listed(header, lines)


def _listed(header: tuple[str, ...], lines: list[tuple[str, ...]]) -> Iterator[Block]:
    if lines:
        yield Grid("", header, tuple(lines))


def _quotes(notes: Footnotes, language: Language) -> Grid:
    rows = tuple((f"[{number}]", rule, quote) for (rule, quote), number in notes.found.items())
    return Grid("", ("", word("rule", language), word("quote", language)), rows)
