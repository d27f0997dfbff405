"""A planted fault ends in the quarantine with its own rule and sentence; everything else goes on."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from test_intake_sample import Tables, csv_text, read, sample, write_csv

from flows.intake import Delivery, read_delivery

# table, row, column, value, rule, part of the sentence
FAULTS = [
    ("members", 0, "sex", "X", "sex_is_known", "give one of M, F"),
    ("members", 0, "birth_date", "1970-02-30", "birth_date_is_a_date", "write it like 2025-01-31"),
    ("members", 0, "birth_date", "0070-02-03", "birth_date_is_a_date", "which is not a date"),
    ("members", 0, "death_date", "1960-01-01", "death_not_before_birth", "1960-01-01 is before the birth"),
    ("enrolments", 0, "scheme", "private", "scheme_is_known", "give one of employee, resident"),
    ("enrolments", 0, "benefit_year", "2025.5", "benefit_year_is_whole", "give a whole number"),
    ("enrolments", 0, "benefit_year", "25", "benefit_year_within_limit", "from 1990 to 2199"),
    ("enrolments", 0, "area_code", "Baoding", "area_code_is_well_formed", "6-digit"),
    ("enrolments", 0, "area_code", "", "area_code_is_given", "area_code (参保地医保区划) is empty"),
    ("statuses", 0, "status", "rich", "status_is_known", "data dictionary"),
    ("statuses", 0, "valid_to", "2024-01-01", "period_not_reversed", "before the first"),
    ("providers", 1, "kind", "ship", "kind_is_known", "give one of hospital"),
    ("providers", 1, "level", "4", "level_is_known", "give one of 1, 2, 3"),
    ("providers", 1, "level", "high", "level_is_a_number", "not a number"),
    ("providers", 1, "is_designated", "maybe", "is_designated_is_a_flag", "true or false"),
    ("providers", 1, "capabilities", "chronic;flying", "capabilities_is_known", "flying"),
    ("registrations", 0, "programme", "sport", "programme_is_known", "give one of chronic"),
    ("registrations", 0, "code", "", "code_is_given", "is empty"),
    ("registrations", 0, "evidence_level", "-1", "evidence_level_not_negative", "cannot be negative"),
    ("filings", 0, "area_code", "11", "area_code_is_well_formed", "6-digit"),
    ("filings", 0, "valid_from", "", "valid_from_is_given", "first day of the filing"),
    ("claims", 0, "care_type", "spa", "care_type_is_known", "give one of outpatient"),
    ("claims", 0, "provider_id", "H9", "provider_exists", "no accepted provider H9"),
    ("claims", 0, "member_id", "M9", "member_exists", "Nothing is known of the member M9"),
    ("claims", 0, "settled_at", "yesterday", "settled_at_is_a_timestamp", "2025-01-31T10:00:00"),
    ("claims", 0, "settled_at", "2025-01-01T25:00:00", "settled_at_is_a_timestamp", "not a time"),
    ("claims", 0, "other_pay", "-1", "other_pay_not_negative", "cannot be negative"),
    ("claims", 0, "reverses_claim_id", "C1", "claim_reverses_another", "reverses itself"),
    ("claims", 1, "ended_on", "2025-03-31", "discharge_not_before_admission", "2025-03-31 is before the admission"),
    ("claims", 1, "ended_on", "", "discharge_is_given", "fill ended_on"),
    ("claims", 1, "claim_id", "C1", "claim_id_is_unique", "several times"),
    ("fee_lines", 0, "amount", "1.005", "amount_has_two_decimals", "at most two decimals"),
    ("fee_lines", 0, "amount", "1,000.00", "amount_is_a_number", "without units or commas"),
    ("fee_lines", 0, "amount", "12元", "amount_is_a_number", "“12元”"),
    ("fee_lines", 0, "amount", "1e3", "amount_is_a_number", "not a number"),
    ("fee_lines", 0, "amount", "", "amount_is_given", "is empty"),
    ("fee_lines", 0, "amount", "-0.01", "amount_not_negative", "reverse the claim"),
    ("fee_lines", 0, "amount", "10000000000.01", "amount_within_limit", "10000000000.01"),
    ("fee_lines", 0, "amount", "9" * 25, "amount_within_limit", "to 10,000,000,000"),
    ("fee_lines", 0, "self_pay_rate", "1.1", "self_pay_rate_within_limit", "1.1000"),
    ("fee_lines", 0, "self_pay_rate", "0.12345", "self_pay_rate_has_four_decimals", "at most four decimals"),
    ("fee_lines", 0, "catalogue_class", "D", "catalogue_class_is_known", "give one of A, B, C"),
    ("fee_lines", 0, "line_no", "2", "line_number_unique_in_claim", "C1/2"),
    ("fee_lines", 0, "claim_id", "C9", "claim_of_line_exists", "claim C9"),
    ("fee_lines", 0, "claim_id", "", "claim_id_is_given", "is empty"),
]


def planted(table: str, row: int, column: str, value: str) -> Tables:
    tables = sample()
    tables[table][row][column] = value
    return tables


def rules(delivery: Delivery, table: str) -> set[str]:
    return set(delivery.quarantine.filter(pl.col("table_name") == table)["rule"])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}-{fault[4]}-{fault[3][:12]}")
def test_planted_fault(fault: tuple[str, int, str, str, str, str], tmp_path: Path):
    table, row, column, value, rule, words = fault
    delivery = read(planted(table, row, column, value), tmp_path)
    own = delivery.quarantine.filter((pl.col("table_name") == table) & (pl.col("row_number") == row + 1))
    assert own["rule"].to_list() == [rule]
    assert words in own["message"][0]
    assert own["message"][0].endswith(".") or "..." in own["message"][0]
    assert own["source_file"][0] == f"{table}.csv"
    assert delivery.total.balanced
    assert delivery.totals[table].rows_quarantined >= 1


def test_one_row_for_each_failed_rule(tmp_path: Path):
    tables = sample()
    tables["providers"][1] |= {"kind": "ship", "area_code": "", "level": "x"}
    delivery = read(tables, tmp_path)
    assert rules(delivery, "providers") == {"kind_is_known", "area_code_is_given", "level_is_a_number"}
    assert delivery.totals["providers"].rows_quarantined == 1


def test_claim_with_a_faulty_line_is_held_back_whole(tmp_path: Path):
    delivery = read(planted("fee_lines", 1, "amount", "abc"), tmp_path)
    assert delivery.tables["claims"]["claim_id"].to_list() == ["C2", "C3"]
    assert set(delivery.tables["fee_lines"]["claim_id"]) == {"C2", "C3"}
    assert rules(delivery, "claims") == {"claim_is_whole"}
    assert rules(delivery, "fee_lines") == {"amount_is_a_number", "claim_is_whole"}
    assert delivery.totals["fee_lines"].fen_quarantined == 10_000


@pytest.mark.parametrize("column", ["care_type", "settled_at", "provider_id", "member_id"])
def test_faulty_header_holds_its_lines_back(column: str, tmp_path: Path):
    delivery = read(planted("claims", 1, column, "nonsense"), tmp_path)
    assert delivery.tables["claims"]["claim_id"].to_list() == ["C1", "C3"]
    assert rules(delivery, "fee_lines") == {"claim_is_whole"}
    assert delivery.totals["fee_lines"].fen_quarantined == 503_330


def test_quarantined_provider_holds_its_claims_back(tmp_path: Path):
    delivery = read(planted("providers", 1, "kind", "ship"), tmp_path)
    assert delivery.tables["claims"]["claim_id"].to_list() == ["C1", "C2"]
    assert rules(delivery, "claims") == {"provider_exists"}


def test_known_rows_of_the_warehouse_count(tmp_path: Path):
    tables = sample()
    for name in ("providers", "members", "enrolments"):
        del tables[name]
    folder = write_csv(tables, tmp_path)
    assert read_delivery(folder).tables["claims"].is_empty()
    known = {
        "providers": pl.DataFrame({"provider_id": ["H1", "H2"]}),
        "members": pl.DataFrame({"member_id": ["M1"]}),
        "enrolments": pl.DataFrame({"member_id": ["M2"]}),
    }
    assert read_delivery(folder, known).tables["claims"].height == 3


def test_claim_without_lines_is_kept_and_named(tmp_path: Path):
    tables = sample()
    tables["fee_lines"] = tables["fee_lines"][:4]
    delivery = read(tables, tmp_path)
    assert delivery.tables["claims"].height == 3
    assert delivery.warnings == ["claims: 1 claims have no fee line and are settled with a total of 0.00: C3."]


def test_reversal_carries_negative_amounts(tmp_path: Path):
    tables = sample()
    tables["claims"][2]["reverses_claim_id"] = "C1"
    tables["fee_lines"][4] |= {"amount": "-100", "quantity": "-1"}
    delivery = read(tables, tmp_path)
    assert delivery.quarantine.is_empty()
    assert delivery.tables["fee_lines"]["amount"][4] == -10_000


def test_day_of_discharge_is_for_stays(tmp_path: Path):
    tables = sample()
    tables["claims"][0]["ended_on"] = "2025-03-01"
    tables["claims"][2]["ended_on"] = "2025-03-05"
    delivery = read(tables, tmp_path)
    assert delivery.tables["claims"]["ended_on"].is_null().to_list() == [True, False, True]
    assert "ended_on of 1 claims was not used" in delivery.warnings[0]


def test_same_row_twice_is_merged(tmp_path: Path):
    tables = sample()
    tables["members"].append(dict(tables["members"][0]))
    tables["providers"].append(dict(tables["providers"][0]))
    delivery = read(tables, tmp_path)
    assert delivery.quarantine.is_empty()
    assert delivery.tables["members"].height == 2
    assert (delivery.totals["members"].rows_accepted, delivery.totals["members"].rows_merged) == (3, 1)


def test_different_rows_with_one_key_are_all_quarantined(tmp_path: Path):
    tables = sample()
    tables["members"] += [{**tables["members"][0], "sex": "F"}, dict(tables["members"][0])]
    delivery = read(tables, tmp_path)
    assert delivery.quarantine["rule"].to_list() == ["key_is_unique"] * 3
    assert delivery.quarantine["row_number"].to_list() == [1, 3, 4]
    assert delivery.totals["members"].balanced


def test_several_years_and_statuses_of_a_person_are_no_repetition(tmp_path: Path):
    tables = sample()
    tables["enrolments"].append({**tables["enrolments"][0], "benefit_year": "2024"})
    tables["statuses"].append({**tables["statuses"][0], "valid_from": "2026-01-01"})
    assert read(tables, tmp_path).quarantine.is_empty()


@pytest.mark.parametrize("change", [",extra", None])
def test_ragged_row_is_quarantined_with_its_claim(change: str | None, tmp_path: Path):
    write_csv(sample(), tmp_path)
    lines = csv_text(sample()["fee_lines"]).split("\r\n")
    lines[2] = lines[2] + change if change else lines[2].rsplit(",", 2)[0]
    (tmp_path / "fee_lines.csv").write_text("\r\n".join(lines), newline="")
    delivery = read_delivery(tmp_path)
    ragged = delivery.quarantine.filter(pl.col("rule") == "row_has_all_fields")
    assert ragged["row_number"].to_list() == [2]
    assert f"{9 if change else 6} fields instead of 8" in ragged["message"][0]
    assert delivery.tables["claims"]["claim_id"].to_list() == ["C2", "C3"]
    assert delivery.totals["fee_lines"].fen_quarantined == 10_000


def test_empty_strings_and_blanks_are_null(tmp_path: Path):
    tables = sample()
    tables["members"][0] |= {"member_id": " M1 ", "birth_date": "  "}
    delivery = read(tables, tmp_path)
    assert delivery.tables["members"]["member_id"].to_list() == ["M1", "M2"]
    assert delivery.tables["members"]["birth_date"].is_null().to_list() == [True, False]


def test_different_enrolments_of_one_year_are_all_kept(tmp_path: Path):
    tables = sample()
    again = {**tables["enrolments"][0], "coverage_from": "2025-07-01"}
    tables["enrolments"] += [again, dict(again)]
    delivery = read(tables, tmp_path)
    assert delivery.quarantine.is_empty()
    assert delivery.tables["enrolments"].height == len(tables["enrolments"]) - 1
    assert delivery.totals["enrolments"].rows_merged == 1 and delivery.totals["enrolments"].balanced
