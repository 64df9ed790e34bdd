"""What a synthesizer gets of several tables, and what becomes of the rows that it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.evaluation.related.reference import NONE
from pipeline.models.related.assembly import RelatedRequest, assemble_tables, describe_table, seed_table
from pipeline.models.related.inputs import LearnedTables, find_natural
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.related.protocol import DrawnTable
from tests.small_bank import find_faults, make_small_bank

REQUEST = RelatedRequest(3, date(2026, 5, 17), IdentityOptions())


def _return_inputs(learned: LearnedTables) -> dict[str, DrawnTable]:
    """The training rows as if they had been drawn."""
    return {
        one.name: DrawnTable(
            one.rows, one.owner_rows, {name: other.rows for name, other in one.others.items()}
        )
        for one in learned.list_inputs()
    }


def test_only_training_rows_are_learned_with_links_among_them(learned: LearnedTables) -> None:
    held = learned.reference.held
    inputs = {one.name: one for one in learned.list_inputs()}
    assert learned.count_training_rows() == {name: len(one.rows) for name, one in inputs.items()}
    assert held["customers"].sum() == 8
    tables = {name: table[~held[name]] for name, table in make_small_bank().items()}
    for name, key, parent in (
        ("accounts", "customer_id", "customers"),
        ("bookings", "account_id", "accounts"),
    ):
        keys = tables[parent][key].to_numpy()
        assert inputs[name].owner == parent
        assert keys[inputs[name].owner_rows].tolist() == tables[name][key].tolist()


def test_a_link_to_a_row_that_is_held_out_goes_to_another_and_empty_ones_stay_empty(
    learned: LearnedTables,
) -> None:
    (customers,) = (one for one in learned.list_inputs() if one.name == "customers")
    (friends,) = (other.rows for other in customers.others.values())
    real = make_small_bank()["customers"][~learned.reference.held["customers"]].referred_by
    assert ((friends == NONE) == real.isna().to_numpy()).all()
    assert friends.max() < len(customers.rows)


def test_what_rules_decide_is_learned_in_another_form(learned: LearnedTables) -> None:
    columns = {one.name: [column.name for column in one.columns] for one in learned.list_inputs()}
    assert columns["customers"] == ["segment", "income", "joined"]
    assert not {"balance", "booking_id", "account_id"} & set(columns["bookings"])
    assert not {"type", "product", "movements", "net_movement"} & set(columns["accounts"])
    assert "type+product" in columns["accounts"]


def test_assembled_rows_have_keys_from_positions_and_keep_every_rule(
    ruled: RelatedDataset, learned: LearnedTables
) -> None:
    drawn = _return_inputs(learned)
    sample = assemble_tables(ruled, learned, drawn, REQUEST)
    tables = sample.tables
    assert {name: list(table) for name, table in tables.items()} == {
        one.name: list(one.columns) for one in ruled.schema.tables
    }
    plain = {
        name: table.astype({"booking_id": int} if name == "bookings" else {})
        for name, table in tables.items()
    }
    assert find_faults(plain) == []
    for relation in ruled.schema.relations:
        places = sample.links[relation.child][relation.id]
        keys = tables[relation.parent][relation.parent_columns[0]].to_numpy()
        values = tables[relation.child][relation.columns[0]]
        assert values.isna().tolist() == (places == NONE).tolist()
        assert (values[places != NONE].to_numpy() == keys[places[places != NONE]]).all()


def test_no_key_is_one_of_the_sample(ruled: RelatedDataset, learned: LearnedTables) -> None:
    tables = assemble_tables(ruled, learned, _return_inputs(learned), REQUEST).tables
    real = make_small_bank()
    assert not set(tables["customers"].customer_id) & set(real["customers"].customer_id)
    assert not set(tables["accounts"].account_id) & set(real["accounts"].account_id)


def test_equal_requests_give_equal_tables_and_another_seed_other_keys(
    ruled: RelatedDataset, learned: LearnedTables
) -> None:
    drawn = _return_inputs(learned)
    first, again, other = (
        assemble_tables(ruled, learned, drawn, one).tables
        for one in (REQUEST, REQUEST, replace(REQUEST, seed=4))
    )
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])
    assert first["accounts"].account_id.tolist() != other["accounts"].account_id.tolist()
    assert seed_table(3, "accounts") != seed_table(3, "customers")


def test_a_table_is_described_with_its_foreign_keys(ruled: RelatedDataset) -> None:
    spec = describe_table(ruled, "bookings")
    assert [one.name for one in spec.columns] == list(ruled.schema.get("bookings").columns)
    account = next(one for one in spec.columns if one.name == "account_id")
    assert not account.is_unique
    own = describe_table(ruled, "customers")
    assert [one.is_unique for one in own.columns if one.name in ("customer_id", "referred_by")] == [
        True,
        False,
    ]


def test_a_column_that_repeats_one_of_a_parent_is_described_as_there(ruled: RelatedDataset) -> None:
    relation = ruled.schema.find_owner("bookings")
    assert relation is not None
    table = ruled.schema.get("bookings")
    copied = replace(table, columns=(*table.columns, "type"), copied=(("type", relation.id, "type"),))
    tables = tuple(copied if one.name == "bookings" else one for one in ruled.schema.tables)
    changed = replace(ruled, schema=replace(ruled.schema, tables=tables))
    assert describe_table(changed, "bookings").columns[-1].name == "type"


def test_the_second_part_of_a_key_is_natural_where_it_is_modelled(ruled: RelatedDataset) -> None:
    def find(key: tuple[str, ...], modelled: tuple[str, ...]) -> tuple[str, ...]:
        tables = tuple(
            replace(one, primary_key=key) if one.name == "bookings" else one for one in ruled.schema.tables
        )
        return find_natural(replace(ruled.schema, tables=tables), "bookings", modelled)

    assert find(("account_id", "date"), ("date", "kind")) == ("date",)
    assert find(("account_id", "date"), ("kind",)) == ()
    assert find(("booking_id",), ("date",)) == ()


def test_a_draw_of_no_rows_gives_empty_tables(ruled: RelatedDataset, learned: LearnedTables) -> None:
    drawn = {
        name: DrawnTable(
            one.rows.head(0),
            None if one.owner_rows is None else np.empty(0, dtype=np.int64),
            {relation: np.empty(0, dtype=np.int64) for relation in one.others},
        )
        for name, one in _return_inputs(learned).items()
        if name == "bookings"
    }
    tables = assemble_tables(ruled, learned, {**_return_inputs(learned), **drawn}, REQUEST).tables
    assert len(tables["bookings"]) == 0
    assert tables["accounts"].movements.tolist() == [0] * len(tables["accounts"])
