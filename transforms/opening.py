"""Opening the frames of a pool: its members' rows, its claims under their policy and enrolment, its lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from transforms.codes import CODE, starts_with
from transforms.columns import polars_expression
from transforms.days import new_year, year_of
from transforms.facts import establish
from transforms.formula import DATE, FLAG, columns_of
from transforms.frames import Frames
from transforms.groups import first_rows
from transforms.order import Whole, ordered
from transforms.plan import Choice, Plan
from transforms.selection import area_prefix, benefit_date

__all__ = ["claims_under", "open_frames"]

Tables = Mapping[str, pl.DataFrame]


def open_frames(tables: Tables, claims: pl.DataFrame, standing: pl.DataFrame, plan: Plan) -> Frames:
    """Frames of the pool's claims; claims without a policy of this pool stay out (they are not in frame `claim`).

    `claims`: the standing claims that fall to this pool; `standing`: every standing claim of the delivery (other pools too).
    """
    frames = _open(tables, claims, standing, plan)
    frames.frame["line"] = _lines(tables["fee_lines"], frames.frame["claim"], plan)
    return frames


def claims_under(tables: Tables, claims: pl.DataFrame, standing: pl.DataFrame, plan: Plan) -> pl.Series:
    """The ids of the claims for which the pool's choice of the enrolment leads to a policy of the pool."""
    return _open(tables, claims, standing, plan).frame["claim"]["claim.claim_id"]


def _open(tables: Tables, claims: pl.DataFrame, standing: pl.DataFrame, plan: Plan) -> Frames:
    frames = Frames(plan.levels)
    members = claims.select("member_id").unique(maintain_order=True).with_row_index("@member")
    frames.frame["member"] = _prefixed(
        members.join(tables["members"], on="member_id", how="left", maintain_order="left"), "member"
    )
    for role in ("provider", "prescriber", "recogniser"):
        frames.frame[role] = _prefixed(tables["providers"], role)
    frames.table["statuses"] = _rows(tables["statuses"].join(members, on="member_id"))
    filings = _prefixed(tables["filings"].join(members, on="member_id", maintain_order="left"), "filing")
    frames.frame["filing"] = filings.with_columns(ruling_date="filing.valid_from")
    frames.frame["registration"] = _registrations(tables["registrations"].join(members, on="member_id"), frames)
    frames.table["providers"] = _rows(tables["providers"])
    frames.table["all_claims"] = _rows(_with_member(standing, members))
    frames.frame["enrolment"] = _enrolments(tables["enrolments"].join(members, on="member_id"))
    frames.frame["year"] = _years(frames.frame["enrolment"], claims)
    establish(frames, plan.cover)
    frames.frame["claim"] = _claims(claims, members, frames, plan)
    return frames


def _prefixed(frame: pl.DataFrame, level: str) -> pl.DataFrame:
    return frame.rename({name: f"{level}.{name}" for name in frame.columns if not name.startswith("@")})


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    return _prefixed(frame, "row")


def _with_member(rows: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The rows of the members with `@member`, the number of the member."""
    numbers = rows.select("member_id").join(members, on="member_id", how="left", maintain_order="left")["@member"]
    rows = rows.with_columns(numbers)
    return rows.filter(pl.col("@member").is_not_null()) if numbers.null_count() else rows


def _in_order(claims: pl.DataFrame) -> pl.DataFrame:
    """By `@member`, `settled_at` and `claim_id`."""
    if not claims["claim_id"].is_sorted():
        claims = claims.sort("claim_id")
    moments = claims["settled_at"].to_physical().fill_null(np.iinfo(np.int64).min)
    return claims[pl.Series(ordered(claims["@member"].to_numpy(), moments.to_numpy()), dtype=pl.UInt32)]


def _enrolments(rows: pl.DataFrame) -> pl.DataFrame:
    return _prefixed(rows, "enrolment").with_columns(ruling_date=new_year(pl.col("enrolment.benefit_year")))


def _registrations(rows: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    named = _prefixed(rows, "registration").with_columns(ruling_date="registration.valid_from")
    return _with_provider(named, frames, "recogniser", "registration.recognised_by")


def _with_provider(rows: pl.DataFrame, frames: Frames, role: str, column: str) -> pl.DataFrame:
    """The rows with `@ROLE`, the number of the provider that the column names (null: none, or one that is not known)."""
    ids = frames.frame[role].select(pl.col(f"{role}.provider_id").alias(column)).with_row_index(f"@{role}")
    return rows.join(ids, on=column, how="left", maintain_order="left")


def _years(enrolments: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    last_claim = claims.select(year_of(benefit_date()).max()).item() or 0
    first = pl.min_horizontal("enrolment.benefit_year", "enrolment.consecutive_from").min()
    last = pl.max_horizontal(pl.col("enrolment.benefit_year").max(), pl.lit(last_claim, dtype=pl.Int64))
    spans = enrolments.group_by("@member", maintain_order=True).agg(first.alias("first"), last.alias("last"))
    years = spans.select("@member", pl.int_ranges("first", pl.col("last") + 1).alias("year.number")).explode(
        "year.number"
    )
    return years.with_columns(
        ruling_date=new_year(pl.col("year.number")),
        **{f"year.{name}": pl.lit(0, dtype=pl.Int64) for name in ("basic_pay", "critical_illness_pay")},
    )


def _claims(claims: pl.DataFrame, members: pl.DataFrame, frames: Frames, plan: Plan) -> pl.DataFrame:
    ordered = _prefixed(_in_order(_with_member(claims, members)), "claim").with_columns(
        benefit_date=benefit_date("claim.")
    )
    ordered = ordered.with_columns(benefit_year=year_of(pl.col("benefit_date")), ruling_date="benefit_date")
    ordered = _with_provider(ordered, frames, "provider", "claim.provider_id")
    ordered = _with_provider(ordered, frames, "prescriber", "claim.prescribing_provider_id")
    frames.frame["claim"] = ordered
    establish(frames, plan.placing)
    ordered = _with_ruling_date(frames.frame["claim"], plan)
    chosen = _chosen_enrolment(ordered, frames, plan)
    rows = frames.frame["enrolment"]
    scheme, area = (rows[name].gather(chosen) for name in ("enrolment.scheme", "enrolment.area_code"))
    ordered = ordered.with_columns(
        chosen, pl.coalesce("claim.scheme", scheme).alias("settled_scheme"), area.alias("@area")
    )
    ordered = ordered.with_columns(
        policy=pl.when(starts_with(pl.col("@area"), area_prefix(plan.pool))).then(_policy(plan))
    )
    frames.unruled = ordered.filter(pl.col("policy").is_null()).select(
        claim_id="claim.claim_id", scheme_chosen="settled_scheme"
    )
    ordered = ordered.filter(pl.col("policy").is_not_null())
    policies = ordered["policy"].unique()
    frames.policy = policies[0] if policies.len() == 1 else None
    return ordered.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("claim_number"))


def _with_ruling_date(claims: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The day whose law applies: the benefit date, brought into the year in which the policy settles the claim."""
    if not any(getattr(node, "name", None) == "settlement_year" for node in plan.placing):
        return claims
    year = pl.col("settlement_year")
    inside = pl.col("benefit_date").clip(new_year(year), new_year(year + 1) - pl.duration(days=1))
    return claims.with_columns(ruling_date=pl.coalesce(inside, "benefit_date"))


def _policy(plan: Plan) -> pl.Expr:
    chosen: pl.Expr = pl.lit(None, dtype=CODE)
    for term in plan.terms:
        open_end = pl.lit(term.valid_to is None) | (pl.col("ruling_date") <= pl.lit(term.valid_to, dtype=pl.Date))
        fits = (pl.col("settled_scheme") == term.scheme) & (pl.col("ruling_date") >= term.valid_from) & open_end
        chosen = pl.when(fits).then(pl.lit(term.policy, dtype=CODE)).otherwise(chosen)
    return chosen


def _chosen_enrolment(claims: pl.DataFrame, frames: Frames, plan: Plan) -> pl.Series:
    """`@enrolment` of the claims: the row that the pool's criteria put first, of those that may be chosen; null for none."""
    choices = plan.choices
    names = set().union(*(columns_of(tree) for tree in (plan.among, *(choice.tree for choice in choices))))
    own = claims.with_row_index("@row").select("@row", "@member", *sorted(n for n in names if not n.startswith("row.")))
    rows = frames.rows_of("enrolments", {n for n in names if n.startswith("row.")}).with_row_index("@enrolment")
    pairs = own.join(rows, on="@member", how="inner")
    if plan.among is not None:
        pairs = pairs.filter(polars_expression(plan.among))
    keys = [f"@criterion{n}" for n in range(len(choices))]
    ranked = pairs.select(
        "@row", "@enrolment", *(_criterion(choice).alias(key) for key, choice in zip(keys, choices, strict=True))
    )
    ordered = ranked.sort("@row", *keys, "@enrolment", nulls_last=True)
    return ordered["@enrolment"].gather(first_rows(ordered["@row"].to_numpy(), claims.height))


def _criterion(choice: Choice) -> pl.Expr:
    value = polars_expression(choice.tree)
    return ~value if choice.tree.kind == FLAG else (value.cast(pl.Int32) if choice.tree.kind == DATE else value)


def _lines(fee_lines: pl.DataFrame, claims: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The lines of the claims, in the order of both; of the delivered columns those that the plan reads."""
    owner = _claim_of_line(fee_lines["@bill"].to_numpy(), claims["@bill"].to_numpy())
    mine = np.flatnonzero(owner >= 0)
    places = mine[ordered(owner[mine], fee_lines["line_no"].to_numpy()[mine])]
    kept = fee_lines.select(name for name in fee_lines.columns if name in _OF_LINES or name in plan.delivered)
    lines = kept[pl.Series(places, dtype=pl.UInt32)]
    return _prefixed(lines.with_columns(pl.Series("@claim", owner[places], dtype=pl.UInt32)), "line")


_OF_LINES = ("line_no", "amount")


def _claim_of_line(bills: Whole, claims: Whole) -> Whole:
    """The place of each line's claim among the claims, given their bills; -1 for none."""
    place = np.full(1 + max(int(part.max(initial=-1)) for part in (bills, claims)) + 1, -1)  # the last one for bill -1
    place[claims] = np.arange(claims.size)
    return place[bills]
