"""Tables into a database: all of them, counted, in one transaction, or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, event

from pipeline.datasets.databases.reading import read_database
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation, SqlType
from pipeline.errors import ExportError, JobCancelled, StoreError
from pipeline.exporters.sql.load import load, plan_load
from pipeline.exporters.sql.script import export_script
from pipeline.progress import Progress, Signal, Stage
from tests.unit.databases import as_schema, ask, run
from tests.unit.exporters.export_cases import PROVENANCE

LONG = "long " * 20_000
TEXTS = [
    "it's",
    'say "hi"',
    "back\\slash\\",
    "50%%s :name",
    "🐉 Zoë",
    "two\nlines\r\n\ttab",
    LONG,
    "-- ; DROP",
    None,
    "\\'",
]


def make_schema(*tables: RelatedTable, relations: tuple[Relation, ...] = ()) -> RelatedSchema:
    return RelatedSchema("bank", "Bank", "", PROVENANCE.as_of, tables, relations)


def make_texts(values: list[Any]) -> pd.Series:
    return pd.Series(values, dtype=object)


CUSTOMERS = RelatedTable(
    "order",
    ("select", "it's 🐉", "a%b:c\\d", "is_active", "balance", "seen", "born", "code"),
    ("select",),
    types={
        "select": SqlType("INTEGER", is_required=True),
        "it's 🐉": SqlType("TEXT"),
        "a%b:c\\d": SqlType("VARCHAR", 40, checks=("\"a%b:c\\d\" IN ('a:b', 'c\\d', '50%')",)),
        "is_active": SqlType("BOOLEAN"),
        "balance": SqlType("NUMERIC", precision=12, scale=2, checks=('"balance" >= -100',)),
        "seen": SqlType("TIMESTAMP WITH TIME ZONE"),
        "born": SqlType("DATE"),
        "code": SqlType("BINARY", 4),
    },
)
ITEMS = RelatedTable("Items", ("id", "customer"), ("id",))
EMPTY = RelatedTable("empty", ("id", "item"), ("id",))
SHOP = make_schema(
    CUSTOMERS,
    ITEMS,
    EMPTY,
    relations=(
        Relation("Items", ("customer",), "order", ("select",)),
        Relation("empty", ("item",), "Items", ("id",)),
    ),
)
ROWS = {
    "order": pd.DataFrame(
        {
            "select": make_texts([str(one) for one in range(10)]),
            "it's 🐉": make_texts(TEXTS),
            "a%b:c\\d": make_texts(["a:b", "c\\d", "50%", None] * 2 + [None] * 2),
            "is_active": make_texts(["True", "False"] * 5),
            "balance": make_texts(["1234567.10", "-0.05", None, "0.00", "9999999999.99", *["1.00"] * 5]),
            "seen": make_texts(["2024-06-01 12:00:00+00:00", "2024-06-01 12:00:00+05:30", *[None] * 8]),
            "born": make_texts(["1990-01-31", "0001-01-01", "9999-12-31", *[None] * 7]),
            "code": make_texts(["00ff", "", *[None] * 8]),
        }
    ),
    "Items": pd.DataFrame({"id": ["007", "x'"], "customer": [3, 0]}),
    "empty": pd.DataFrame({"id": make_texts([]), "item": make_texts([])}),
}
STAFF = make_schema(
    RelatedTable("staff", ("id", "boss", "buddy"), ("id",)),
    relations=(
        Relation("staff", ("boss",), "staff", ("id",), is_optional=True),
        Relation("staff", ("buddy",), "staff", ("id",), is_optional=True),
    ),
)
# Heads come last; 5 is its own head, 6 and 7 are each other's buddies.
PEOPLE = {
    "staff": pd.DataFrame(
        {"id": [1, 2, 3, 5, 6, 7], "boss": [2, 3, None, 5, None, 6], "buddy": [None, None, 1, None, 7, 6]}
    ).astype("Int64")
}


def check_shop(url: str) -> None:
    found = read_database(url)
    assert set(found.frames) == {"order", "Items", "empty"}
    order = found.frames["order"]
    for column in ("select", "it's 🐉", "a%b:c\\d", "is_active", "balance", "born"):
        assert order[column].tolist() == ROWS["order"][column].tolist()
    moments = pd.to_datetime(order["seen"].dropna(), utc=True).tolist()
    assert moments == [pd.Timestamp("2024-06-01 12:00", tz="UTC"), pd.Timestamp("2024-06-01 06:30", tz="UTC")]
    assert order["code"].tolist()[:3] == ["00ff", "", None]
    assert found.frames["Items"].to_numpy().tolist() == [["007", "3"], ["x'", "0"]]
    assert len(found.frames["empty"]) == 0
    assert [one.id for one in found.relations] == ["Items.customer", "empty.item"]
    assert found.tables[0].types["a%b:c\\d"] == CUSTOMERS.types["a%b:c\\d"]
    assert found.tables[0].types["balance"] == CUSTOMERS.types["balance"]


def test_what_is_loaded_is_read_back(empty_url):
    heard: list[Progress] = []
    plan = load(empty_url, SHOP, ROWS, on_progress=heard.append)
    assert dict(plan.counts) == {"order": 10, "Items": 2, "empty": 0}
    assert plan.created == ("order", "Items", "empty")
    assert (heard[-1].stage, heard[-1].rows, heard[-1].total_rows) == (Stage.LOAD, 12, 12)
    check_shop(empty_url)


def test_the_script_gives_the_same_tables(empty_url):
    dialect = "sqlite" if empty_url.startswith("sqlite") else "postgresql"
    script = export_script(SHOP, ROWS, dialect, PROVENANCE)
    assert script == export_script(SHOP, ROWS, dialect, PROVENANCE)
    run(empty_url, script.content.decode())
    check_shop(empty_url)


@pytest.mark.parametrize("way", ["load", "script"])
def test_rows_of_a_table_that_refers_to_itself_come_after_those_above_them(empty_url, way):
    dialect = "sqlite" if empty_url.startswith("sqlite") else "postgresql"
    if way == "load":
        load(empty_url, STAFF, PEOPLE)
    else:
        run(empty_url, export_script(STAFF, PEOPLE, dialect).content.decode())
    assert ask(empty_url, "SELECT id, boss, buddy FROM staff ORDER BY id") == [
        (1, 2, None),
        (2, 3, None),
        (3, None, 1),
        (5, 5, None),
        (6, None, 7),
        (7, 6, 6),
    ]


def test_what_was_read_loads_again_with_the_same_declaration(empty_url, tmp_path):
    load(empty_url, SHOP, ROWS)
    found = read_database(empty_url)
    other = f"sqlite:///{tmp_path / 'copy.db'}"
    load(other, as_schema(found), found.frames)
    again = read_database(other)
    assert again.relations == found.relations
    assert [table.primary_key for table in again.tables] == [table.primary_key for table in found.tables]
    assert {
        name: frame.drop(columns="seen", errors="ignore").equals(
            again.frames[name].drop(columns="seen", errors="ignore")
        )
        for name, frame in found.frames.items()
    } == {"order": True, "Items": True, "empty": True}


def test_a_plan_tells_statements_and_counts_and_writes_nothing(empty_url):
    plan = plan_load(empty_url, SHOP, ROWS)
    assert plan.statements[1].startswith('CREATE TABLE "Items" (\n    "id" VARCHAR(8) NOT NULL,')
    assert plan.statements[-1] == 'INSERT INTO "empty" ("id", "item") VALUES (?, ?);'
    assert dict(plan.counts) == {"order": 10, "Items": 2, "empty": 0}
    if empty_url.startswith("sqlite"):
        assert not Path(empty_url.removeprefix("sqlite:///")).exists()
    else:
        assert ask(empty_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_tables_with_rows_are_left_alone_unless_told_otherwise(empty_url):
    load(empty_url, STAFF, PEOPLE)
    with pytest.raises(ExportError, match=r"not empty: staff \(6 rows\)"):
        load(empty_url, STAFF, PEOPLE)
    with pytest.raises(ExportError, match=r"not empty: staff \(6 rows\)"):
        plan_load(empty_url, STAFF, PEOPLE)
    more = {"staff": pd.DataFrame({"id": [8, 9], "boss": [None, 8], "buddy": [9, None]}).astype("Int64")}
    plan = load(empty_url, STAFF, more, append=True)
    assert (plan.created, dict(plan.counts)) == ((), {"staff": 2})
    assert ask(empty_url, "SELECT count(*) FROM staff") == [(8,)]


def test_rows_that_break_a_check_are_told_to_keep_it_as_a_rule(empty_url):
    run(
        empty_url,
        "CREATE TABLE staff (id INTEGER PRIMARY KEY, boss INTEGER, buddy INTEGER, CHECK (id + 0 < 5));",
    )
    with pytest.raises(ExportError, match=r'Table "staff" cannot be loaded') as caught:
        load(empty_url, STAFF, PEOPLE)
    assert "`rules bank --propose --accept`" in caught.value.hint


def test_a_key_that_is_there_already_rolls_everything_back(empty_url):
    load(empty_url, STAFF, PEOPLE)
    with pytest.raises(
        ExportError, match=r'Table "staff" cannot be loaded: its rows break the constraint \S*staff'
    ) as caught:
        load(
            empty_url,
            STAFF,
            {"staff": PEOPLE["staff"].assign(id=[71, 72, 73, 75, 76, 7], boss=None, buddy=None)},
            append=True,
        )
    assert "7" not in caught.value.message
    assert ask(empty_url, "SELECT count(*) FROM staff") == [(6,)]


def test_an_empty_table_that_is_there_is_filled_and_keeps_its_own_types(postgres_url):
    run(
        postgres_url,
        "CREATE TYPE mood AS ENUM ('good', 'bad');"
        "CREATE TABLE odd (id UUID PRIMARY KEY, feeling mood, more JSONB, host INET,"
        "    extra INTEGER DEFAULT 7);",
    )
    schema = make_schema(RelatedTable("odd", ("id", "feeling", "more", "host"), ("id",)))
    row = ["7f2c8a10-0000-4000-8000-000000000001", "bad", '{"b": [1]}', "10.0.0.1"]
    frame = pd.DataFrame([row], columns=["id", "feeling", "more", "host"])
    load(postgres_url, schema, {"odd": frame})
    assert ask(postgres_url, "SELECT feeling::text, more->'b'->>0, host::text, extra FROM odd") == [
        ("bad", "1", "10.0.0.1/32", 7)
    ]


def test_a_table_that_is_there_without_a_column_is_refused(empty_url):
    run(empty_url, "CREATE TABLE staff (id INTEGER PRIMARY KEY, boss INTEGER)")
    with pytest.raises(ExportError, match='has no column "buddy"'):
        load(empty_url, STAFF, PEOPLE)


def test_a_schema_of_the_database_is_filled(postgres_url):
    run(postgres_url, "CREATE SCHEMA shop")
    plan = load(postgres_url, SHOP, ROWS, database_schema="shop")
    assert 'REFERENCES "shop"."order" ("select")' in plan.statements[1]
    assert ask(postgres_url, 'SELECT count(*) FROM shop."order"') == [(10,)]
    with pytest.raises(ExportError, match='no schema "shops"'):
        load(postgres_url, SHOP, ROWS, database_schema="shops")


def test_stop_leaves_nothing(empty_url):
    with pytest.raises(JobCancelled, match="nothing was loaded"):
        load(empty_url, SHOP, ROWS, on_progress=lambda one: Signal.STOP)
    if empty_url.startswith("sqlite"):
        assert not Path(empty_url.removeprefix("sqlite:///")).exists()
    else:
        assert ask(empty_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_lost_connection_leaves_nothing(postgres_url):
    def cut(one: Progress) -> None:
        if one.rows == 10:
            run(
                postgres_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid();",
            )

    with pytest.raises(StoreError, match="connection to the database was lost"):
        load(postgres_url, SHOP, ROWS, on_progress=cut)
    assert ask(postgres_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


@contextmanager
def few_pages(most: int) -> Iterator[None]:
    """Connections to SQLite for which a database is full after some pages."""

    def limit(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute(f"PRAGMA max_page_count = {most}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_a_full_database_leaves_what_was_there(tmp_path):
    url = f"sqlite:///{tmp_path / 'small.db'}"
    run(url, "CREATE TABLE kept (id INTEGER); INSERT INTO kept VALUES (7);")
    before = (tmp_path / "small.db").read_bytes()
    with (
        few_pages(20),
        pytest.raises(StoreError, match=r"cannot be loaded\. The database is full"),
    ):
        load(url, SHOP, ROWS)
    assert (tmp_path / "small.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["small.db"]
    with few_pages(20), pytest.raises(StoreError, match="is full"):
        load(f"sqlite:///{tmp_path / 'new.db'}", SHOP, ROWS)
    assert [path.name for path in tmp_path.iterdir()] == ["small.db"]


def test_a_trigger_that_drops_rows_is_noticed_before_the_commit(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    run(
        url,
        "CREATE TABLE staff (id INTEGER PRIMARY KEY, boss INTEGER, buddy INTEGER);"
        "CREATE TRIGGER one AFTER INSERT ON staff WHEN new.id = 3 BEGIN DELETE FROM staff WHERE id = 3; END;",
    )
    with pytest.raises(ExportError, match='Table "staff" holds 5 rows after loading, and should hold 6'):
        load(url, STAFF, PEOPLE)
    assert ask(url, "SELECT count(*) FROM staff") == [(0,)]


def test_a_nul_character_is_kept_by_sqlite_and_refused_for_postgresql(empty_url):
    schema = make_schema(RelatedTable("notes", ("note",)))
    rows = {"notes": pd.DataFrame({"note": ["a\0b", "c"]})}
    if empty_url.startswith("sqlite"):
        load(empty_url, schema, rows)
        assert read_database(empty_url).frames["notes"]["note"].tolist() == ["a\0b", "c"]
    else:
        with pytest.raises(ExportError, match='column "note" holds 1 values with a NUL character'):
            load(empty_url, schema, rows)
    with pytest.raises(ExportError, match="NUL character"):
        export_script(schema, rows, "sqlite")


def test_names_that_differ_in_case_are_loaded_where_the_database_tells_them_apart(empty_url):
    schema = make_schema(RelatedTable("Notes", ("a", "A")), RelatedTable("notes", ("a",)))
    rows = {"Notes": pd.DataFrame({"a": ["1"], "A": ["2"]}), "notes": pd.DataFrame({"a": ["3"]})}
    if empty_url.startswith("sqlite"):
        with pytest.raises(
            ExportError, match="differ in case only, which sqlite does not tell apart: Notes, notes"
        ):
            load(empty_url, schema, rows)
        return
    load(empty_url, schema, rows)
    assert ask(empty_url, 'SELECT "a", "A" FROM "Notes"') == [(1, 2)]


def test_a_table_of_many_rows_comes_in_batches_of_few_parameters(empty_url):
    schema = make_schema(RelatedTable("many", ("id", "x"), ("id",)))
    frame = pd.DataFrame({"id": range(12_001), "x": [0.25] * 12_001})
    heard: list[Progress] = []
    load(empty_url, schema, {"many": frame}, on_progress=heard.append)
    assert [one.rows for one in heard] == [5_000, 10_000, 12_001]
    assert ask(empty_url, "SELECT count(*), max(id) FROM many") == [(12_001, 12_000)]


def test_a_circle_of_tables_is_refused_by_name():
    schema = make_schema(
        RelatedTable("a", ("id", "b"), ("id",)),
        RelatedTable("b", ("id", "a"), ("id",)),
        relations=(Relation("a", ("b",), "b", ("id",)), Relation("b", ("a",), "a", ("id",))),
    )
    rows = {"a": pd.DataFrame({"id": [1], "b": [1]}), "b": pd.DataFrame({"id": [1], "a": [1]})}
    with pytest.raises(ExportError, match="The tables a, b refer to each other in a circle"):
        export_script(schema, rows, "postgresql")


def test_rows_in_a_circle_that_may_not_be_empty_are_refused(tmp_path):
    required = replace(STAFF.tables[0], types={"buddy": SqlType("INTEGER", is_required=True)})
    schema = replace(STAFF, tables=(required,), relations=STAFF.relations[1:])
    rows = {"staff": pd.DataFrame({"id": [6, 7], "boss": [1, 1], "buddy": [7, 6]})}
    with pytest.raises(ExportError, match="circle by buddy, which may not be empty"):
        load(f"sqlite:///{tmp_path / 'a.db'}", schema, rows)
    assert list(tmp_path.iterdir()) == []
