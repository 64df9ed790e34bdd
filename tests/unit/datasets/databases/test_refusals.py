"""Addresses that cannot be used, rights that are missing, and a password that nobody sees."""

from __future__ import annotations

import logging
import sys
import traceback
import warnings

import pytest
from sqlalchemy import make_url

from pipeline.datasets.databases.address import open_reader, parse_address
from pipeline.datasets.databases.failures import translated_failures
from pipeline.datasets.databases.reading import read_database, reading
from pipeline.errors import DataError, StoreError, WorkbenchError
from tests.unit.databases import run

PASSWORD = "Tr0ub4dor&3"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ada:Tr0ub4dor&3@host/bank",
        "postgresql://ada:Tr0ub@dor&3@host/bank",
        "postgresql://ada@Tr0ub4dor&3@host/bank",
        "postgresql://ada@host/bank?password=Tr0ub4dor&3",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3DTr0ub4dor%263",
        "postgresql://ada:@host/bank",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(address):
    with pytest.raises(DataError, match="holds a password") as caught:
        read_database(address)
    assert "WORKBENCH_SOURCE_PASSWORD" in caught.value.hint
    assert "Tr0ub" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "cannot be read"),
        ("bank.db", "cannot be read"),
        ("postgresql://host:port/bank", "cannot be read"),
        ("nosuch://host/bank", '"nosuch" is not a supported kind of database'),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////no/such/file.db", "There is no file /no/such/file.db"),
        ("postgresql+psycopg://host/bank?port=x", "option that is unknown"),
    ],
)
def test_an_address_that_names_no_database_is_refused(address, message):
    with pytest.raises(WorkbenchError, match=message):
        read_database(address)


def test_a_missing_driver_is_named_with_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(DataError, match="The driver pymysql for mysql is missing") as caught:
        read_database("mysql+pymysql://host/bank")
    assert ".venv/bin/pip install pymysql" in caught.value.hint


def test_a_server_that_is_away_is_a_store_error():
    with pytest.raises(StoreError, match="cannot be reached"):
        read_database("postgresql+psycopg://ada@127.0.0.1:1/bank", password=PASSWORD)


def test_a_database_a_user_and_a_table_that_are_missing_are_named(postgres_url):
    run(postgres_url, "CREATE TABLE items (id INTEGER PRIMARY KEY);")
    address = make_url(postgres_url)
    for other, message in (
        (address.set(database="nosuch"), "no database of that name"),
        (address.set(username="nosuch"), "refused the user or the password"),
    ):
        with pytest.raises(DataError, match=message):
            read_database(other.render_as_string())
    with pytest.raises(DataError, match='has no table "item"') as caught:
        read_database(postgres_url, tables=["item"])
    assert caught.value.hint == "use some of items."


def test_an_empty_database_is_refused(postgres_url):
    with pytest.raises(DataError, match="has no tables here"):
        read_database(postgres_url)


def test_a_table_without_the_right_to_read_it_is_named(postgres_url):
    run(postgres_url, "CREATE ROLE clerk LOGIN; CREATE TABLE secrets (id INTEGER PRIMARY KEY);")
    address = make_url(postgres_url).set(username="clerk").render_as_string()
    try:
        with pytest.raises(DataError, match='no right to "secrets"'):
            read_database(address)
    finally:
        run(postgres_url, "DROP ROLE clerk;")


def test_the_password_is_in_no_message_and_no_log(postgres_url, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    address = make_url(postgres_url).set(username="nosuch")
    engine = open_reader(parse_address(address.render_as_string()), PASSWORD)
    shown = [repr(engine), str(engine.url), repr(engine.url)]
    engine.dispose()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(DataError, match="refused the user or the password") as caught:
            read_database(address.render_as_string(), password=PASSWORD)
    shown += ["".join(traceback.format_exception(caught.value)), repr(caught.value), caught.value.hint]
    shown += [caplog.text, *capfd.readouterr(), *(str(one.message) for one in warned)]
    assert [one for one in shown if PASSWORD in one or "Tr0ub" in one] == []


def test_reading_can_change_nothing(empty_url):
    run(empty_url, "CREATE TABLE items (id INTEGER PRIMARY KEY);")
    engine = open_reader(parse_address(empty_url))
    with pytest.raises(DataError, match="no right"), translated_failures(), reading(engine) as connection:
        connection.exec_driver_sql("INSERT INTO items VALUES (1)")
    engine.dispose()
