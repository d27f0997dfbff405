"""The linter: a fault of every kind, planted in a copy of a real policy, is told with file, line and a sentence, and nothing else is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.law import load
from policies.lint import check
from policies.loading import builtin_folder
from policies.text import Fault, PolicyError

REAL = builtin_folder() / "baoding" / "resident.yaml"
TEXT = REAL.read_text(encoding="utf-8")

Planted = list[tuple[str, str]]


def copy_with(folder: Path, *edits: tuple[str, str]) -> Path:
    """The real file with its first occurrences replaced, in a folder of its own."""
    text = TEXT
    for old, new in edits:
        assert old in text, f"{old} does not stand in {REAL}"
        text = text.replace(old, new, 1)
    file = folder / "resident.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def line_of(file: Path, mark: str, nth: int = 1) -> int:
    """The number of the nth line that holds the mark."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if mark in line][nth - 1]


def told(file: Path, sources: Path | None = None) -> list[str]:
    return [f"{fault.file.name}, line {fault.line}: {fault.sentence}" for fault in check(file.parent, sources)]


#: name of the fault: what is planted, a mark on the line where it must be told, and the sentence.
FAULTS: dict[str, tuple[Planted, str, str]] = {
    # the shape of the file
    "unknown key": (
        [("pool: '130600'", "pool: '130600'\npoool: x")],
        "poool",
        "`poool` in the file is not a key of the policy language; did you mean `pool`?",
    ),
    "unknown key of a parameter": (
        [("rule: BD-CI-05, unit: yuan, value: 300000", "rule: BD-CI-05, unit: yuan, abuot: x, value: 300000")],
        "critical_illness_cap: {",
        "`abuot` in `parameters.critical_illness_cap` is not a key of the policy language; did you mean `about`?",
    ),
    "missing pool": ([("pool: '130600'\n", "")], "# 保定市", "the policy does not say `pool`."),
    "missing policy": (
        [("policy: baoding-resident\n", "")],
        "",
        "no policy includes this file; include it, or give it `policy`, `pool` and `scheme`.",
    ),
    "scheme": (
        [("scheme: resident", "scheme: residents")],
        "scheme: residents",
        "`scheme` in the file is `residents`, which is not one of resident, employee.",
    ),
    "source": ([(", file: 000_24cbf70cb0b70b8b.txt", "")], "source:", "`file` is missing from `source`."),
    "from": (
        [("from: 2024-01-01", "from: 1 January 2024")],
        "from: 1 January",
        "`from` in the file is `1 January 2024`, not a date written like 2025-01-31.",
    ),
    "include": (
        [("reopen_limit:", "include: [cover.yaml]\nreopen_limit:")],
        "include:",
        "there is no file `cover.yaml` to include.",
    ),
    "layer": (
        [("steps:\n  critical_illness:\n", "steps:\n  aid: aid.yaml\n  critical_illness:\n")],
        "aid: aid.yaml",
        "there is no layer file `aid.yaml`.",
    ),
    "given twice": (
        [("  BD-EN-07: 跨", "  BD-EN-06: 跨")],
        "BD-EN-06: 跨",
        "`BD-EN-06` is given twice; keep one of the two.",
    ),
    # parameters
    "missing quote": (
        [("value: 50, quote: 普通门诊", "value: 50, about: 普通门诊")],
        "value: 50, about",
        "`quote` is missing from `parameters.ordinary_deductible`.",
    ),
    "empty quote": (
        [("value: 300000, quote: 年度累计最高支付限额为30万元", "value: 300000, quote: ''")],
        "value: 300000, quote",
        "the quote of `critical_illness_cap` is empty; give the sentence of the document.",
    ),
    "empty quote of a rule": (
        [("BD-EN-13: 不能重复参保。", "BD-EN-13: ''")],
        "BD-EN-13: ''",
        "the quote of `BD-EN-13` is empty; give the sentence of the document.",
    ),
    "missing rule": (
        [("{rule: BD-CI-05, unit: yuan, value: 300000", "{unit: yuan, value: 300000")],
        "{unit: yuan, value: 300000",
        "`rule` is missing from `parameters.critical_illness_cap`.",
    ),
    "unknown unit": (
        [("rule: BD-CI-05, unit: yuan", "rule: BD-CI-05, unit: yuans")],
        "unit: yuans",
        "`unit` in `parameters.critical_illness_cap` is `yuans`, which is not one of yuan, percent, points, days, months, years, "
        "date, month_day, count, code, codes, area, brackets, factor.",
    ),
    "no percentage": (
        [("rule: BD-MB-03, unit: percent, value: 70%", "rule: BD-MB-03, unit: percent, value: 0.7")],
        "value: 0.7",
        "`0.7` is not a percentage written like 60%.",
    ),
    "no number": (
        [("unit: yuan, value: 300000", "unit: yuan, value: 三十万")],
        "三十万",
        "`三十万` is not a number.",
    ),
    "too fine": (
        [("unit: yuan, value: 300000", "unit: yuan, value: 300000.005")],
        "300000.005",
        "`300000.005` has more decimals than a fen allows.",
    ),
    "rate above 1": (
        [("rule: BD-MB-03, unit: percent, value: 70%", "rule: BD-MB-03, unit: percent, value: 170%")],
        "170%",
        "`170%` lies outside 0% to 100%.",
    ),
    "negative figure": (
        [("unit: yuan, value: 300000", "unit: yuan, value: -300000")],
        "-300000",
        "`-300000` may not be negative.",
    ),
    "no date": (
        [("unit: date, value: 2025-01-01", "unit: date, value: 2025-13-01")],
        "2025-13-01",
        "`2025-13-01` is not a date written like 2025-01-31.",
    ),
    "form and unit": (
        [("unit: codes, codes: [work, commuting]", "unit: code, codes: [work, commuting]")],
        "unit: code, codes: [work",
        "a parameter in code is given as value or table, not as codes.",
    ),
    "two forms": (
        [("unit: codes, codes: [work, commuting]", "unit: codes, value: work, codes: [work, commuting]")],
        "value: work, codes",
        "`injury_at_work` in `parameters` cannot be used: give exactly one of value, codes, table or brackets.",
    ),
    "table without by": (
        [("    by: [is_university_student]\n", "")],
        "  ordinary_rate:",
        "`ordinary_rate` in `parameters` cannot be used: a table needs `by`, the facts it depends on, and `by` needs a table.",
    ),
    "code twice": (
        [("codes: [work, commuting]", "codes: [work, commuting, work]")],
        "codes: [work",
        "`work` stands in the list twice.",
    ),
    # brackets
    "brackets with a gap": (
        [("{above: 100000, to: 150000, pay: 70%}", "{above: 110000, to: 150000, pay: 70%}")],
        "above: 110000",
        "between 100000 and 110000 there is no bracket.",
    ),
    "brackets that overlap": (
        [("{above: 100000, to: 150000, pay: 70%}", "{above: 90000, to: 150000, pay: 70%}")],
        "above: 90000",
        "the bracket above 90000 overlaps the one before, which ends at 100000.",
    ),
    "brackets out of order": (
        [
            ("- {above: 15016, to: 100000, pay: 60%}", "- {above: 100000, to: 150000, pay: 70%}"),
            ("{above: 100000, to: 150000, pay: 70%}\n      - {above: 150000", "{above: 15016, to: 150000, pay: 60%}\n      - {above: 150000"),
        ],
        "above: 15016",
        "",
    ),
    "brackets that end": (
        [("{above: 150000, pay: 80%}", "{above: 150000, to: 200000, pay: 80%}")],
        "to: 200000, pay",
        "the last bracket ends at 200000; what is above has no rate (leave out `to`).",
    ),
    "bracket upside down": (
        [("{above: 15016, to: 100000, pay: 60%}", "{above: 15016, to: 1000, pay: 60%}"), ("{above: 100000, to: 150000", "{above: 1000, to: 150000")],
        "to: 1000,",
        "",
    ),
    "bracket above 1": (
        [("{above: 150000, pay: 80%}", "{above: 150000, pay: 180%}")],
        "pay: 180%",
        "`180%` lies outside 0% to 100%.",
    ),
    "bracket without a rate": (
        [("{above: 150000, pay: 80%}", "{above: 150000}")],
        "{above: 150000}",
        "`pay` is missing from an entry of `parameters.critical_illness_brackets.brackets`.",
    ),
    # tables
    "shadowed row": (
        [("      - {level: '3', value: 55%}\n", "      - {level: '3', value: 55%}\n      - {near_home: true, level: '3', value: 50%}\n")],
        "near_home: true, level: '3'",
        "this row never applies: the rows before it take every case.",
    ),
    "no value of the fact": (
        [("- {near_home: true, level: '2', value: 75%}", "- {near_home: true, level: ['2', '4'], value: 75%}")],
        "['2', '4']",
        "`4` is not a value of `level`; there are 1, 2, 3, T.",
    ),
    "no flag": (
        [("- {near_home: true, level: '2', value: 75%}", "- {near_home: near, level: '2', value: 75%}")],
        "near_home: near",
        "`near` stands where true or false is expected.",
    ),
    "missing combination": (
        [("      - {near_home: false, level: '2', value: 65%, rule: BD-IP-04}\n", "")],
        "    table:",
        "the table has no row for (near_home: false, level: 2); where the law gives none, say so with a row `value: null`.",
    ),
    "row by another fact": (
        [("- {near_home: true, level: '2', value: 75%}", "- {near_homes: true, level: '2', value: 75%}")],
        "near_homes",
        "`near_homes` is not among the facts in `by`; did you mean `near_home`?",
    ),
    "row without a value": (
        [("- {near_home: true, level: '2', value: 75%}", "- {near_home: true, level: '2', vaule: 75%}")],
        "vaule",
        "",
    ),
    "by no fact": (
        [("    by: [near_home, level]", "    by: [near_home, levels]")],
        "by: [near_home, levels]",
        "",
    ),
    # formulas
    "unknown name": (
        [("is_child: age < adult_age", "is_child: age < adult_ages")],
        "adult_ages",
        "`adult_ages` is neither a fact nor a parameter of baoding-resident; did you mean `adult_age`?",
    ),
    "unknown column": (
        [("is_stay: claim.care_type ==", "is_stay: claim.caretype ==")],
        "claim.caretype",
        "`claim.caretype` is not a column; did you mean `care_type`?",
    ),
    "unknown column of a row": (
        [("within_area(provider.area_code, row.area_code)", "within_area(provider.area_code, row.area)")],
        "is_filed",
        "`row.area` is not a column of filings; did you mean `area_code`?",
    ),
    "unknown function": (
        [("age: completed_years(member.birth_date, day)", "age: complete_years(member.birth_date, day)")],
        "complete_years",
        "`complete_years` is not a function of the language; did you mean `completed_years`?",
    ),
    "figure in a formula": (
        [("is_child: age < adult_age", "is_child: age < 18 and age < adult_age")],
        "age < 18",
        "The figure 18 stands in a formula; make it a parameter with its rule and quote.",
    ),
    "no formula": (
        [("is_child: age < adult_age", "is_child: age < adult_age and")],
        "is_child: age",
        "`age < adult_age and` is not a formula (invalid syntax).",
    ),
    "kinds that do not fit": (
        [("is_child: age < adult_age", "is_child: age < adult_age and day < annual_limit")],
        "is_child: age",
        "`day and annual_limit` compares or mixes a date with a money.",
    ),
    "declared kind": (
        [("  is_waiting:\n    kind: flag", "  is_waiting:\n    kind: date")],
        "",
        "",
    ),
    "no condition": (
        [("{when: claim.exclusion_code == 'third_party', then: 1}", "{when: claim.exclusion_code, then: 1}")],
        "{when: claim.exclusion_code, then",
        "`claim.exclusion_code` stands where a condition is expected.",
    ),
    "case without a value": (
        [("{when: claim.exclusion_code == 'third_party', then: 1}", "{when: claim.exclusion_code == 'third_party'}")],
        "  third_party_share:",
        "",
    ),
    "level": (
        [("is_child: age < adult_age", "is_child: age < adult_age and known(disease)")],
        "is_child: age",
        "`disease` is a matter of each line; it has no one value for a claim.",
    ),
    "cycle": (
        [("  age: completed_years(member.birth_date, day)", "  age: completed_years(member.birth_date, day) if not is_child else 0")],
        "is_child: age",
        "is_child -> age -> is_child: facts that need each other stand in `iterate` and say their `kind`.",
    ),
    "iterate": (
        [("iterate: [[earlier_waiting_ends, is_waiting, first_day, waiting_runs_to]]\n", "")],
        "",
        "",
    ),
    "code that a column never is": (
        [("is_stay: claim.care_type == 'inpatient'", "is_stay: claim.care_type == 'in_patient'")],
        "in_patient",
        "`in_patient` is not a value of `claim.care_type`; did you mean `inpatient`?",
    ),
    "code of a list that a column never is": (
        [("is_visit: claim.care_type in ['outpatient', 'emergency', 'pharmacy']", "is_visit: claim.care_type in ['outpatient', 'emergency', 'drugstore']")],
        "drugstore",
        "`drugstore` is not a value of `claim.care_type`; there are emergency, inpatient, ltc, outpatient, pharmacy.",
    ),
    "code that a fact never is": (
        [("needs_level: settled_as == 'inpatient' or", "needs_level: settled_as == 'inpatients' or")],
        "inpatients",
        "`inpatients` is not a value of `settled_as`; did you mean `inpatient`?",
    ),
    "status that does not exist": (
        [("is_dead_then: member.death_date < day", "is_dead_then: member.death_date < day or has_status(day, 'dead')")],
        "'dead'",
        "`dead` is not a value of `row.status`",
    ),
    # rules, codes, names
    "rule without a quote": (
        [("outcome: denied, rule: BD-EN-12}", "outcome: denied, rule: BD-EN-99}")],
        "BD-EN-99",
        "rule BD-EN-99 is cited and nowhere quoted; give its sentence under `rules`.",
    ),
    "step without a rule": (
        [("into: critical_illness_base, base: in_scope_amount, rule: BD-CI-02}", "into: critical_illness_base, base: in_scope_amount}")],
        "step: burden",
        "the step `burden` cites no rule.",
    ),
    "reason": (
        [("{reason: not_enrolled,", "{reason: Not-Enrolled,")],
        "Not-Enrolled",
        "the reason `Not-Enrolled` is not a code in snake_case, such as `waiting_period`.",
    ),
    "reason without each": (
        [("{reason: 'excluded_{}', each: excluded_after_stays,", "{reason: excluded_again, each: excluded_after_stays,")],
        "excluded_again",
        "`{}` in a reason stands for the code that `each` takes from a list; give both or none.",
    ),
    "each": (
        [("each: excluded_after_stays,", "each: excluded_after_stay,")],
        "excluded_after_stay,",
        "",
    ),
    "outcome": (
        [("when: double_cover_then, outcome: denied", "when: double_cover_then, outcome: refused")],
        "outcome: refused",
        "`outcome` in an entry of `checks` is `refused`, which is not one of denied, pended.",
    ),
    "note": (
        [("{note: edge_day,", "{note: edge day,")],
        "edge day",
        "the note `edge day` is not a code in snake_case, such as `no_filing`.",
    ),
    "unused parameter": (
        [("  adult_age: {", "  adult_age_too: {rule: A-40, unit: years, value: 18, quote: （限儿童）}\n  adult_age: {")],
        "adult_age_too",
        "the parameter `adult_age_too` is never used.",
    ),
    "unused fact": (
        [("  is_child: age", "  is_grown_up: not is_child\n  is_child: age")],
        "is_grown_up",
        "the fact `is_grown_up` is never used.",
    ),
    "facts that only use each other's like": (
        [("  is_child: age", "  is_old: is_grown_up\n  is_grown_up: not is_child\n  is_child: age")],
        "is_old",
        "the fact `is_old` is never used.",
    ),
    "unused function": (
        [("\nyear:\n", "\nfunctions:\n  is_of_age(birth, on): completed_years(birth, on) >= adult_age\n\nyear:\n")],
        "is_of_age(birth, on)",
        "the function `is_of_age` is never used.",
    ),
    "function": (
        [("\nyear:\n", "\nfunctions:\n  is_of_age: 1 == 1\n\nyear:\n")],
        "is_of_age",
        "write a function as `name(argument, ..): formula`, once.",
    ),
    "unused counter": (
        [("  burden_total: {}\n", "  burden_total: {}\n  burden_totals: {}\n")],
        "burden_totals",
        "the counter `burden_totals` is never used.",
    ),
    "unused steps": (
        [("\nprogrammes:\n", "\n  medical_aid: external\n\nprogrammes:\n")],
        "medical_aid: external",
        "the steps `medical_aid` are never used.",
    ),
    "one name for two things": (
        [("  is_child: age", "  adult_age: age\n  is_child: age")],
        "  adult_age: age",
        "",
    ),
    "name of a step": (
        [("{step: highest_standard, amount: standard,", "{step: standard, amount: standard,")],
        "step: standard",
        "",
    ),
    "step twice": (
        [("{step: highest_standard, amount: standard,", "{step: deductible, amount: standard,")],
        "amount: 'min(in_scope_amount, max(0, special_standard",
        "",
    ),
    # what settling needs
    "missing fact": (
        [("  prepay_amount: sum_charges(self_pay)\n", "")],
        "portion:",
        "the fact `prepay_amount` of each portion is missing; settling needs it.",
    ),
    "no programme of that name": (
        [("{when: is_recognised, is: chronic}", "{when: is_recognised, is: chronical}")],
        "  programme:",
        "`programme` can be `chronical`, which is no programme; did you mean `chronic`?",
    ),
    "programme that takes nothing": (
        [("\nnotes:\n", "\n  dental:\n    steps:\n      - {step: paid, amount: in_scope_amount, into: basic_pay, rule: BD-MB-03}\n\nnotes:\n")],
        "",
        "",
    ),
    # steps and counters
    "no counter": (
        [("within: {critical_illness_paid: ci_cap}", "within: {critical_illness_payed: ci_cap}")],
        "step: critical_illness",
        "",
    ),
    "limit of another kind": (
        [("within: {critical_illness_paid: ci_cap}", "within: {critical_illness_paid: rate}")],
        "within: {critical_illness_paid: rate}",
        "the limit `rate` of `critical_illness_paid` is no amount in yuan.",
    ),
    "limit of a counter that keeps the greatest": (
        [("  critical_illness_paid: {}", "  critical_illness_paid: {keeps: greatest}")],
        "within: {critical_illness_paid: ci_cap}",
        "`critical_illness_paid` keeps the greatest amount and cannot be filled up to a limit.",
    ),
    "counter of another unit": (
        [("  critical_illness_paid: {}", "  critical_illness_paid: {unit: count}")],
        "",
        "",
    ),
    "amount that is not rounded": (
        [("amount: half_up(in_scope_amount * two_disease_rate)", "amount: in_scope_amount * two_disease_rate")],
        "amount: in_scope_amount * two_disease_rate",
        "step `basic` is not an amount in whole yuan; round it with half_up(...).",
    ),
    "no result": (
        [("into: critical_illness_pay", "into: critical_illness_payment")],
        "critical_illness_payment",
        "`critical_illness_payment` (step critical_illness) is not a result of settling; did you mean `critical_illness_pay`?",
    ),
    "no steps of that name": (
        [("      - use: critical_illness\n  psychiatric:", "      - use: critical_ilness\n  psychiatric:")],
        "critical_ilness",
        "there are no steps named `critical_ilness` under `steps`; did you mean `critical_illness`?",
    ),
    "step without an amount": (
        [("      - {step: group_stay, amount: one_if(known(yearly_group)), unit: count,", "      - {step: group_stay, unit: count,")],
        "step: group_stay",
        "",
    ),
    "per": (
        [("  stay_borne: {}", "  stay_borne: {per: month}")],
        "per: month",
        "`per` in `counters.stay_borne` is `month`, which is not one of year, claim, member.",
    ),
    # changes
    "change of another form": (
        [("quote: 年度累计最高支付限额为30万元}", "quote: 年度累计最高支付限额为30万元, changes: [{from: 2025-01-01, codes: [a], quote: 年度累计最高支付限额为30万元}]}")],
        "changes:",
        "a change of `critical_illness_cap` gives `value` as the parameter does, and nothing else.",
    ),
    "change outside the term": (
        [("quote: 年度累计最高支付限额为30万元}", "quote: 年度累计最高支付限额为30万元, changes: [{from: 2023-07-01, value: 1, quote: 年度累计最高支付限额为30万元}]}")],
        "changes:",
        "the change from 2023-07-01 lies outside the term of the policy (from 2024-01-01).",
    ),
    "changes out of order": (
        [("quote: 年度累计最高支付限额为30万元}", "quote: 年度累计最高支付限额为30万元, changes: [{from: 2025-07-01, value: 2, quote: 年度累计最高支付限额为30万元}, "
          "{from: 2025-01-01, value: 1, quote: 年度累计最高支付限额为30万元}]}")],
        "changes:",
        "the change from 2025-01-01 does not come after the one from 2025-07-01; order them by date.",
    ),
    "change without a quote": (
        [("quote: 年度累计最高支付限额为30万元}", "quote: 年度累计最高支付限额为30万元, changes: [{from: 2025-07-01, value: 2}]}")],
        "changes:",
        "`quote` is missing from an entry of `parameters.critical_illness_cap.changes`.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_probe(name, tmp_path, capsys):
    planted, mark, sentence = FAULTS[name]
    file = copy_with(tmp_path, *planted)
    with capsys.disabled():
        print("\n##", name, "->", line_of(file, mark) if mark else "")
        for x in told(file): print("   ", x)
        if sentence: print("   expected", sentence)
