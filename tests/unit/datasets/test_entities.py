"""What comes back in several rows is found by which columns determine which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.dataset import Dataset
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.entities import find_chain, find_entities, find_main_root, keep_together
from pipeline.datasets.entity_codes import coarsen
from pipeline.datasets.holdout import hold_out_whole
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, EntitySpec, FeatureSpec, Role
from pipeline.datasets.spec_file import format_spec, load_spec
from pipeline.errors import MetadataError

ROWS = 1_200


def identity(name: str, kind: str = "key", **more: object) -> ColumnSpec:
    return ColumnSpec(name, Role.IDENTITY, kind, **more)  # type: ignore[arg-type]


def modelled(name: str, kind: str = "categorical") -> ColumnSpec:
    return ColumnSpec(name, Role.MODELLED, kind)


def draw_payments() -> pd.DataFrame:
    """90 accounts of 60 clients, a counterparty that has nothing to do with them, and amounts."""
    rng = np.random.default_rng(3)
    account, other = rng.integers(0, 90, ROWS), rng.integers(0, 150, ROWS)
    client = account % 60
    return pd.DataFrame(
        {
            "iban": [f"DE{number:04d}" for number in account],
            "account": account + 10_000,
            "client": [f"C{number}" for number in client],
            "holder": [f"Name {number % 40}" for number in client],
            "counterparty": [f"X{number}" for number in other],
            "segment": np.array(["a", "b", "c"])[client % 3],
            "currency": np.array(["EUR", "USD"])[account // 60],
            "amount": rng.normal(size=ROWS),
            "channel": rng.choice(["web", "desk"], ROWS),
        }
    )


COLUMNS = (
    identity("iban", "iban"),
    identity("account"),
    identity("client", "code"),
    identity("holder", "person_name", may_equal_real=True),
    identity("counterparty", "iban"),
    modelled("segment"),
    modelled("currency"),
    modelled("amount", "numerical"),
    modelled("channel"),
)


def test_codes_that_determine_each_other_are_one_entity_and_the_coarser_one_is_its_parent() -> None:
    found = {entity.name: entity for entity in find_entities(draw_payments(), COLUMNS)}
    assert list(found) == ["iban", "client", "counterparty"]
    assert found["iban"].columns == ("iban", "account")
    assert (found["iban"].parent, found["iban"].constant) == ("client", ("currency",))
    assert found["iban"].per_parent == ((1, 30), (2, 30))
    assert found["client"].columns == ("client", "holder")
    assert (found["client"].parent, found["client"].constant) == ("", ("segment",))
    assert found["counterparty"].columns == ("counterparty",)
    assert (found["counterparty"].parent, found["counterparty"].constant) == ("", ())


@pytest.mark.parametrize("kind", ["street_address", "postal_address", "text", "faker:company"])
def test_addresses_and_texts_that_come_back_stay_together(kind: str) -> None:
    numbers = np.random.default_rng(4).integers(0, 120, ROWS)
    table = pd.DataFrame({"x": [f"Elm Road {number}" for number in numbers], "amount": numbers * 1.5})
    (entity,) = find_entities(table, [identity("x", kind), modelled("amount", "numerical")])
    assert entity.columns == ("x",)
    assert sum(entities for _, entities in entity.sizes) == 120


@pytest.mark.parametrize(("distinct", "why"), [(8, "few texts"), (1_000, "texts that hardly come back")])
def test_few_texts_and_single_ones_are_no_entities(distinct: int, why: str) -> None:
    numbers = np.random.default_rng(4).integers(0, distinct, ROWS)
    table = pd.DataFrame({"x": [f"called about {number}" for number in numbers]})
    assert find_entities(table, [identity("x", "text")]) == (), why


def test_an_address_that_a_client_determines_is_the_clients_and_makes_no_household() -> None:
    table = draw_payments()
    table["street"] = "Elm Road " + (table["client"].str[1:].astype(int) % 45).astype(str)
    columns = (*COLUMNS, identity("street", "street_address"))
    found = {entity.name: entity for entity in find_entities(table, columns)}
    assert list(found) == ["iban", "client", "counterparty"]
    assert found["client"].columns == ("client", "holder", "street")


def test_two_accidental_equals_of_a_short_code_make_no_parent() -> None:
    table = draw_payments()[["account"]]
    table["short"] = [f"K{number % 9_000}" for number in table["account"]]
    table.loc[table["account"] == 10_001, "short"] = table.loc[table["account"] == 10_002, "short"].iloc[0]
    (found,) = find_entities(table, (identity("account"), identity("short")))
    assert (found.columns, found.parent) == (("account", "short"), "")


def test_missing_cells_do_not_part_an_entity() -> None:
    table = draw_payments()[["iban", "account"]]
    table.loc[::7, "iban"] = None
    (found,) = find_entities(table, COLUMNS[:2])
    assert found.columns == ("iban", "account")


def test_a_code_that_repeats_by_chance_is_no_entity() -> None:
    rng = np.random.default_rng(1)
    codes = pd.Series(rng.integers(0, 500_000, ROWS))
    assert not codes.is_unique
    assert find_entities(pd.DataFrame({"policy": codes}), (identity("policy"),)) == ()


def test_unique_columns_and_modelled_columns_found_nothing() -> None:
    table = draw_payments()
    columns = (identity("counterparty", is_unique=True), modelled("currency"), modelled("segment"))
    assert find_entities(table, columns) == ()


@pytest.mark.parametrize(("people", "expected"), [(120, ("holder",)), (None, ())])
def test_names_alone_are_an_entity_only_far_beyond_chance(people: int | None, expected: tuple[str]) -> None:
    rng = np.random.default_rng(5)
    parts = rng.integers(0, 30, (people or ROWS, 2))
    names = np.array([f"F{first} L{last}" for first, last in parts])
    drawn = names if people is None else names[rng.integers(0, people, ROWS)]
    found = find_entities(pd.DataFrame({"holder": drawn}), (identity("holder", "person_name"),))
    assert tuple(entity.name for entity in found) == expected


@pytest.mark.parametrize(("people", "rows"), [(48, 1_200), (100, 1_200), (8, 400)])
def test_names_in_many_rows_each_are_an_entity_whatever_chance_would_give(people: int, rows: int) -> None:
    names = np.array([f"F{number // 10} L{number % 10}" for number in range(people)])
    drawn = names[np.random.default_rng(6).integers(0, people, rows)]
    (found,) = find_entities(pd.DataFrame({"holder": drawn}), (identity("holder", "person_name"),))
    assert sum(entities for _, entities in found.sizes) == people


def test_a_nearly_constant_column_is_not_taken_for_a_constant() -> None:
    table = draw_payments()[["account"]]
    table["flag"] = "no"
    table.loc[0, "flag"] = "yes"
    (found,) = find_entities(table, (identity("account"), modelled("flag")))
    assert found.constant == ()


def test_rows_that_stand_together_are_noticed() -> None:
    table = draw_payments().sort_values("account")
    (found,) = find_entities(table, (identity("account"),))
    assert found.is_sorted
    (mixed,) = find_entities(draw_payments(), (identity("account"),))
    assert not mixed.is_sorted


def test_sizes_show_no_single_entity() -> None:
    counts = np.array([1] * 40 + [2] * 12 + [3] * 4 + [4] * 9 + [500])
    sizes = coarsen(counts)
    assert sizes == ((1, 40), (2, 12), (4, 14))
    assert sum(entities for _, entities in sizes) == len(counts)
    assert coarsen(np.array([7, 9, 100])) == ((8, 3),)


def test_columns_of_an_entity_follow_only_what_is_constant_in_it() -> None:
    columns = (
        identity("account"),
        identity("holder", "person_name", follows=("channel",)),
        modelled("channel"),
    )
    table = draw_payments()
    spec = keep_together(DatasetSpec("p", "P", "", "p", date(2024, 1, 1), columns), table)
    assert spec.entities[0].columns == ("account", "holder")
    assert spec.columns[1].follows == ()
    feature = FeatureSpec("age", "age", "holder")
    kept = replace(spec, columns=(columns[0], replace(columns[1], follows=("age",))), features=(feature,))
    assert keep_together(kept, table).columns[1].follows == ("age",)


def test_the_main_root_has_the_largest_family() -> None:
    entities = find_entities(draw_payments(), COLUMNS)
    root = find_main_root(entities)
    assert root is not None
    assert root.name == "client"
    assert [one.name for one in find_chain(entities, entities[0])] == ["client"]
    assert find_main_root(()) is None


def test_the_rows_of_an_entity_stay_on_one_side_of_the_split() -> None:
    table = draw_payments()
    ranks = np.random.default_rng(2).permutation(ROWS)
    is_held = hold_out_whole(table[["client"]], ranks, 240)
    assert not set(table["client"][is_held]) & set(table["client"][~is_held])
    assert is_held.sum() == pytest.approx(240, abs=20)


def _write(folder: Path, entities: tuple[EntitySpec, ...]) -> Dataset:
    columns = (identity("client", "code"), modelled("channel"))
    spec = DatasetSpec("payments", "Payments", "", "payments", date(2024, 1, 1), columns, entities=entities)
    dataset = Dataset(spec, folder)
    draw_payments()[["client", "channel"]].to_csv(dataset.table_path, index=False)
    return dataset


def test_a_dataset_with_entities_is_split_by_them_and_one_without_by_rows(tmp_path: Path) -> None:
    split = _write(tmp_path, (EntitySpec("client", ("client",)),)).split()
    assert not set(split.training["client"]) & set(split.holdout["client"])
    assert len(split.training) + len(split.holdout) == ROWS
    by_rows = _write(tmp_path, ()).split()
    assert len(by_rows.holdout) == 240
    assert set(by_rows.training["client"]) & set(by_rows.holdout["client"])


@pytest.mark.parametrize(
    "entities",
    [
        (EntitySpec("a", ("client",), parent="b"), EntitySpec("b", ("account",), parent="a")),
        (EntitySpec("a", ("client",)), EntitySpec("b", ("client",))),
    ],
)
def test_entities_in_a_circle_or_of_one_column_are_refused(
    tmp_path: Path, entities: tuple[EntitySpec, ...]
) -> None:
    columns = (identity("client"), identity("account"), modelled("channel"))
    spec = DatasetSpec("p", "P", "", "p", date(2024, 1, 1), columns, entities=entities)
    path = tmp_path / "dataset.yaml"
    path.write_text(format_spec(spec), encoding="utf-8")
    with pytest.raises(MetadataError, match="appears twice"):
        load_spec(path)


@pytest.mark.parametrize("banks", [12, 40])
def test_a_bank_is_no_entity(banks: int) -> None:
    rng = np.random.default_rng(1)
    letters = rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), (banks, 6))
    codes = [f"{''.join(row[:4])}DE{''.join(row[4:])}" for row in letters]
    table = pd.DataFrame({"client_bic": rng.choice(codes, 400), "amount": rng.normal(50, 9, 400).round(2)})
    spec, _ = detect(table, "payments", date(2026, 1, 1))
    assert [(column.kind, column.is_unique) for column in spec.columns] == [
        ("faker:swift", False),
        ("numerical", False),
    ]
    assert spec.entities == ()
