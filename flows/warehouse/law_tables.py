"""Keeps every text of the law that ever settled a claim as tables, and says which claims an older text settled."""

from __future__ import annotations

import duckdb
import polars as pl

from flows.warehouse.database import append
from flows.warehouse.queries import first_row
from flows.warehouse.tables import STORED
from policies.archive import restored, texts
from policies.document import CheckEntry
from policies.law import Law
from policies.loading import Policy
from policies.reopening import reopen_limits
from policies.tables import quotes
from policies.text import PolicyError
from transforms.formula import Tree
from transforms.plan import Step

__all__ = ["keep_law", "kept_law", "law_warnings", "show_law"]

_KEY = ["policy_id", "version"]
_STALE = """
    WITH stale AS (SELECT member_id FROM standing JOIN run USING (run_id) WHERE run.policy_fingerprint <> ?)
    SELECT policy_id, count(*) FROM settlement_version AS v SEMI JOIN stale USING (member_id)
    WHERE policy_fingerprint IS NOT NULL AND policy_fingerprint NOT IN (SELECT fingerprint FROM law_policy)
        AND NOT EXISTS (SELECT 1 FROM adjustment AS a WHERE a.claim_id = v.claim_id AND a.from_version = v.version)
    GROUP BY policy_id ORDER BY policy_id
"""
_LAST_RUN = "SELECT run_id, policy_fingerprint FROM run ORDER BY started_at DESC, rowid DESC LIMIT 1"


def show_law(con: duckdb.DuckDBPyConnection, law: Law) -> None:
    """Show the present law to SQL as the temporary views `law_policy` and `reopen_limit`.

    Raises PolicyError where a policy's `reopen_limit` is not a span of time.
    """
    con.register("law_policy", law.policy)
    con.register("reopen_limit", reopen_limits(law))


def keep_law(con: duckdb.DuckDBPyConnection, law: Law) -> None:
    """Add the texts of the law that the database does not hold yet; old settlements refer to the older texts."""
    held = con.sql("SELECT policy_id, version, fingerprint FROM policy").pl()
    new = law.policy.join(held, on=[*_KEY, "fingerprint"], how="anti")
    marks = new.select(*_KEY, "fingerprint")
    append(con, "policy", new)
    _keep_texts(con, law)
    append(con, "policy_parameter", law.policy_parameter.join(marks, on=_KEY, maintain_order="left"))
    steps = law.policy_step.join(
        _units(law), on=["policy_id", "programme", "step_no"], how="left", maintain_order="left"
    )
    append(con, "policy_step", steps.join(marks, on=_KEY, maintain_order="left"))
    fresh = set(new["fingerprint"]) - set(held["fingerprint"])
    append(con, "policy_reason", _reasons(law).filter(pl.col("fingerprint").is_in(list(fresh))))


def kept_law(con: duckdb.DuckDBPyConnection, law_fingerprint: str) -> Law | None:
    """A law that settled claims earlier; None when its texts are not here or are not understood any more."""
    rows = con.execute(
        "SELECT file, text, known_on FROM policy_text WHERE law_fingerprint = ?", [law_fingerprint]
    ).fetchall()
    try:
        return restored({file: text for file, text, _ in rows}, rows[0][2]) if rows else None
    except PolicyError:
        return None


def _keep_texts(con: duckdb.DuckDBPyConnection, law: Law) -> None:
    held = first_row(con, "SELECT 1 FROM policy_text WHERE law_fingerprint = ? LIMIT 1", [law.fingerprint])
    if held is None:
        kept = texts(law)
        frame = pl.DataFrame({"file": list(kept), "text": list(kept.values())})
        marks = {"law_fingerprint": pl.lit(law.fingerprint), "known_on": pl.lit(law.known_on, dtype=pl.Date)}
        append(con, "policy_text", frame.with_columns(**marks))


def law_warnings(con: duckdb.DuckDBPyConnection, law: Law) -> list[str]:
    """Sentences on a law that is no longer the one of the last run; only `reprocess` settles other members again."""
    last = first_row(con, _LAST_RUN)
    found = []
    if last and last[1] != law.fingerprint:
        found.append(
            f"The policies have changed since run {last[0]}; only members of this delivery follow the new text."
        )
    for policy, count in con.execute(_STALE, [law.fingerprint]).fetchall():
        found.append(f"{count} claims under {policy} stand as its older text settled them; `reprocess` is for these.")
    return found


def _units(law: Law) -> pl.DataFrame:
    """Of every step: the unit of its parameter, and whether its counter keeps a sum or the greatest value."""
    keeps = {counter.name: counter.keeps for plan in law.plans for counter in plan.counters}
    rows = [
        (made.policy, made.name, step.number, _unit(step.parameter), _kept(step, keeps))
        for plan in law.plans
        for made in plan.programmes
        for step in made.steps
    ]
    names = ("policy_id", "programme", "step_no", "parameter_unit", "counter_keeps")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()) | {"step_no": pl.Int64()}, orient="row")


def _reasons(law: Law) -> pl.DataFrame:
    """Every reason for which a policy refuses a claim: its condition, rule and quoted sentence."""
    rows = [
        (
            policy.policy,
            law.fingerprints[policy.policy],
            reason,
            check.outcome,
            check.rule,
            check.when,
            said.get(check.rule or ""),
        )
        for policy in law.policies
        for said in [quotes(policy)]
        for check in policy.checks
        for reason in _codes(policy, check)
    ]
    return pl.DataFrame(rows, schema=STORED["policy_reason"].frame_schema(), orient="row")


def _codes(policy: Policy, check: CheckEntry) -> list[str]:
    if check.reason is None:
        return []
    listed = policy.parameters[check.each].codes if check.each in policy.parameters else None
    return [check.reason.replace("{}", code) for code in listed or [""]]


def _unit(tree: Tree | None) -> str | None:
    """`share` is a number with four decimals (0.75), as rates are."""
    if tree is None:
        return None
    if tree.kind.name != "number":
        return "yuan"
    return "share" if tree.kind.scale == 1 else "count"


def _kept(step: Step, keeps: dict[str, str]) -> str | None:
    counters = [*(name for name, _ in step.within), *step.counts]
    return keeps[counters[0]] if counters else None
