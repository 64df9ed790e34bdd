"""Sets of tables through the command line, from a database and into one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.integration.conftest import Command
from tests.postgresql import PostgresServer
from tests.unit.databases import run

CLIENTS, BILLS = 40, 120
TABLES = """
CREATE TABLE clients (id INTEGER PRIMARY KEY, segment VARCHAR(10) NOT NULL);
CREATE TABLE bills (id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL REFERENCES clients(id), amount NUMERIC(9,2));
"""


def fill_bills(url: str, script: str = TABLES) -> None:
    """Two tables with keys, made by a script, with rows in the columns that both dialects fill."""
    rng = np.random.default_rng(4)
    segments = rng.choice(["private", "business"], CLIENTS)
    amounts = rng.gamma(2, 60, BILLS).round(2)
    clients = ", ".join(f"({place + 1}, '{segment}')" for place, segment in enumerate(segments))
    bills = ", ".join(f"({place + 1}, {place % CLIENTS + 1}, {one})" for place, one in enumerate(amounts))
    rows = f"INSERT INTO clients (id, segment) VALUES {clients};"
    run(url, f"{script} {rows} INSERT INTO bills (id, client_id, amount) VALUES {bills};")


def test_passwords_of_the_environment_reach_commands(
    command: Command, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = postgres.create_empty(), postgres.create_empty()
    fill_bills(source)
    monkeypatch.setenv("WORKBENCH_SOURCE_PASSWORD", "of the source")
    added = command("add", "billed", "--database", source)
    assert [one["name"] for one in added["tables"]] == ["clients", "bills"]
    monkeypatch.delenv("WORKBENCH_SOURCE_PASSWORD")
    monkeypatch.setenv("WORKBENCH_TARGET_PASSWORD", "of the target")
    planned = command("generate", "billed", "--scale", 1, "--epochs", 1, "--into", target, "--dry-run")
    assert planned["counts"] == {"clients": CLIENTS, "bills": planned["rows"]["bills"]}
