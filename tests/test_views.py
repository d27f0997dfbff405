"""The analyst's views: their figures followed in the head, their columns those of the schema, their shares exact."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from nightly_world import World, claim, line, people, provider

from schemas import VIEWS
from schemas.views.exact import mean, mean_count, ratio

JANUARY, MARCH = date(2025, 1, 1), date(2025, 3, 1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world"))
    world.night(**_first())
    claims = [claim("late", "m1", "2025-01-05"), claim("undo", "m3", "2025-03-09", reverses_claim_id="c1")]
    world.night(claims=claims, fee_lines=[line("late", "500"), line("undo", "-300")])
    return world


def _first() -> dict[str, list[dict[str, object]]]:
    given = people("m1", "m2", "m3", "m4")
    given["members"][1]["birth_date"] = "2015-08-08"
    given["providers"] += [provider("P2", name="市医院", level=3), provider("P3", is_designated="false", level=None)]
    stay = {"care_type": "inpatient", "provider_id": "P2"}
    claims = [
        claim("a1", "m1", "2025-02-10", civil_servant_pay="100", other_pay="50"),
        claim("b1", "m2", "2025-03-01", ended_on="2025-03-05", **stay),
        claim("b2", "m2", "2025-03-20", ended_on="2025-03-20", **stay),
        claim("c1", "m3", "2025-03-02"),
        claim("d1", "m4", "2025-03-03", provider_id="P3"),
        claim("e1", "m5", "2025-03-04"),
    ]
    lines = [line("a1", "3000"), line("a1", "200", 2, catalogue_class="C"), line("b1", "11000"), line("b2", "4000.01")]
    lines += [line("c1", "300"), line("d1", "70"), line("e1", "80")]
    statuses = [
        {"member_id": "m1", "status": "elderly", "valid_from": "2025-02-10", "valid_to": "2025-02-10"},
        {"member_id": "m1", "status": "orphan", "valid_from": "2025-02-11"},
        {"member_id": "m3", "status": "minimum_living", "valid_from": "2020-01-01"},
    ]
    given["members"].append({"member_id": "m5", "sex": "M", "birth_date": "1940-01-01"})
    return given | {"claims": claims, "fee_lines": lines, "statuses": statuses}


@pytest.mark.parametrize("name", list(VIEWS))
def test_columns_and_types_are_those_of_the_schema(world: World, name: str) -> None:
    described = world.rows(f"SELECT column_name, column_type FROM (DESCRIBE {name})")
    assert described == [(column.name, column.sql_type) for column in VIEWS[name].columns]


@pytest.mark.parametrize("name", list(VIEWS))
def test_a_key_identifies_a_row_and_codes_are_those_told(world: World, name: str) -> None:
    view = VIEWS[name]
    keys = ", ".join(view.key)
    assert world.rows(f"SELECT {keys} FROM {name} GROUP BY {keys} HAVING count(*) > 1") == []
    for column in view.columns:
        if column.codes and column.name != "benefit":
            found = {value for (value,) in world.rows(f"SELECT DISTINCT {column.name} FROM {name}")} - {None}
            assert found <= set(column.values)


def test_context_of_a_claim_is_that_of_its_day(world: World) -> None:
    columns = "person_group, assistance_group, level_group, pool, benefit_month, settled_month, stay_days"
    found = {row[0]: row[1:] for row in world.rows(f"SELECT claim_id, {columns} FROM claim_context")}
    assert found["a1"] == ("elderly", "none", "secondary", "999900", date(2025, 2, 1), date(2025, 2, 1), None)
    assert found["late"] == ("adult", "none", "secondary", "999900", JANUARY, JANUARY, None)
    assert found["b1"] == ("child_or_student", "none", "tertiary", "999900", MARCH, MARCH, 4)
    assert found["b2"][-1] == 1
    assert found["c1"][:2] == ("adult", "minimum_living")
    assert found["d1"][2] == "unrated"
    assert found["e1"][0] is None and found["e1"][3] is None  # nobody insured m5


def test_outlay_is_what_the_settlements_pay(world: World) -> None:
    assert world.rows("SELECT settled_month, pool, fund, benefit, claims, amount FROM fund_outlay ORDER BY ALL") == [
        (date(2025, 2, 1), "999900", "basic", "ordinary", 1, Decimal("1250.00")),
        (date(2025, 2, 1), "999900", "other", "ordinary", 1, Decimal("150.00")),
        (MARCH, "999900", "basic", "ordinary", 1, Decimal("5000.00")),
    ]
    assert world.rows("SELECT sum(amount) FROM fund_outlay WHERE fund = 'basic'") == world.rows(
        "SELECT sum(basic_pay) FROM settlement"
    )


def test_reimbursement_rates(world: World) -> None:
    columns = "claims, total_amount, fund_pay, other_pay, personal_pay, actual_rate, in_scope_rate"
    assert world.rows(
        f"SELECT {columns} FROM reimbursement_rate WHERE person_group = 'elderly' AND level_group = 'secondary'"
    ) == [(1, Decimal(3200), Decimal(1250), Decimal(150), Decimal(1800), Decimal("0.3906"), Decimal("0.4167"))]
    assert world.rows("SELECT actual_rate FROM reimbursement_rate WHERE person_group = 'child_or_student'") == [
        (Decimal("0.3333"),)
    ]


def test_caps_deductibles_and_burden(world: World) -> None:
    assert world.rows(
        "SELECT name, counts, used_amount, left_amount, used_share, state FROM cap_use WHERE member_id = 'm2' ORDER BY ALL"
    ) == [
        ("borne", "deductibles", Decimal(1000), Decimal(0), Decimal(1), "reached"),
        ("paid", "payments", Decimal(5000), Decimal(0), Decimal(1), "reached"),
    ]
    assert world.rows(
        "SELECT members, claims, claims_with_deductible, deductible_amount, deductible_share, mean_deductible "
        "FROM deductible_use WHERE level_group = 'tertiary'"
    ) == [(1, 2, 1, Decimal(1000), Decimal("0.0667"), Decimal(1000))]
    assert world.rows(
        "SELECT claims, total_amount, basic_pay, personal_pay, in_scope_burden, burden_share, burden_band "
        "FROM catastrophic_burden WHERE member_id = 'm2'"
    ) == [
        (
            2,
            Decimal("15000.01"),
            Decimal(5000),
            Decimal("10000.01"),
            Decimal("10000.01"),
            Decimal("0.6667"),
            "below_20000",
        )
    ]


def test_hospitals_are_ranked_only_with_enough_stays(world: World) -> None:
    with duckdb.connect(str(world.db), read_only=True) as con:
        assert con.execute("SELECT * FROM hospital_ranking").fetchall() == []
        con.execute("SET VARIABLE least_stays = 2")
        columns = "cost_rank, provider_name, stays, members, mean_cost, mean_days, actual_rate"
        assert con.execute(f"SELECT {columns} FROM hospital_ranking").fetchall() == [
            (1, "市医院", 2, 1, Decimal("7500.01"), Decimal("2.5000"), Decimal("0.3333"))
        ]


def test_what_a_later_night_moved(world: World) -> None:
    """500 yuan in January fill half of the deductible, so February's claim gets 250 more; c1 never was paid anything."""
    assert world.rows("SELECT cause, pool, settled_month, fund, claims, amount FROM policy_impact") == [
        ("late_claim", "999900", date(2025, 2, 1), "basic", 1, Decimal("250.00"))
    ]


def test_refused_claims_say_why(world: World) -> None:
    columns = "claim_id, pool, reason, other_reasons, total_amount, quote"
    assert world.rows(f"SELECT {columns} FROM denied_claims ORDER BY claim_id") == [
        ("c1", "999900", "reversed", [], Decimal(300), None),
        ("d1", "999900", "provider_not_designated", [], Decimal(70), "在定点医疗机构发生的医疗费用由基金支付。"),
        ("undo", "999900", "reversal", [], Decimal(-300), None),
    ]
    assert world.rows("SELECT claim_id, reason, settled_at FROM pended_claims") == [
        ("e1", "no_policy_in_force", datetime(2025, 3, 4, 10))
    ]


def test_national_names(world: World) -> None:
    columns = "psn_no, insutype, med_type, hifp_pay, cvlserv_pay, hifes_pay, oth_pay, fund_pay_sumamt, psn_part_amt"
    assert world.rows(f"SELECT {columns} FROM nhsa_setlinfo WHERE setl_id = 'a1'") == [
        ("m1", "390", "11", Decimal(1250), Decimal(100), Decimal(0), Decimal(50), Decimal(1400), Decimal(1800))
    ]
    assert world.rows(
        "SELECT fund, fund_pay_type, fund_payamt, inscp_scp_amt FROM nhsa_setldetail WHERE setl_id = 'a1' ORDER BY fund"
    ) == [
        ("basic", "390100", Decimal(1250), Decimal(3000)),
        ("civil_servant", "320100", Decimal(100), Decimal(3000)),
        ("other", "999997", Decimal(50), Decimal(3000)),
    ]
    assert world.rows("SELECT count(*) FROM nhsa_setlinfo WHERE medfee_sumamt <> fund_pay_sumamt + psn_part_amt") == [
        (0,)
    ]
    assert world.rows(
        "SELECT count(*) FROM nhsa_setlinfo AS i LEFT JOIN (SELECT setl_id, sum(fund_payamt) AS paid "
        "FROM nhsa_setldetail GROUP BY ALL) AS d USING (setl_id) WHERE i.fund_pay_sumamt <> coalesce(d.paid, 0)"
    ) == [(0,)]


def test_a_pool_may_count_its_personal_accounts_as_fund(tmp_path: Path) -> None:
    world = World(tmp_path)
    law = world.law / "toy.yaml"
    law.write_text(law.read_text(encoding="utf-8") + "\naccount_in_fund_total: true\n", encoding="utf-8")
    world.night(**people("m1"), claims=[claim("a", "m1", "2025-03-01")], fee_lines=[line("a", "9")])
    assert world.rows("SELECT acct_in_fund_total, acct_pay FROM nhsa_setlinfo") == [(True, Decimal(0))]


def test_control_totals_and_quarantine(tmp_path: Path) -> None:
    world = World(tmp_path)
    given = people("m1")
    given["members"] += [{"member_id": "m8", "birth_date": "1990-02-30"}, {"member_id": "m9", "birth_date": "x"}]
    world.night(**given, claims=[claim("a", "m1", "2025-03-01")], fee_lines=[line("a", "9")])
    assert world.rows("SELECT source_file, column_name, rule, faulty_rows, example_value FROM quarantine_summary") == [
        ("members.csv", "birth_date", "birth_date_is_a_date", 2, "1990-02-30")
    ]
    assert world.rows(
        "SELECT runs, rows_delivered, rows_accepted, rows_quarantined, is_balanced FROM day_totals "
        "WHERE table_name = 'members'"
    ) == [(1, 3, 1, 2, True)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ratio("1.00", "3.00"), Decimal("0.3333")),
        (ratio("2.00", "3.00"), Decimal("0.6667")),
        (ratio("0.01", "800.00"), Decimal("0.0000")),
        (ratio("0.01", "200.00"), Decimal("0.0001")),
        (ratio("5.00", "0.00"), None),
        (ratio("5000.00", "0.01"), None),
        (ratio("9999999999.99", "9999999999.99"), Decimal("1.0000")),
        (mean("10.00", "3"), Decimal("3.33")),
        (mean("0.05", "2"), Decimal("0.03")),
        (mean("10.00", "0"), None),
        (mean_count("7", "3"), Decimal("2.3333")),
    ],
)
def test_shares_and_means_are_exact(query: str, expected: Decimal | None) -> None:
    with duckdb.connect() as con:
        assert con.execute(f"SELECT {query}").fetchall() == [(expected,)]
