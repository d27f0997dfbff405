"""The command line: one sentence for every failure, heavy modules loaded only by the command that needs them."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import click

from flows.analysts.options import export, publish
from flows.inbox.options import nights, serve
from flows.terminal.policy_options import policy
from flows.terminal.report_options import report, statement

__all__ = ["cli", "main"]

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


class IsoDate(click.ParamType[date]):
    """A day written as 2025-03-02."""

    name = "date"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not a date such as 2025-03-02", param, ctx)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="baoxiao")
def cli() -> None:
    """Settles claims of Chinese basic medical insurance: every yuan exact, every yuan explained."""


cli.add_command(nights)
cli.add_command(serve)
cli.add_command(policy)
cli.add_command(report)
cli.add_command(statement)


@cli.command()
@click.argument("inbox", type=_FOLDER)
@click.option("--db", type=_FILE, required=True, help="The database to publish; made when it does not exist.")
@click.option("--policies", type=_FOLDER, help="Folder of policy files instead of those that come with the program.")
@click.option("--as-of", type=IsoDate(), help="Settle under the law as it was known on this day.")
def nightly(inbox: Path, db: Path, policies: Path | None, as_of: date | None) -> None:
    """Take the delivery in the folder INBOX, settle it and publish the database."""
    from flows.terminal.orchestration import run_orchestrated
    from flows.terminal.summary import summary

    outcome = run_orchestrated(inbox, db, policies, as_of)
    click.echo(summary(outcome))


@cli.command()
@click.option("--db", type=_FILE, required=True, help="The database whose settlements may change.")
@click.option("--policies", type=_FOLDER, help="Folder of the edited policy files; default: those of the program.")
@click.option("--pool", metavar="AREA", help="Only persons insured in this pool (six digits).")
@click.option("--scheme", type=click.Choice(["resident", "employee"]), help="Only persons insured in this scheme.")
@click.option("--from", "since", type=IsoDate(), help="Only persons with a claim on or after this benefit date.")
@click.option("--as-of", type=IsoDate(), help="The law as it was known on this day.")
@click.option("--plan", "plan_only", is_flag=True, help="Only make the plan: nothing is published.")
@click.option("--apply", "plan_id", metavar="PLAN_ID", help="Publish exactly this plan.")
@click.option("--yes", is_flag=True, help="Publish without asking.")
def reprocess(
    db: Path,
    policies: Path | None,
    pool: str | None,
    scheme: str | None,
    since: date | None,
    as_of: date | None,
    plan_only: bool,
    plan_id: str | None,
    yes: bool,
) -> None:
    """Settle history again under an edited law: plan it, look at the money, publish the plan."""
    if plan_id is not None and (plan_only or pool or scheme or since or as_of):
        raise click.UsageError("--apply publishes a plan as it is: give its limits when it is made, with --plan.")
    from flows.reprocessing.request import Request
    from flows.terminal.reprocessing import planned, published

    if plan_id is None:
        plan_id = planned(Request(db, policies, pool, scheme, since, as_of), plan_only, yes)
    if plan_id is not None:
        published(db, plan_id, policies)


@cli.command()
@click.argument("claim_id")
@click.option("--db", type=_FILE, required=True, help="The database to read.")
def explain(claim_id: str, db: Path) -> None:
    """Tell how every yuan of a claim was decided, with the quoted source."""
    from flows.warehouse.database import open_product
    from reports.explain import explain_claim

    with closing(open_product(str(db))) as con:
        explain_claim(con, claim_id, sys.stdout)


@cli.command()
@click.argument("out", type=_FOLDER)
@click.option("--members", type=click.IntRange(1), required=True, help="Members in all; pools get equal parts.")
@click.option(
    "--pool", "pools", multiple=True, required=True, help="Area code of a pool (six digits); may be repeated."
)
@click.option("--year", type=click.IntRange(2000, 2100), required=True, help="The benefit year.")
@click.option("--seed", type=click.IntRange(0), required=True, help="The same seed gives the same bytes.")
@click.option("--format", "form", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
@click.option(
    "--claims-per-member", type=click.FloatRange(0), help="Mean claims of a member; default: the pool's figures."
)
@click.option("--bad-rows", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Share of faulty rows.")
def generate(
    out: Path,
    members: int,
    pools: tuple[str, ...],
    year: int,
    seed: int,
    form: str,
    claims_per_member: float | None,
    bad_rows: float,
) -> None:
    """Write a synthetic delivery of any size into the new folder OUT."""
    from flows.generation.command import generated

    click.echo(generated(out, pools, members, year, seed, form, claims_per_member, bad_rows))


cli.add_command(export)
cli.add_command(publish)


def main() -> None:
    """Run the command line and leave with its exit status: 0 done, 1 nothing done and why, 2 wrong usage."""
    from flows.terminal.failures import ended

    sys.exit(ended(cli, sys.argv[1:]))
