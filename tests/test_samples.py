"""data/samples is what its script makes; it holds every pool, several forms of files and a handful of faults with clear sentences."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from agreement import law

from flows.generation.population import known_pools
from flows.generation.samples import FOLDER, write_samples
from flows.intake import Delivery, read_delivery
from policies.loading import builtin_folder
from schemas import DELIVERED
from transforms.settle import settle


@pytest.fixture(scope="module")
def taken() -> Delivery:
    return read_delivery(FOLDER)


def test_the_samples_are_fresh(tmp_path: Path):
    write_samples(tmp_path)
    assert sorted(file.name for file in FOLDER.iterdir()) == sorted(file.name for file in tmp_path.iterdir())
    for file in FOLDER.iterdir():
        made = tmp_path / file.name
        if file.suffix == ".parquet":
            same = pl.read_parquet(file).equals(pl.read_parquet(made))
        else:
            same = file.read_bytes() == made.read_bytes()
        assert same, f"{file.name} is not what `python -m flows.generation.samples` makes"


def test_the_files_have_several_forms(taken: Delivery):
    forms = {receipt.table: receipt.encoding for receipt in taken.receipts}
    assert forms["statuses"] == forms["enrolments"] == "parquet"
    assert forms["providers"].lower() == "gb18030"
    assert set(forms) == set(DELIVERED)


def test_every_table_has_a_fault_and_its_sentence(taken: Delivery):
    found = taken.quarantine.filter(pl.col("rule") != "claim_is_whole")
    assert set(found["table_name"]) == set(DELIVERED)
    assert found.height == 10
    assert all(sentence.endswith(".") for sentence in found["message"])


def test_every_pool_is_settled(taken: Delivery):
    settlement = settle(taken.tables, law()).settlement
    paid = settlement.filter((pl.col("status") == "paid") & (pl.col("basic_pay") > 0))
    assert {policy.pool for policy in law().policies} == set(known_pools(builtin_folder()))
    assert set(paid["policy_id"]) == {policy.policy for policy in law().policies}
    assert set(settlement["status"]) == {"paid", "denied", "pended"}
