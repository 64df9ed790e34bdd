from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation, SqlType
from pipeline.datasets.related.schema_file import format_schema, load_schema
from pipeline.errors import MetadataError


@pytest.fixture
def schema() -> RelatedSchema:
    types = {"id": SqlType("INTEGER", is_required=True), "balance": SqlType("NUMERIC", None, 12, 2)}
    return RelatedSchema(
        name="bank",
        title="Bank",
        description="Accounts and their transactions.",
        as_of=date(2026, 1, 1),
        tables=(
            RelatedTable("accounts", ("id", "branch", "balance"), ("id",), (("branch", "id"),), types=types),
            RelatedTable(
                "transactions",
                ("account_id", "line", "booked_on", "branch", "amount"),
                ("account_id", "line"),
                order="booked_on",
                copied=(("branch", "transactions.account_id", "branch"),),
            ),
            RelatedTable("currencies", ("code", "name"), ("code",), is_public=True),
        ),
        relations=(
            Relation("transactions", ("account_id",), "accounts", ("id",), True, False, False, "all rows"),
        ),
        rules=(
            RelatedRule(
                "running", "transactions", ("amount",), "transactions.account_id", {"start": 0}, False, 12
            ),
        ),
        source={"kind": "csv", "tables": {"accounts": {"separator": ";"}}},
        holdout_fraction=0.25,
    )


def test_a_schema_that_was_written_reads_back_as_it_was(schema: RelatedSchema, tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(format_schema(schema))
    assert load_schema(path) == schema


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("holdout: 0.25", "holdout: 1.5", "holdout: Input should be less than 1"),
        ("order: booked_on", "order: booked", 'tables.1.order: "booked" is not one of'),
        ("parent: accounts", "parent: account", "relations.transactions.account_id.parent"),
        ("- id\n  optional", "- nr\n  optional", 'relations.0.parent_columns: "nr" is not one of'),
        ("public: true", "public: maybe", "tables.2.public"),
        ("- name: currencies", "- name: accounts", 'tables: "accounts" appears twice'),
        ("  table: transactions", "  table: loans", 'rules.0.table: "loans"'),
        ("title: Bank", "titel: Bank", "title"),
        ("name: bank", "name: [", "line 3: this is not valid YAML"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(
    schema: RelatedSchema, tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = tmp_path / "schema.yaml"
    text = format_schema(schema)
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(MetadataError, match=expected.replace("[", r"\[")):
        load_schema(path)


def test_parents_that_come_after_their_children_are_refused(schema: RelatedSchema, tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text(format_schema(replace(schema, tables=schema.tables[::-1])))
    with pytest.raises(MetadataError, match='parent: "accounts" is not one of currencies, transactions'):
        load_schema(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match=r"schema\.yaml cannot be read"):
        load_schema(tmp_path / "schema.yaml")
