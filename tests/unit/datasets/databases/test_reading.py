"""Tables of a database as text frames with their keys and types, in one transaction that only looks."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline.datasets.databases.reading import read_database
from pipeline.datasets.related.schema import SqlType
from pipeline.errors import DataError, JobCancelled, StoreError
from pipeline.progress import Progress, Signal, Stage
from tests.unit.databases import ask, run

BANK = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    email VARCHAR(40) NOT NULL UNIQUE,
    country CHAR(2),
    is_active BOOLEAN NOT NULL,
    born DATE,
    rating NUMERIC(4, 1) CHECK (rating BETWEEN 0 AND 100)
);
CREATE TABLE accounts (
    branch INTEGER,
    number VARCHAR(12),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    status VARCHAR(8) CHECK (status IN ('open', 'it''s')),
    opened TIMESTAMP,
    PRIMARY KEY (branch, number)
);
CREATE TABLE transactions (
    branch INTEGER,
    number VARCHAR(12),
    amount NUMERIC(12, 2) NOT NULL,
    note TEXT,
    FOREIGN KEY (branch, number) REFERENCES accounts (branch, number)
);
INSERT INTO customers VALUES
    (2, 'b@x', 'AT', '1', '1990-01-31', 7.5),
    (10, 'c@x', NULL, '0', NULL, NULL),
    (1, 'a@x', 'DE', '1', '0044-03-15', 100);
INSERT INTO accounts VALUES
    (1, '007', 2, 'open', '2024-01-31 10:30:00'),
    (1, '008', 1, 'it''s', '2024-01-31 00:00:00.25');
INSERT INTO transactions VALUES (1, '007', 1234567.10, 'x'), (NULL, NULL, -0.05, ' ');
"""


def test_keys_types_and_checks_are_those_that_the_database_declares(empty_url):
    run(empty_url, BANK)
    found = read_database(empty_url)
    customers, accounts, transactions = found.tables
    assert [table.name for table in found.tables] == ["customers", "accounts", "transactions"]
    assert (customers.primary_key, customers.unique) == (("id",), (("email",),))
    assert (accounts.primary_key, transactions.primary_key) == (("branch", "number"), ())
    assert customers.types["email"] == SqlType("VARCHAR", length=40, is_required=True)
    assert customers.types["country"] == SqlType("CHAR", length=2)
    assert customers.types["is_active"] == SqlType("BOOLEAN", is_required=True)
    assert customers.types["rating"] == SqlType(
        "NUMERIC", precision=4, scale=1, checks=('"rating" >= 0 AND "rating" <= 100',)
    )
    assert accounts.types["status"].checks == ("\"status\" IN ('open', 'it''s')",)
    assert accounts.types["opened"] == SqlType("TIMESTAMP")
    assert [(one.id, one.parent, one.parent_columns, one.is_optional) for one in found.relations] == [
        ("accounts.customer_id", "customers", ("id",), False),
        ("transactions.branch+number", "accounts", ("branch", "number"), True),
    ]


def test_checks_that_are_not_understood_are_named(empty_url):
    run(
        empty_url,
        "CREATE TABLE bands (id INTEGER PRIMARY KEY, low INTEGER, high INTEGER, "
        "CONSTRAINT is_ordered CHECK (high IS NULL OR high >= low), "
        "CONSTRAINT is_even CHECK (low IS NULL OR low + high = 10)); INSERT INTO bands VALUES (1, 4, 6);",
    )
    found = read_database(empty_url)
    assert found.tables[0].types["high"].checks == ('"high" >= "low"',)
    (finding,) = found.findings
    assert finding.startswith('bands: the CHECK "is_even" (')
    assert "low + high" in finding
    assert finding.endswith("generated rows may not load where it holds; declare what it says as a rule.")


def test_cells_are_text_in_the_order_of_the_key(empty_url):
    run(empty_url, BANK)
    frames = read_database(empty_url).frames
    assert frames["customers"].to_numpy().tolist() == [
        ["1", "a@x", "DE", "True", "0044-03-15", "100.0"],
        ["2", "b@x", "AT", "True", "1990-01-31", "7.5"],
        ["10", "c@x", None, "False", None, None],
    ]
    assert frames["accounts"]["opened"].tolist() == ["2024-01-31 10:30:00.000", "2024-01-31 00:00:00.250"]
    assert frames["transactions"]["amount"].tolist() == ["1234567.10", "-0.05"]
    assert frames["transactions"]["note"].tolist() == ["x", None]


def test_the_source_names_neither_user_nor_password(postgres_url):
    run(postgres_url, BANK)
    source = read_database(postgres_url).source
    assert source["dialect"] == "postgresql"
    assert "postgres@" not in source["address"]


def test_types_that_only_postgresql_has_are_text(postgres_url):
    run(
        postgres_url,
        """
        CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE DOMAIN cents AS NUMERIC(9, 2);
        CREATE TABLE odd (
            id UUID PRIMARY KEY, feeling mood, price cents, seen TIMESTAMPTZ, until DATE, tags TEXT[],
            more JSONB,
            host INET, long INTERVAL, ratio DOUBLE PRECISION, clock TIME, code BYTEA
        );
        INSERT INTO odd VALUES ('7f2c8a10-0000-4000-8000-000000000001', 'bad', 1.5, '2024-06-01 12:00+05:30',
            'infinity', '{a,NULL}', '{"b": [1]}', '10.0.0.1', '27:03:00', 'NaN', '10:30', '\\x00ff');
        """,
    )
    found = read_database(postgres_url)
    assert found.frames["odd"].iloc[0].tolist() == [
        "7f2c8a10-0000-4000-8000-000000000001",
        "bad",
        "1.50",
        "2024-06-01 06:30:00+00:00",
        "infinity",
        '["a", null]',
        '{"b": [1]}',
        "10.0.0.1",
        "27:03:00",
        None,
        "10:30:00",
        "00ff",
    ]
    types = found.tables[0].types
    assert types["feeling"] == SqlType("VARCHAR", length=4, checks=("\"feeling\" IN ('good', 'bad')",))
    assert [types[name].name for name in ("price", "seen", "tags", "host", "code")] == [
        "NUMERIC",
        "TIMESTAMP WITH TIME ZONE",
        "JSON",
        "INET",
        "BINARY",
    ]


def test_a_column_of_pictures_is_left_out_and_said_to_be(empty_url):
    kind = "BLOB" if empty_url.startswith("sqlite") else "BYTEA"
    zeros = "zeroblob(2000)" if empty_url.startswith("sqlite") else "decode(repeat('00', 2000), 'hex')"
    run(
        empty_url,
        f"CREATE TABLE people (id INTEGER PRIMARY KEY, face {kind}); INSERT INTO people VALUES (1, {zeros});",
    )
    found = read_database(empty_url)
    assert found.frames["people"].columns.tolist() == ["id"]
    assert found.tables[0].columns == ("id",)
    assert found.findings == ("people.face is left out: it holds more than 1,024 bytes in a cell.",)


def test_names_of_any_kind_are_read(empty_url):
    run(
        empty_url,
        'CREATE TABLE "order" ("select" INTEGER PRIMARY KEY, "it\'s 🐉" TEXT, "a%b:c\\d" TEXT, "Sum" TEXT);'
        "INSERT INTO \"order\" VALUES (1, 'a''b', '100%', 'back\\slash');"
        'CREATE TABLE "Order 2" (x INTEGER);',
    )
    found = read_database(empty_url)
    assert found.frames["order"].columns.tolist() == ["select", "it's 🐉", "a%b:c\\d", "Sum"]
    assert found.frames["order"].iloc[0].tolist() == ["1", "a'b", "100%", "back\\slash"]
    assert len(found.frames["Order 2"]) == 0


def test_only_the_named_tables_are_read_and_a_view_is_one(empty_url):
    run(empty_url, BANK + "CREATE VIEW rich AS SELECT * FROM transactions WHERE amount > 100;")
    found = read_database(empty_url, tables=["accounts", "rich"])
    assert {name: len(frame) for name, frame in found.frames.items()} == {"accounts": 2, "rich": 1}
    assert found.relations == ()
    assert found.findings == ('accounts.customer_id refers to the table "customers", which is not read.',)


def test_a_schema_is_read_without_the_tables_of_others(postgres_url):
    run(postgres_url, "CREATE SCHEMA shop; CREATE TABLE shop.items (id INTEGER PRIMARY KEY);" + BANK)
    assert list(read_database(postgres_url, schema="shop").frames) == ["items"]
    with pytest.raises(DataError, match='has no schema "shops"'):
        read_database(postgres_url, schema="shops")


def test_partitions_are_read_once(postgres_url):
    run(
        postgres_url,
        "CREATE TABLE logs (at DATE, n INTEGER) PARTITION BY RANGE (at);"
        "CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
        "INSERT INTO logs VALUES ('2024-05-01', 1);",
    )
    assert {name: len(frame) for name, frame in read_database(postgres_url).frames.items()} == {"logs": 1}


def test_progress_counts_the_rows(empty_url):
    run(empty_url, BANK)
    heard: list[Progress] = []
    read_database(empty_url, on_progress=heard.append)
    assert {one.stage for one in heard} == {Stage.READ}
    assert (heard[-1].rows, heard[-1].total_rows, heard[-1].parts, heard[-1].total_parts) == (7, 7, 3, 3)


def test_stop_ends_reading(empty_url):
    run(empty_url, BANK)
    with pytest.raises(JobCancelled, match="nothing was kept"):
        read_database(empty_url, on_progress=lambda one: Signal.STOP if one.rows else Signal.CONTINUE)


def test_a_table_that_changes_while_it_is_read_is_read_as_it_was(empty_url):
    run(empty_url, BANK)
    if empty_url.startswith("sqlite"):
        run(empty_url, "PRAGMA journal_mode=WAL")  # otherwise the writer has to wait

    changes = iter(["DELETE FROM transactions; INSERT INTO customers VALUES (3, 'd', 'DE', '1', NULL, 1);"])

    def change(one: Progress) -> None:
        run(empty_url, next(changes, "") if one.rows == 3 else "")

    found = read_database(empty_url, on_progress=change)
    assert {name: len(frame) for name, frame in found.frames.items()} == {
        "customers": 3,
        "accounts": 2,
        "transactions": 2,
    }
    assert ask(empty_url, "SELECT count(*) FROM transactions") == [(0,)]


def test_a_connection_that_is_lost_on_the_way_ends_reading(postgres_url):
    run(postgres_url, BANK)

    def cut(one: Progress) -> None:
        if one.rows == 3 and one.parts == 0:
            run(
                postgres_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid();",
            )

    with pytest.raises(StoreError, match="connection to the database was lost"):
        read_database(postgres_url, on_progress=cut)


def test_reading_changes_nothing_in_the_folder_of_a_file(tmp_path):
    url = f"sqlite:///{tmp_path / 'a?b#c%.db'}".replace("?", "%3F").replace("#", "%23")
    file = tmp_path / "bank.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(BANK)
    connection.close()
    before = file.read_bytes()
    read_database(f"sqlite:///{file}")
    assert (file.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (before, ["bank.db"])
    with pytest.raises(DataError, match="There is no file"):
        read_database(url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    file = tmp_path / "bank.db"
    file.write_text("id;name\n1;Ada\n" * 100)
    with pytest.raises(DataError, match="not an SQLite database"):
        read_database(f"sqlite:///{file}")


def test_numbers_that_sqlite_keeps_as_floats_have_no_noise(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    run(
        url,
        "CREATE TABLE t (a DECIMAL(9, 2), b REAL, c DECIMAL(9, 2));"
        "INSERT INTO t VALUES (1.1 * 3, 1.1 * 3, 1.239), (4, 4, 4);",
    )
    assert read_database(url).frames["t"].to_numpy().tolist() == [
        ["3.30", "3.3000000000000003", "1.239"],
        ["4.00", "4.0", "4.00"],
    ]


def test_cells_of_another_type_than_their_column_stay_text(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    run(
        url,
        "CREATE TABLE t (a INTEGER, b DATE, c BOOLEAN);"
        "INSERT INTO t VALUES ('x', 'soon', 7), (1, '2024-01-31', 1);",
    )
    assert read_database(url).frames["t"].to_numpy().tolist() == [
        ["x", "soon", "7"],
        ["1", "2024-01-31", "True"],
    ]


def test_types_of_sqlite_are_as_its_cells_are(tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    run(
        url,
        "CREATE TABLE t (a INTEGER NOT NULL, b DECIMAL(4, 1), c VARCHAR(2), d TIMESTAMP, e DATE,"
        "f VARCHAR(2));"
        "INSERT INTO t VALUES ('x', 12345.678, 'long', '2024-06-01 12:00+05:30', '2024-01-31', 'ab');",
    )
    assert dict(read_database(url).tables[0].types) == {
        "a": SqlType("TEXT", is_required=True),
        "b": SqlType("NUMERIC", precision=8, scale=3),
        "c": SqlType("VARCHAR", length=4),
        "d": SqlType("TIMESTAMP WITH TIME ZONE"),
        "e": SqlType("DATE"),
        "f": SqlType("VARCHAR", length=2),
    }
