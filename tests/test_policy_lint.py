"""The linter: a fault of every kind, planted in a copy of a real policy, is told with file, line and sentence, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from policy_copies import city_copy, line_of, planted

from policies.law import load
from policies.lint import check
from policies.loading import load_policies
from policies.tables import quotes
from policies.text import PolicyError

FAULTS = yaml.safe_load((Path(__file__).parent / "policies" / "planted_faults.yaml").read_text(encoding="utf-8"))


def told(folder: Path, sources: Path | None = None) -> list[tuple[str, int, str]]:
    return [(fault.file.name, fault.line, fault.sentence) for fault in check(folder, sources)]


@pytest.mark.parametrize("entry", FAULTS, ids=[entry["fault"] for entry in FAULTS])
def test_a_planted_fault_is_told(entry: dict[str, Any], tmp_path: Path) -> None:
    folder = city_copy(tmp_path)
    for edit in entry["replace"]:
        planted(folder, edit["this"], edit["by"])
    expected = [
        (*line_of(folder, t["mark"], t.get("nth", 1), t.get("file", "*.yaml")), t["sentence"]) for t in entry["told"]
    ]
    got = [
        (name, line, re.sub(r"\w+\.yaml, line \d+", "FILE, line N", sentence)) for name, line, sentence in told(folder)
    ]
    assert got == sorted(expected)


def test_the_real_policies_have_no_fault() -> None:
    assert [str(fault) for fault in check()] == []


def test_faults_of_different_kinds_are_told_together_and_refuse_the_load(tmp_path: Path) -> None:
    folder = city_copy(tmp_path)
    planted(folder, "is_child: age < adult_age", "is_child: age < adult_ages")
    planted(folder, "is_stay: claim.care_type ==", "is_stay: claim.caretype ==")
    planted(folder, "within: {critical_illness_paid: cap}", "within: {critical_illness_paid: benefit_date}")
    lines = [line_of(folder, mark) for mark in ("adult_ages", "claim.caretype", "critical_illness_paid: benefit_date")]
    assert sorted((name, line) for name, line, _ in told(folder)) == sorted(lines)
    with pytest.raises(PolicyError) as refused:
        load(folder)
    assert sorted((fault.file.name, fault.line) for fault in refused.value.faults) == sorted(lines)
    assert len(str(refused.value).splitlines()) == 3


def test_the_shape_of_a_file_does_not_hide_its_formulas(tmp_path: Path) -> None:
    folder = city_copy(tmp_path)
    planted(folder, "outcome: denied, rule: BD-EN-12}", "outcome: refused, rule: BD-EN-12}")
    planted(folder, "unit: days, value: 90", "unit: dayz, value: 90")
    planted(folder, "is_child: age < adult_age", "is_child: age < adult_ages")
    marks = ("outcome: refused", "dayz", "adult_ages")
    assert [(name, line) for name, line, _ in told(folder)] == sorted(line_of(folder, mark) for mark in marks)


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    folder = city_copy(tmp_path)
    file = planted(folder, "counters:\n", "counters: [\n")
    name, line, sentence = told(folder)[0]
    assert name == file.name and line >= line_of(folder, "counters: [")[1]
    assert sentence.startswith("the file is not valid YAML (")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert told(tmp_path / "nowhere") == [("nowhere", 0, "there is no such folder of policies.")]


def test_a_folder_without_policies(tmp_path: Path) -> None:
    assert told(tmp_path) == [(tmp_path.name, 0, "no YAML file in it names a policy.")]


def test_a_part_that_no_policy_includes(tmp_path: Path) -> None:
    folder = city_copy(tmp_path)
    (folder / "shared.yaml").write_text("rules: {BD-99: 参保。}\n", encoding="utf-8")
    sentence = "no policy includes this file; include it, or give it `policy`, `pool` and `scheme`."
    assert told(folder) == [("shared.yaml", 0, sentence)]


def test_two_policies_in_force_on_one_date(tmp_path: Path) -> None:
    folder = city_copy(tmp_path)
    text = (folder / "resident.yaml").read_text(encoding="utf-8")
    again = text.replace("policy: baoding-resident", "policy: baoding-again").replace(
        "from: 2024-01-01", "from: 2025-01-01"
    )
    (folder / "again.yaml").write_text(again, encoding="utf-8")
    first = [(fault.line, fault.sentence) for fault in check(folder) if "in force" in fault.sentence]
    assert [line for line, _ in first] == [line_of(folder, "from: 2024-01-01")[1]]
    assert first[0][1].startswith("baoding-resident and baoding-again (")
    assert first[0][1].endswith("pool 130600, scheme resident; end one the day before the other begins.")
    ended = text.replace("from: 2024-01-01", "from: 2024-01-01\nto: 2024-12-31")
    (folder / "resident.yaml").write_text(ended, encoding="utf-8")
    assert not [fault for fault in check(folder) if "in force" in fault.sentence]


def test_the_policies_of_a_pool_agree(tmp_path: Path) -> None:
    """What is decided before the policy of a claim is known is the same in all policies of the pool."""
    folder = city_copy(tmp_path)
    heads = {
        "policy: baoding-resident": "policy: baoding-employee",
        "\nscheme: resident": "\nscheme: employee",
        "[cover.yaml": "[covers.yaml",
    }
    cover = {
        "  - row.scheme == 'resident'": "  - row.scheme == 'employee'",
        "enrolment.benefit_year, 1, 1)": "enrolment.benefit_year, 1, 0)",
    }
    for name, edits in (("resident.yaml", heads), ("cover.yaml", cover)):
        text = (folder / name).read_text(encoding="utf-8")
        for this, by in edits.items():
            assert this in text
            text = text.replace(this, by, 1)
        (folder / name.replace("resident", "employee").replace("cover", "covers")).write_text(text, encoding="utf-8")
    sentences = [sentence for _, _, sentence in told(folder)]
    one = "put it in a part that both include."
    assert f"`chooses_enrolment_by` must be the same as in baoding-employee; {one}" in sentences
    assert (
        "`new_year` must be the same in every policy of the pool; put it in a part that all of them include."
        in sentences
    )


def test_a_quote_that_its_document_does_not_contain(tmp_path: Path) -> None:
    folder, sources = city_copy(tmp_path), tmp_path / "sources"
    sources.mkdir()
    (policy,) = load_policies(folder)
    document = "\n　".join([*quotes(policy).values(), *(p.quote for p in policy.parameters.values())]).replace(
        "，", "，\n"
    )
    (sources / policy.source.file).write_text(document, encoding="utf-8")
    assert told(folder, sources) == []
    planted(folder, "quote: 年度累计最高支付限额为30万元", "quote: 不能重复参保。年度累计最高支付限额为31万元")
    sentence = (
        f"the quote of `critical_illness_cap` does not stand in {policy.source.file}: 年度累计最高支付限额为31万元"
    )
    assert told(folder, sources) == [(*line_of(folder, "31万元"), sentence)]
    assert told(folder, tmp_path) == []
