"""Rules of a dataset of one table: as text, in its description, held against its sample, and versioned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipeline.datasets.catalog import Catalog
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.rules.editing import accept_rules, edit_rules, list_rules, propose
from pipeline.datasets.rules.single import SingleTable, describe_single
from pipeline.datasets.rules.text import parse_rule, print_rule
from pipeline.datasets.spec_file import format_spec, load_spec
from pipeline.errors import DataError, MetadataError
from pipeline.settings import UploadLimits
from tests.unit.models.rules.contracts import make_contracts, register

FORMULA = "amount = payment * months to 2 decimals"
PROPOSED = {
    FORMULA,
    "closed >= opened",
    "limit >= payment",
    "business_day(opened)",
    "combination(kind, product)",
}


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return register(tmp_path_factory.mktemp("contracts"), make_contracts())


@pytest.mark.parametrize(
    "text",
    [
        "closed >= opened",
        "opened < closed",
        "range(payment, 0, none)",
        "range(opened, 2020-01-01, none)",
        "amount = payment * months to 2 decimals",
        "combination(kind, product)",
        "one_of(closed, amount)",
        "any_of(closed, amount)",
        "business_day(opened)",
        "unique(payment, opened)",
    ],
)
def test_a_rule_of_one_table_is_printed_as_it_is_read(contracts: Dataset, text: str) -> None:
    schema = describe_single(contracts.spec)
    assert print_rule(parse_rule(text, schema), schema) == text


def test_the_table_may_be_named_and_columns_may_be_odd(contracts: Dataset) -> None:
    columns = (*contracts.spec.columns, replace(contracts.spec.columns[2], name="to"))
    columns += (replace(columns[2], name="net amount"),)
    schema = describe_single(replace(contracts.spec, columns=columns))
    rule = parse_rule('contracts.amount = "net amount" + to to 2 decimals', schema)
    assert rule.columns == ("amount", "net amount", "to")
    assert print_rule(rule, schema) == 'amount = "net amount" + to to 2 decimals'


@pytest.mark.parametrize(
    "text",
    [
        "running(amount, payment, start=0)",
        "ordered(opened)",
        "one_open(closed)",
        "total(amount, payment)",
        "count(months, orders)",
        "closed >= customers.since",
        "closed >= opened along contracts.kind",
    ],
)
def test_a_rule_that_needs_a_parent_is_refused_for_one_table(contracts: Dataset, text: str) -> None:
    with pytest.raises(
        MetadataError, match="the dataset has one table, without parents or children"
    ) as caught:
        parse_rule(text, describe_single(contracts.spec))
    assert "name columns of this table alone" in caught.value.hint


def test_rules_stand_as_text_among_the_rules_of_a_description(contracts: Dataset, tmp_path: Path) -> None:
    spec = replace(contracts.spec, row_rules=("closed >= opened", FORMULA))
    path = tmp_path / "dataset.yaml"
    path.write_text(format_spec(spec), encoding="utf-8")
    assert yaml.safe_load(path.read_text())["rules"][-2:] == ["closed >= opened", FORMULA]
    assert load_spec(path) == spec
    assert format_spec(replace(spec, row_rules=())) == format_spec(contracts.spec)
    path.write_text(format_spec(replace(spec, row_rules=("closed >= nothing",))), encoding="utf-8")
    with pytest.raises(MetadataError, match=r'dataset.yaml: rules: .* has no column "nothing"'):
        load_spec(path)


def test_what_holds_in_every_row_is_proposed_with_its_rows_and_kept_once_confirmed(
    contracts: Dataset,
) -> None:
    raw = contracts.load_raw()
    found = propose(contracts.spec, raw)
    assert {one.rule for one in found} == PROPOSED
    assert not any(one.is_confirmed for one in found)
    rows = {one.rule: one.rows for one in found}
    assert rows["closed >= opened"] == int(raw["closed"].notna().sum())
    assert rows[FORMULA] == int(raw["amount"].notna().sum())
    changed = accept_rules(contracts.spec, raw)
    assert set(changed.row_rules) == PROPOSED
    assert all(one.is_confirmed for one in list_rules(changed, raw))
    assert propose(changed, raw) == list_rules(changed, raw)


def test_a_rule_replaces_one_of_the_same_columns_and_is_removed_by_its_text(contracts: Dataset) -> None:
    raw = contracts.load_raw()
    spec = edit_rules(contracts.spec, raw, ["range(payment, 0, 5000)", "amount = payment * months"])
    assert spec.row_rules == ("range(payment, 0, 5000)", FORMULA)
    spec = edit_rules(spec, raw, ["range(payment, 0, 2000)"], ["amount = payment*months"])
    assert spec.row_rules == ("range(payment, 0, 2000)",)
    with pytest.raises(DataError, match='There is no rule "closed >= opened"') as caught:
        edit_rules(spec, raw, removed=["closed >= opened"])
    assert "range(payment, 0, 2000)" in caught.value.hint


def test_a_rule_that_the_sample_breaks_is_refused_with_the_counts(contracts: Dataset) -> None:
    raw = contracts.load_raw()
    broken = int((raw["payment"] > 100).sum())
    with pytest.raises(DataError, match=rf'breaks "range\(payment, 0, 100\)" in {broken} of {len(raw)} rows'):
        edit_rules(contracts.spec, raw, ["range(payment, 0, 100)"])


def test_odd_cells_keep_no_order_and_stand_in_combinations(contracts: Dataset) -> None:
    raw = contracts.load_raw()
    known = SingleTable(contracts.spec, raw)
    assert known.values.column("contracts", "limit").isna().sum() == (raw["limit"] == "n/a").sum()
    assert (known.cells.column("contracts", "limit") == "n/a").sum() == (raw["limit"] == "n/a").sum()


def test_a_change_of_rules_keeps_the_version_before_and_another_fingerprint(tmp_path: Path) -> None:
    dataset = register(tmp_path, make_contracts())
    catalog = Catalog(tmp_path / "datasets", UploadLimits())
    changed = catalog.change("contracts", edit_rules(dataset.spec, dataset.load_raw(), ["closed >= opened"]))
    assert changed.fingerprint != dataset.fingerprint or dataset.spec.row_rules == ()
    assert catalog.get("contracts").spec.row_rules == ("closed >= opened",)
    kept = load_spec(changed.folder / "versions" / "001" / "dataset.yaml")
    assert kept.row_rules == ()
    with pytest.raises(DataError, match='"closed >= opened"'):
        catalog.plan_change("contracts", ["closed.kind=categorical", "opened.kind=categorical"])
    with pytest.raises(DataError, match=r'breaks "opened >= closed" in \d+ of \d+ rows'):
        catalog.change("contracts", replace(changed.spec, row_rules=("opened >= closed",)))
    assert catalog.get("contracts").spec.row_rules == ("closed >= opened",)


def test_parts_of_large_tables_are_read_as_other_tables(contracts: Dataset) -> None:
    raw = contracts.load_raw()
    typed = raw.assign(
        limit=raw["limit"].astype("string[pyarrow]").astype(pd.ArrowDtype(__import__("pyarrow").string()))
    )
    found = SingleTable(contracts.spec, typed).values.column("contracts", "limit")
    expected = SingleTable(contracts.spec, raw).values.column("contracts", "limit")
    assert found.tolist() == pytest.approx(expected.tolist(), nan_ok=True)
