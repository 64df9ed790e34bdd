"""What a database would refuse, said before any row is made; nothing is left of the rehearsal."""

from __future__ import annotations

import pandas as pd
import pytest
from sqlalchemy import inspect, make_url

from pipeline.datasets.databases.address import open_reader, parse_address
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.errors import DataError, StoreError
from pipeline.exporters.sql.rehearsal import rehearse_load
from tests.unit.databases import ask, run
from tests.unit.exporters.export_cases import PROVENANCE

SHOP = RelatedSchema(
    "shop",
    "Shop",
    "",
    PROVENANCE.as_of,
    (
        RelatedTable("customers", ("id", "city", "joined"), ("id",)),
        RelatedTable("orders", ("id", "customer", "amount"), ("id",)),
    ),
    (Relation("orders", ("customer",), "customers", ("id",)),),
)
SAMPLE = {
    "customers": pd.DataFrame(
        {
            "id": ["C1", "C2"],
            "city": ["Oslo", None],
            "joined": pd.to_datetime(["2024-01-31", "2024-02-29"]),
        }
    ),
    "orders": pd.DataFrame({"id": [1, 2], "customer": ["C1", "C1"], "amount": [1.25, 40_000.0]}),
}
CUSTOMERS = "CREATE TABLE customers (id VARCHAR(8) PRIMARY KEY, city VARCHAR(20), joined DATE"


def rehearse(url: str, append: bool = False, schema: str | None = None) -> None:
    rehearse_load(url, SHOP, SAMPLE, schema, append)


def list_tables(url: str) -> list[str]:
    engine = open_reader(parse_address(url))
    with engine.connect() as connection:
        found = inspect(connection).get_table_names()
    engine.dispose()
    return found


def test_an_empty_database_is_left_empty(empty_url):
    run(empty_url, "CREATE TABLE other (id INTEGER)")
    rehearse(empty_url)
    assert list_tables(empty_url) == ["other"]


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    rehearse(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(DataError, match=r"No file can be made in .*nowhere"):
        rehearse(f"sqlite:///{tmp_path / 'nowhere' / 'new.db'}")
    assert list(tmp_path.iterdir()) == []


def test_tables_that_fit_are_accepted_and_stay_empty(empty_url):
    run(empty_url, f"{CUSTOMERS}, note VARCHAR(9) DEFAULT 'none' NOT NULL)")
    rehearse(empty_url)
    assert ask(empty_url, "SELECT count(*) FROM customers") == [(0,)]
    assert list_tables(empty_url) == ["customers"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE TABLE customers (id VARCHAR(8) PRIMARY KEY)", 'has no column "city"'),
        (f"{CUSTOMERS}, note VARCHAR(9) NOT NULL)", 'column "note" that may not be empty'),
        (f"{CUSTOMERS}); INSERT INTO customers (id) VALUES ('C7')", r"not empty: customers \(1 rows\)"),
        (
            "CREATE TABLE customers (id VARCHAR(8) PRIMARY KEY, city VARCHAR(20), joined DATE NOT NULL"
            " CHECK (joined > '2024-02-01'))",
            'column "joined" holds 1 values that break CHECK',
        ),
    ],
    ids=["column", "required", "rows", "check"],
)
def test_tables_that_cannot_be_filled_are_refused(empty_url, statement, message):
    run(empty_url, statement)
    with pytest.raises(DataError, match=message):
        rehearse(empty_url)
    assert list_tables(empty_url) == ["customers"]


ORDERS = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer VARCHAR(8), amount NUMERIC(8, 2) CHECK "


def test_checks_of_numbers_compare_numbers(empty_url):
    run(empty_url, f"{CUSTOMERS}); {ORDERS}(amount <= 500))")
    with pytest.raises(DataError, match=r'column "amount" holds 1 values that break CHECK \(amount <= …\)'):
        rehearse(empty_url)
    run(empty_url, f"DROP TABLE orders; {ORDERS}(amount BETWEEN 0 AND 100000))")
    rehearse(empty_url)


def test_rows_that_are_there_stay_where_rows_are_appended(empty_url):
    run(empty_url, f"{CUSTOMERS}); INSERT INTO customers (id) VALUES ('C7')")
    rehearse(empty_url, append=True)
    assert ask(empty_url, "SELECT id FROM customers") == [("C7",)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("id VARCHAR(1) PRIMARY KEY, city TEXT, joined DATE", '"id" holds 2 values longer than 1'),
        ("id TEXT PRIMARY KEY, city INTEGER, joined DATE", '"city" holds 1 values that are no whole number'),
        ("id TEXT PRIMARY KEY, city TEXT, joined BOOLEAN", '"joined" holds 2 values that are no boolean'),
    ],
)
def test_types_that_do_not_fit_are_refused(postgres_url, columns, message):
    run(postgres_url, f"CREATE TABLE customers ({columns})")
    with pytest.raises(DataError, match=message):
        rehearse(postgres_url)
    assert list_tables(postgres_url) == ["customers"]


def test_missing_rights_are_told(postgres_url):
    run(postgres_url, f"CREATE ROLE guest_{make_url(postgres_url).database} LOGIN; {CUSTOMERS});")
    guest = make_url(postgres_url).set(username=f"guest_{make_url(postgres_url).database}")
    as_guest = guest.render_as_string(hide_password=False)
    with pytest.raises(DataError, match='no right to "customers"'):
        rehearse(as_guest)
    run(postgres_url, f"GRANT SELECT, INSERT, REFERENCES ON customers TO {guest.username}")
    with pytest.raises(DataError, match=r'"orders" cannot be loaded\. The user has no right'):
        rehearse(as_guest)
    run(postgres_url, f"GRANT CREATE ON SCHEMA public TO {guest.username}")
    rehearse(as_guest)
    assert list_tables(postgres_url) == ["customers"]
    with pytest.raises(DataError, match='no schema "attic"'):
        rehearse(as_guest, schema="attic")


def test_a_server_that_is_away_is_told(tmp_path):
    with pytest.raises(StoreError):
        rehearse(f"postgresql+psycopg://nobody@/none?host={tmp_path}")
