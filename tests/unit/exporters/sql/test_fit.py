"""What is to be loaded, checked against types and constraints before anything is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation, SqlType
from pipeline.errors import ExportError
from pipeline.exporters.sql.dialects import find_dialect
from pipeline.exporters.sql.fit import fit_types
from pipeline.exporters.sql.inference import infer_type, infer_types
from pipeline.exporters.sql.script import export_script
from tests.unit.exporters.export_cases import PROVENANCE


def make(
    kind: SqlType | None, values: list[Any], key: tuple[str, ...] = ()
) -> tuple[RelatedSchema, dict[str, pd.DataFrame]]:
    types = {} if kind is None else {"c": kind}
    schema = RelatedSchema("s", "S", "", PROVENANCE.as_of, (RelatedTable("t", ("c",), key, types=types),))
    return schema, {"t": pd.DataFrame({"c": pd.Series(values, dtype=object)})}


def fit(kind: SqlType, values: list[Any], dialect: str = "postgresql") -> Any:
    return fit_types(*make(kind, values), dialect)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (SqlType("VARCHAR", 3), ["abc", "abcd", "abcde"], "holds 2 values longer than 3"),
        (
            SqlType("NUMERIC", precision=4, scale=2),
            ["99.99", "100"],
            "holds 1 values with more than 2 digits",
        ),
        (SqlType("SMALLINT"), ["32767", "-32769"], "holds 1 values beyond the range of SMALLINT"),
        (SqlType("INTEGER"), ["1", "x", "x"], "holds 2 values that are no whole number"),
        (
            SqlType("INTEGER", is_required=True),
            ["1", None],
            "holds 1 values that are missing, and it is NOT NULL",
        ),
        (SqlType("DATE"), ["2024-02-30", "2024-01-01 10:00"], "holds 2 values that are no date"),
        (SqlType("BOOLEAN"), ["True", "maybe"], "holds 1 values that are no boolean"),
        (SqlType("BINARY", 2), ["00ff", "zz", "000000"], "holds 1 values that are no binary"),
        (
            SqlType("VARCHAR", checks=("\"c\" IN ('a', 'b')",)),
            ["a", None, "c"],
            r"holds 1 values that break CHECK \(c IN",
        ),
        (
            SqlType("NUMERIC", checks=('"c" >= 0 AND "c" <= 10',)),
            ["0", "-0.5", "11"],
            "holds 1 values that break CHECK",
        ),
        (
            SqlType("DATE", checks=("\"c\" >= '2000-01-01'",)),
            ["1999-12-31"],
            "holds 1 values that break CHECK",
        ),
        (SqlType("TEXT"), ["\ud800"], "holds 1 values that cannot be encoded"),
    ],
)
def test_what_does_not_fit_is_refused_with_table_column_and_count(kind, values, message):
    with pytest.raises(ExportError, match=f'Table "t": column "c" {message}'):
        fit(kind, values)


def test_numbers_are_rounded_to_the_digits_of_their_column_and_it_is_said():
    found = fit(SqlType("NUMERIC", precision=6, scale=2), ["1.005", "2.5", 3.14159, None])
    assert found.tables["t"].values["c"] == [Decimal("1.00"), Decimal("2.5"), Decimal("3.14"), None]
    assert found.adjustments == ("t.c: 2 numbers rounded to 2 decimals.",)
    assert fit(SqlType("INTEGER"), ["2.0", 3.0, 2.6]).tables["t"].values["c"] == [2, 3, 3]


def test_a_missing_text_of_a_required_column_becomes_empty_and_it_is_said():
    found = fit(SqlType("VARCHAR", 3, is_required=True), ["a", None])
    assert found.tables["t"].values["c"] == ["a", ""]
    assert found.adjustments == ("t.c: 1 missing texts became empty, it is NOT NULL.",)
    with pytest.raises(ExportError, match="NOT NULL"):
        fit(SqlType("VARCHAR", 3, is_required=True), ["a", None], "oracle")


def test_digits_that_sqlite_would_lose_are_refused_there_only():
    values = ["1234567890123456.78"]
    assert fit(SqlType("NUMERIC", precision=20, scale=2), values).tables["t"].values["c"] == [
        Decimal(values[0])
    ]
    with pytest.raises(ExportError, match="more than 15 digits, which SQLite cannot keep"):
        fit(SqlType("NUMERIC", precision=20, scale=2), values, "sqlite")


def test_keys_that_repeat_and_orphans_are_counted():
    schema, tables = make(None, [1, 1, 2], key=("c",))
    with pytest.raises(ExportError, match='Table "t": 1 rows repeat the key c'):
        fit_types(schema, tables, "sqlite")
    parent, child = RelatedTable("p", ("id",), ("id",)), RelatedTable("k", ("p",))
    schema = RelatedSchema(
        "s", "S", "", PROVENANCE.as_of, (parent, child), (Relation("k", ("p",), "p", ("id",)),)
    )
    rows = {"p": pd.DataFrame({"id": [1]}), "k": pd.DataFrame({"p": [1, 2, 3, None]}).astype("Int64")}
    with pytest.raises(ExportError, match='Table "k": 2 rows refer to no row of "p"'):
        fit_types(schema, rows, "sqlite")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (pd.Series([1, -2]), SqlType("INTEGER")),
        (pd.Series([1, 2**31]), SqlType("BIGINT")),
        (pd.Series([1.0, None, 3.0]), SqlType("INTEGER")),
        (pd.Series([1.25, 2.0]), SqlType("NUMERIC", precision=12, scale=2)),
        (pd.Series([1 / 3]), SqlType("DOUBLE PRECISION")),
        (pd.Series([True, False]), SqlType("BOOLEAN")),
        (pd.to_datetime(pd.Series(["2024-01-31", None])), SqlType("DATE")),
        (pd.to_datetime(pd.Series(["2024-01-31 10:00"])), SqlType("TIMESTAMP")),
        (pd.Series(["2024-01-31", None]), SqlType("DATE")),
        (pd.Series(["2024-01-31 10:00:00+02:00"]), SqlType("TIMESTAMP WITH TIME ZONE")),
        (pd.Series(["007", "12"]), SqlType("VARCHAR", 8)),
        (pd.Series(["7", "12"]), SqlType("INTEGER")),
        (pd.Series(["7.50", "-0.25"]), SqlType("NUMERIC", precision=12, scale=2)),
        (pd.Series(["x" * 5_000]), SqlType("TEXT")),
        (pd.Series([None, None], dtype=object), SqlType("VARCHAR", 255)),
        (pd.Series([], dtype="datetime64[ns]"), SqlType("DATE")),
    ],
)
def test_a_column_without_a_type_gets_the_narrowest_that_holds_it(cells, expected):
    assert infer_type(cells) == expected


def test_a_foreign_key_has_the_type_of_the_key_it_refers_to():
    parent, child = RelatedTable("p", ("id",), ("id",)), RelatedTable("k", ("p",))
    schema = RelatedSchema(
        "s", "S", "", PROVENANCE.as_of, (parent, child), (Relation("k", ("p",), "p", ("id",)),)
    )
    rows = {"p": pd.DataFrame({"id": ["007", "8"]}), "k": pd.DataFrame({"p": ["8"]})}
    types = infer_types(schema, rows)
    assert (types["p"]["id"], types["k"]["p"]) == (
        SqlType("VARCHAR", 8, is_required=True),
        SqlType("VARCHAR", 8),
    )


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("sqlite", "'it''s \\'"),
        ("postgresql", "'it''s \\'"),
        ("mysql", "'it''s \\\\'"),
        ("mariadb", "'it''s \\\\'"),
        ("mssql", "N'it''s \\'"),
        ("oracle", "'it''s \\'"),
    ],
)
def test_each_dialect_escapes_texts_its_own_way(dialect, expected):
    schema, tables = make(SqlType("VARCHAR", 9), ["it's \\"])
    assert f"VALUES\n({expected});" in export_script(schema, tables, dialect).content.decode()


def test_an_unknown_dialect_is_refused():
    with pytest.raises(ExportError, match='"db2" is not a supported SQL dialect'):
        find_dialect("db2")


def test_a_check_of_another_dialect_is_left_out_and_named():
    kind = SqlType("VARCHAR", 9, checks=("length(c) > 2",))
    schema, tables = make(kind, ["abc"])
    script = export_script(schema, tables, "postgresql")
    assert (b"CHECK" in script.content, script.findings) == (
        False,
        ("t.c: a CHECK of another dialect is left out.",),
    )


@pytest.mark.parametrize("name", ["", "a" * 64, "a\0b"])
def test_a_name_that_the_dialect_cannot_hold_is_refused(name):
    schema = RelatedSchema("s", "S", "", PROVENANCE.as_of, (RelatedTable("t", (name,)),))
    with pytest.raises(ExportError, match="cannot be a name in postgresql"):
        export_script(schema, {"t": pd.DataFrame({name: [1]})}, "postgresql")
