"""A delivery in the names and codes of NHSA interfaces reads like one in ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_intake_sample import Rows, Tables, read, sample, write_csv

import schemas
from flows.intake import read_delivery

HEADERS = {
    "member_id": "psn_no",
    "sex": "gend",
    "birth_date": "brdy",
    "scheme": "insutype",
    "provider_id": "fixmedins_code",
    "name": "fixmedins_name",
    "claim_id": "setl_id",
    "started_on": "begntime",
    "ended_on": "endtime",
    "settled_at": "setl_time",
    "other_pay": "oth_pay",
    "line_no": "feedetl_sn",
    "item_name": "medins_list_name",
    "item_kind": "med_chrgitm_type",
    "catalogue_class": "chrgitm_lv",
    "amount": "det_item_fee_sumamt",
    "quantity": "cnt",
    "self_pay_rate": "selfpay_prop",
    "level": "hosp_lv",
    "valid_from": "begndate",
    "valid_to": "enddate",
}
VALUES = {
    ("sex", "M"): "1",
    ("sex", "F"): "2",
    ("scheme", "resident"): "390",
    ("item_kind", "service"): "05",
    ("catalogue_class", "A"): "01",
    ("catalogue_class", "C"): "03",
    ("level", "3"): "02",
    ("care_type", "outpatient"): "11",
    ("care_type", "inpatient"): "21",
}


def in_nhsa_terms(tables: Tables) -> Tables:
    def row_of(row: dict[str, str]) -> dict[str, str]:
        named = {HEADERS.get(name, name): VALUES.get((name, value), value) for name, value in row.items()}
        return {("med_type" if name == "care_type" else name): value for name, value in named.items()}

    return {table: [row_of(row) for row in rows] for table, rows in tables.items()}


def test_nhsa_delivery_reads_like_ours(tmp_path: Path):
    ours, theirs = read(sample(), tmp_path / "ours"), read(in_nhsa_terms(sample()), tmp_path / "theirs")
    assert theirs.quarantine.is_empty()
    assert theirs.warnings == []
    assert all(theirs.tables[name].equals(ours.tables[name]) for name in schemas.DELIVERED)
    assert theirs.fingerprint == ours.fingerprint


def test_nhsa_names_in_capitals_and_times_in_dates(tmp_path: Path):
    tables = in_nhsa_terms(sample())
    tables["claims"] = [{name.upper(): value for name, value in row.items()} for row in tables["claims"]]
    for row in tables["claims"]:
        row["BEGNTIME"] = row["BEGNTIME"].replace("-", "") if row["SETL_ID"] == "C1" else f"{row['BEGNTIME']} 08:30:00"
        row["SETL_TIME"] = row["SETL_TIME"].replace("T", " ")
    ours, theirs = read(sample(), tmp_path / "ours"), read(tables, tmp_path / "theirs")
    assert theirs.tables["claims"].equals(ours.tables["claims"])


@pytest.mark.parametrize(
    ("code", "care_type", "benefit"),
    [
        ("11", "outpatient", None),
        ("13", "emergency", None),
        ("14", "outpatient", "chronic"),
        ("21", "inpatient", None),
        ("41", "pharmacy", None),
        ("52", "inpatient", "maternity"),
    ],
)
def test_medical_type_says_care_type_and_benefit(code: str, care_type: str, benefit: str | None, tmp_path: Path):
    claims = read(with_medical_type(code), tmp_path).tables["claims"]
    assert claims.select("care_type", "benefit").row(0) == (care_type, benefit)


def with_medical_type(code: str) -> Tables:
    tables = sample()
    tables["claims"] = tables["claims"][1:2]
    tables["fee_lines"] = tables["fee_lines"][2:4]
    claim = tables["claims"][0]
    claim["med_type"] = code
    del claim["care_type"]
    return tables


def test_benefit_given_beside_the_medical_type_stands(tmp_path: Path):
    tables = with_medical_type("14")
    tables["claims"][0]["benefit"] = "special"
    claims = read(tables, tmp_path).tables["claims"]
    assert claims.select("care_type", "benefit").row(0) == ("outpatient", "special")


def test_unknown_medical_type_has_its_sentence(tmp_path: Path):
    delivery = read(with_medical_type("9901"), tmp_path)
    claim = delivery.quarantine.filter(delivery.quarantine["table_name"] == "claims")
    assert claim["rule"].to_list() == ["med_type_is_known"]
    assert "“9901”" in claim["message"][0]


def test_kind_of_a_medical_institution_is_not_guessed(tmp_path: Path):
    tables = sample()
    for row, code in zip(tables["providers"], ("1", "2"), strict=True):
        row["fixmedins_type"] = code
        del row["kind"]
    delivery = read(tables, tmp_path)
    assert delivery.tables["providers"]["kind"].to_list() == ["pharmacy"]
    assert "kind_is_known" in delivery.quarantine["rule"].to_list()


@pytest.mark.parametrize("flag", ["true", "1", "是", "Y", "TRUE", "yes"])
def test_flags(flag: str, tmp_path: Path):
    rows: Rows = [{"member_id": "M1", "scheme": "职工", "benefit_year": "2025", "area_code": "130602"}]
    rows[0] |= {"has_arrears": flag, "ltc_paid": "否", "unpaid_from": "2025-03"}
    enrolments = read_delivery(write_csv({"enrolments": rows}, tmp_path)).tables["enrolments"]
    assert enrolments.select("has_arrears", "ltc_paid").row(0) == (True, False)
    assert enrolments["scheme"][0] == "employee"
    assert str(enrolments["unpaid_from"][0]) == "2025-03-01"
