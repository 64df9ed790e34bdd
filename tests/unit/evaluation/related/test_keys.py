from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.errors import EvaluationError, ExportError
from pipeline.evaluation.related.as_json import as_dict
from pipeline.evaluation.related.keys import check_keys, require_keys

SCHEMA = RelatedSchema(
    "bank",
    "Bank",
    "",
    date(2025, 1, 1),
    (
        RelatedTable("accounts", ("id", "name", "branch"), ("id",), (("name",),)),
        RelatedTable(
            "cards",
            ("account", "no", "branch"),
            ("account", "no"),
            copied=(("branch", "cards.account", "branch"),),
        ),
        RelatedTable("uses", ("id", "account", "card"), ("id",)),
    ),
    (
        Relation("cards", ("account",), "accounts", ("id",), is_owner=True),
        Relation("uses", ("account",), "accounts", ("id",), is_owner=True),
        Relation("uses", ("account", "card"), "cards", ("account", "no"), is_optional=True),
    ),
)


def _tables(**changes: list[object]) -> dict[str, pd.DataFrame]:
    tables = {
        "accounts": pd.DataFrame(
            {"id": ["1", "2", "3"], "name": ["a", "b", None], "branch": ["N", "S", "S"]}
        ),
        "cards": pd.DataFrame({"account": ["1", "1", "2"], "no": [1, 2, 1], "branch": ["N", "N", "S"]}),
        "uses": pd.DataFrame({"id": [7, 8, 9], "account": ["1", "2", "2"], "card": [2.0, None, 1.0]}),
    }
    for name, values in changes.items():
        table, column = name.split("_")
        tables[table][column] = values
    return tables


def _failures(tables: dict[str, pd.DataFrame]) -> list[tuple[str, str, int, int]]:
    return [
        (check.table, check.kind, check.checked, check.failed)
        for check in check_keys(SCHEMA, tables)
        if check.failed
    ]


def test_tables_with_whole_keys_pass_with_counts() -> None:
    checks = check_keys(SCHEMA, _tables())
    assert [(check.table, check.kind, check.columns, check.checked, check.failed) for check in checks] == [
        ("accounts", "primary", ("id",), 3, 0),
        ("accounts", "unique", ("name",), 2, 0),
        ("cards", "primary", ("account", "no"), 3, 0),
        ("cards", "foreign", ("account",), 3, 0),
        ("cards", "copied", ("branch",), 3, 0),
        ("uses", "primary", ("id",), 3, 0),
        ("uses", "foreign", ("account",), 3, 0),
        ("uses", "foreign", ("account", "card"), 2, 0),
    ]
    require_keys(checks)
    assert as_dict((), checks)["keys"][0]["columns"] == ["id"]


@pytest.mark.parametrize(
    ("change", "failures"),
    [
        ({"accounts_id": ["1", "2", "2"]}, [("accounts", "primary", 3, 1)]),
        ({"accounts_id": ["1", "2", None]}, [("accounts", "primary", 3, 1)]),
        ({"accounts_name": ["a", "a", None]}, [("accounts", "unique", 2, 1)]),
        ({"cards_no": [2, 2, 1]}, [("cards", "primary", 3, 1)]),
        ({"uses_account": ["1", "4", "2"]}, [("uses", "foreign", 3, 1)]),
        ({"uses_account": ["1", None, "2"]}, [("uses", "foreign", 3, 1)]),
        ({"uses_card": [2.0, None, 2.0]}, [("uses", "foreign", 2, 1)]),
        ({"cards_branch": ["N", "S", "S"]}, [("cards", "copied", 3, 1)]),
    ],
)
def test_a_broken_key_is_counted(change: dict[str, list[object]], failures: list[tuple[object, ...]]) -> None:
    assert _failures(_tables(**change)) == failures


def test_one_to_one_refuses_a_second_child() -> None:
    one = replace(SCHEMA.relations[0], is_one_to_one=True)
    checks = check_keys(replace(SCHEMA, relations=(one, *SCHEMA.relations[1:])), _tables())
    assert [(check.kind, check.failed) for check in checks if check.failed] == [("one to one", 1)]


def test_broken_keys_are_not_exported() -> None:
    checks = check_keys(SCHEMA, _tables(uses_account=["1", "4", "2"]))
    with pytest.raises(ExportError, match='table "uses" breaks its foreign key of "account" in 1 of 3 rows'):
        require_keys(checks)


def test_missing_tables_and_columns_are_named() -> None:
    tables = _tables()
    del tables["cards"]["no"]
    with pytest.raises(EvaluationError, match='table "cards" lacks the column "no"'):
        check_keys(SCHEMA, tables)
    del tables["uses"]
    with pytest.raises(EvaluationError, match='table "cards" lacks'):
        check_keys(SCHEMA, tables)
    del tables["cards"]
    with pytest.raises(EvaluationError, match='table "cards" is missing'):
        check_keys(SCHEMA, tables)
