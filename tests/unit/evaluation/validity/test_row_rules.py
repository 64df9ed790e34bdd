"""The validity checker counts the rules of a table, and an export stops where one is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.datasets.dataset import Dataset
from pipeline.errors import EvaluationError, ExportError
from pipeline.evaluation.results import Validity
from pipeline.evaluation.validity.check import check_validity, list_checked, require_valid
from tests.unit.models.rules.contracts import AS_OF, make_contracts, register

RULES = ("closed >= opened", "amount = payment * months", "combination(kind, product)")


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return register(tmp_path_factory.mktemp("contracts"), make_contracts(), *RULES)


def test_every_rule_is_counted_after_those_of_single_columns(contracts: Dataset) -> None:
    raw = contracts.load_raw()
    found = check_validity(raw, contracts.spec, as_of=AS_OF, real=raw)
    assert [(one.column, one.rule) for one in found.rules] == list(list_checked(contracts.spec))
    assert [one.rule for one in found.rules[-3:]] == list(RULES)
    assert [one.checked for one in found.rules[-3:]] == [
        raw["closed"].notna().sum(),
        raw["amount"].notna().sum(),
        400,
    ]
    assert found.is_valid


def test_a_broken_rule_stops_the_export_and_shows_no_row(contracts: Dataset) -> None:
    raw = contracts.load_raw()
    spec = replace(contracts.spec, rules=())
    table = raw.assign(
        product=[
            "gold" if kind == "loan" else product
            for kind, product in zip(raw["kind"], raw["product"], strict=True)
        ]
    )
    table.loc[table.index[:2], "payment"] += 0.01
    found = check_validity(table, spec, as_of=AS_OF, real=raw)
    broken = [(one.column, one.failed, one.examples) for one in found.failures]
    loans = int((raw["kind"] == "loan").sum())
    filled = int(raw["amount"].iloc[:2].notna().sum())
    assert broken == [("amount, payment, months", filled, ()), ("kind, product", loans, ())]
    with pytest.raises(ExportError, match=r"breaks rule combination\(kind, product\) in"):
        require_valid(found)


def test_without_the_sample_no_combination_is_checked(contracts: Dataset) -> None:
    spec = replace(contracts.spec, rules=())
    found: Validity = check_validity(contracts.load_raw(), spec, as_of=AS_OF, real=None)
    assert [one.checked > 0 for one in found.rules] == [True, True, False]


def test_a_table_without_a_column_that_rules_read_is_refused(contracts: Dataset) -> None:
    with pytest.raises(EvaluationError, match='lacks the column "opened"'):
        check_validity(contracts.load_raw().drop(columns="opened"), contracts.spec, as_of=AS_OF, real=None)
