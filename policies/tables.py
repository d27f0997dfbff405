"""The law as tables: policies, parameters and steps, for analysts and for the explanation of every amount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from policies.document import Change, Parameter, StepEntry
from policies.loading import Policy
from policies.waterfalls import spliced
from schemas.audit import POLICY

__all__ = ["figures", "parameter_frame", "policy_frame", "quotes", "step_frame"]

TEXT = pl.String()


def policy_frame(policies: Sequence[Policy], fingerprints: Mapping[str, str]) -> pl.DataFrame:
    """Table `policy`: one row a policy version; a version begins with the policy and with every dated change."""
    rows = [
        (
            p.policy,
            day.isoformat(),
            p.pool,
            p.scheme,
            p.source.title,
            p.source.file,
            day,
            p.valid_to,
            fingerprints[p.policy],
            p.account_in_fund_total,
        )
        for p in policies
        for day in version_days(p)
    ]
    return pl.DataFrame(rows, schema=POLICY.frame_schema(), orient="row")


def version_days(policy: Policy) -> list[date]:
    """Days from which a different set of figures applies."""
    changes = {max(c.from_, policy.valid_from) for p in policy.parameters.values() for c in p.changes}
    return sorted({policy.valid_from} | changes)


def parameter_frame(policies: Sequence[Policy]) -> pl.DataFrame:
    """Table `policy_parameter`: every figure with unit, rule and quote; rows of tables have the facts in their key."""
    rows = [
        row for policy in policies for name, p in policy.parameters.items() for row in _parameter_rows(policy, name, p)
    ]
    names = (
        "policy_id",
        "version",
        "key",
        "rule_id",
        "value",
        "unit",
        "quote",
        "source_document",
        "valid_from",
        "known_from",
    )
    kinds = dict.fromkeys(names, TEXT) | {"valid_from": pl.Date(), "known_from": pl.Date()}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _parameter_rows(policy: Policy, name: str, parameter: Parameter) -> Iterator[tuple]:
    forms: list[tuple[date, Parameter | Change]] = [(policy.valid_from, parameter)]
    forms += [(change.from_, change) for change in parameter.changes]
    source = policy.sources.get(policy.place("parameters", name).file, policy.source)
    for day, form in forms:
        for key, value, row in figures(name, form):
            yield (
                policy.policy, day.isoformat(), key, row.get("rule") or form.rule or parameter.rule, value, parameter.unit,
                row.get("quote") or form.quote, source.file, day, form.known_from,
            )  # fmt: skip


def figures(name: str, form: Parameter | Change) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Figures of a form of a parameter: key, value as written and, for a table, the row (one without a value holds no figure)."""
    if form.codes is not None:
        yield name, ";".join(form.codes), {}
    for row in form.table or []:
        if row.get("value") is not None:
            yield f"{name}[{condition_text(row)}]", str(row["value"]), row
    for bracket in form.brackets or []:
        yield f"{name}[above {bracket.above} to {bracket.to or 'any amount'}]", bracket.pay, {}
    if form.value is not None:
        yield name, str(form.value), {}


def condition_text(row: dict[str, Any]) -> str:
    """`level: T, 1; near_home: true` for a row of a table."""
    parts = []
    for fact, wanted in row.items():
        if fact not in ("value", "rule", "quote"):
            values = wanted if isinstance(wanted, list) else [wanted]
            parts.append(f"{fact}: {', '.join(str(v).lower() if isinstance(v, bool) else str(v) for v in values)}")
    return "; ".join(parts)


def quotes(policy: Policy) -> dict[str, str]:
    """Rule id to quoted sentence, from `rules`, else the fullest among the parameters that rest on the rule."""
    found: dict[str, str] = {}
    for rule, quote in _quoted(policy):
        if len(quote) > len(found.get(rule, "")):
            found[rule] = quote
    return found | policy.rules


def _quoted(policy: Policy) -> Iterator[tuple[str, str]]:
    for parameter in policy.parameters.values():
        yield parameter.rule, parameter.quote
        for row in parameter.table or []:
            if row.get("rule"):
                yield row["rule"], row.get("quote") or parameter.quote


def step_frame(policies: Sequence[Policy]) -> pl.DataFrame:
    """Table `policy_step`: every step of every programme with its formula, rule and quote, in every version of its policy."""
    rows = [row for policy in policies for row in _step_rows(policy)]
    names = (
        "policy_id",
        "version",
        "programme",
        "step_no",
        "name",
        "column_name",
        "rule_id",
        "formula",
        "unit",
        "counter",
        "quote",
    )
    return pl.DataFrame(rows, schema=dict.fromkeys(names, TEXT) | {"step_no": pl.Int64()}, orient="row")


def _step_rows(policy: Policy) -> Iterator[tuple]:
    texts = quotes(policy)
    days = version_days(policy)
    number = 0
    for name in policy.programmes:
        for step, _ in spliced(policy, name):
            number += 1
            for day in days:
                yield (
                    policy.policy, day.isoformat(), name, number, step.step, step.into, step.rule, _formula(step), step.unit,
                    next(iter([*step.within, *step.counts]), None), texts.get(step.rule or ""),
                )  # fmt: skip


def _formula(step: StepEntry) -> str:
    parts = [step.amount or ""]
    if step.within:
        parts.append(
            "at most what is left of " + ", ".join(f"{limit} ({counter})" for counter, limit in step.within.items())
        )
    if step.when:
        parts.append(f"when {step.when}")
    return "; ".join(parts)
