"""Sets of tables through the command line, from a database and into one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import Command, Refusal
from tests.postgresql import PostgresServer
from tests.unit.databases import ask, make_url_of, run

CLIENTS, BILLS = 40, 120
COLUMNS = {"clients": ["id", "segment"], "bills": ["id", "client_id", "amount"]}
TABLES = """
CREATE TABLE clients (id INTEGER PRIMARY KEY, segment VARCHAR(10) NOT NULL);
CREATE TABLE bills (id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL REFERENCES clients(id), amount NUMERIC(9,2));
"""  # noqa: E501


def fill_bills(url: str, script: str = TABLES) -> None:
    """Two tables with keys, made by a script, with rows in the columns that both dialects fill."""
    rng = np.random.default_rng(4)
    segments = rng.choice(["private", "business"], CLIENTS)
    amounts = rng.gamma(2, 60, BILLS).round(2)
    clients = ", ".join(f"({place + 1}, '{segment}')" for place, segment in enumerate(segments))
    bills = ", ".join(f"({place + 1}, {place % CLIENTS + 1}, {one})" for place, one in enumerate(amounts))
    own = "OVERRIDING SYSTEM VALUE " if "AS IDENTITY" in script else ""
    rows = f"INSERT INTO clients (id, segment) {own}VALUES {clients};"
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


def test_a_preview_of_a_database_registers_nothing_and_options_of_files_are_refused(
    command: Command, refusal: Refusal, home: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'bills.db'}"
    fill_bills(url)
    planned = command("add", "looked_at", "--database", url, "--preview")
    assert [one["name"] for one in planned["tables"]] == ["clients", "bills"]
    assert not list(home.rglob("looked_at"))
    assert "mean nothing for a database" in refusal("add", "looked_at", "--database", url, "--public", "id")


ODD = {"clients": "Größen", "bills": "Order Items"}
ODDER = {"clients": "a/b", "bills": "../x.y z"}


@pytest.mark.parametrize("names", [ODD, ODDER])
def test_tables_of_any_name_go_from_a_database_to_all_files_and_back(
    command: Command, home: Path, tmp_path: Path, names: dict[str, str]
) -> None:
    url, name, (clients, bills) = (
        f"sqlite:///{tmp_path / 'odd.db'}",
        f"odd_{len(names['bills'])}",
        names.values(),
    )
    fill_bills(url)
    for plain, odd in names.items():
        run(url, f'ALTER TABLE {plain} RENAME TO "{odd}"')
    added = command("add", name, "--database", url)
    assert {one["name"] for one in added["tables"]} == set(names.values())
    assert {path.name for path in (home / "related" / name).iterdir()} >= {"tables", "links", "schema.yaml"}
    changed = command("columns", name, "--set", f"{bills}.amount.minimum=0")
    assert [one["id"] for one in changed["schema"]["relations"]] == [f"{bills}.client_id"]
    for file in ("out.zip", "out.xlsx", "out.sql"):
        command("generate", name, "--epochs", 1, "--out", tmp_path / file)
    copy = f"sqlite:///{tmp_path / 'copy.db'}"
    done = command("generate", name, "--epochs", 1, "--into", copy)
    assert ask(copy, f'SELECT count(*) FROM "{bills}"') == [(done["counts"][bills],)]
    command("bulk", name, "--epochs", 1, "--scale", 1, "--out", tmp_path / "parts")
    assert len(list((tmp_path / "parts").glob("*/part-00000.parquet"))) == len({clients, bills})


def test_empty_tables_of_a_database_or_a_folder_are_left_out_and_said(
    command: Command, refusal: Refusal, tmp_path: Path
) -> None:
    url, folder = f"sqlite:///{tmp_path / 'hollow.db'}", tmp_path / "export"
    fill_bills(
        url, TABLES + "CREATE TABLE notes (id INTEGER PRIMARY KEY, bill_id INTEGER REFERENCES bills(id));"
    )
    said = "The table has no row and is left out; check that the export was complete."
    added = command("add", "hollow", "--database", url)
    assert {one["name"] for one in added["tables"]} == {"clients", "bills"}
    assert added["findings"]["notes"] == [said]
    folder.mkdir()
    for name in ("clients", "bills"):
        pd.DataFrame(ask(url, f"SELECT * FROM {name}"), columns=COLUMNS[name]).to_csv(
            folder / f"{name}.csv", index=False
        )
    (folder / "notes.csv").write_text("id,bill_id\n")
    (folder / "blank.csv").write_text("")
    seen = command("add", "hollow_files", folder, "--preview")
    assert [one["id"] for one in seen["relations"]] == ["bills.client_id"]
    assert (seen["findings"]["notes"], seen["findings"]["blank"]) == ([said], [said])
    assert "a header but no row" in refusal("add", "hollow_named", *sorted(folder.glob("[cn]*.csv")))
    assert "none is left" in refusal("add", "hollow_all", "--database", url, "--tables", "notes")


def test_what_was_noticed_in_a_database_is_a_finding(command: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'pictures.db'}"
    fill_bills(url, f"{TABLES} ALTER TABLE clients ADD COLUMN face BLOB;")
    run(url, "UPDATE clients SET face = zeroblob(2000);")
    added = command("add", "pictures", "--database", url)
    assert added["findings"]["pictures"] == [
        "clients.face is left out: it holds more than 1,024 bytes in a cell."
    ]


CONTRACTS = """
CREATE TABLE clients (id INTEGER PRIMARY KEY, segment VARCHAR(10) NOT NULL);
CREATE TABLE contracts (
    id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL REFERENCES clients(id),
    opened {moment} NOT NULL, closed {moment},
    CONSTRAINT in_time CHECK (closed IS NULL OR closed >= opened), CHECK (id <= client_id * 1000)
);
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_checks_of_a_database_over_two_columns_are_rules_that_generated_rows_keep(
    command: Command, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url, name = make_url_of(kind, request, tmp_path), f"contracts_{kind}"
    rng = np.random.default_rng(5)
    opened = pd.Timestamp("2020-01-01 08:30:00") + pd.to_timedelta(rng.integers(0, 900, BILLS), "D")
    closed = opened + pd.to_timedelta(rng.gamma(1, 60, BILLS).round(), "D")
    rows = [
        f"({at + 1}, {at % CLIENTS + 2}, '{opened[at]}', {'NULL' if at % 3 == 0 else repr(str(closed[at]))})"
        for at in range(BILLS)
    ]
    clients = ", ".join(f"({at + 1}, '{'private' if at % 3 else 'business'}')" for at in range(CLIENTS + 1))
    script = CONTRACTS.format(moment="TIMESTAMP" if kind == "sqlite" else "TIMESTAMPTZ")
    contracts = f"INSERT INTO contracts (id, client_id, opened, closed) VALUES {', '.join(rows)};"
    run(url, f"{script} INSERT INTO clients VALUES {clients}; {contracts}")
    added = command("add", name, "--database", url)
    (finding,) = [one for one in added["findings"][name] if "CHECK" in one]
    assert "client_id * 1000" in finding
    assert "may not load" in finding
    (rule,) = command("rules", name)["rules"]
    assert (rule["rule"], rule["confirmed"]) == ("contracts.closed >= contracts.opened", True)
    copy = f"sqlite:///{tmp_path / 'copy.db'}"
    command("generate", name, "--epochs", 1, "--into", copy)
    assert ask(copy, "SELECT count(*) > 0, sum(closed < opened) FROM contracts WHERE closed > 0") == [(1, 0)]


def test_checks_over_two_columns_that_no_rule_can_keep_are_named(command: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'unkept.db'}"
    checks = ", CHECK (client_id < id + 1000), CHECK (amount <> id), CHECK (client_id <= id));"
    fill_bills(url, TABLES.replace("amount NUMERIC(9,2));", f"amount NUMERIC(9,2){checks}"))
    found = command("add", "unkept", "--database", url)["findings"]["unkept"]
    assert [one.split(",")[0] for one in found] == [
        "bills: the CHECK (client_id < id + 1000) is not understood",
        "bills: its CHECK bills.client_id <= bills.id is not kept",
        "bills: its CHECK bills.amount <> bills.id is not kept",
    ]
    assert command("rules", "unkept")["rules"] == []


GENERATED = """
CREATE TABLE clients (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, segment VARCHAR(10) NOT NULL,
    loud TEXT GENERATED ALWAYS AS (upper(segment)) STORED
);
CREATE TABLE bills (
    id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL REFERENCES clients(id), amount NUMERIC(9,2),
    twice NUMERIC(10,2) GENERATED ALWAYS AS (amount * 2) STORED, CHECK (twice >= 0)
);
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_columns_that_a_database_computes_are_computed_where_the_tables_are_loaded(
    command: Command, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    name = f"computed_{kind}"
    places = [tmp_path / place for place in ("source", "same", "new")]
    for place in places:
        place.mkdir()
    urls = [make_url_of(kind, request, place) for place in places]
    script = GENERATED
    if kind == "sqlite":
        # SQLAlchemy finds no expression behind a type with digits there.
        script = script.replace(" GENERATED ALWAYS AS IDENTITY", "").replace("(10,2)", "")
    fill_bills(urls[0], script)
    run(urls[1], script)
    added = command("add", name, "--database", urls[0])
    assert {one["name"]: one["columns"] for one in added["tables"]} == COLUMNS
    assert [one.partition(" is left out")[0] for one in added["findings"][name]] == [
        "bills.twice",
        "clients.loud",
    ]
    for url in urls[1:]:
        loaded = command("generate", name, "--epochs", 1, "--into", url)
        assert ask(url, "SELECT count(*) FROM bills WHERE twice = amount * 2") == [
            (loaded["counts"]["bills"],)
        ]
        assert ask(url, "SELECT count(*) FROM clients WHERE loud = upper(segment)") == [(CLIENTS,)]
    command("generate", name, "--epochs", 1, "--out", tmp_path / "out.sql", "--dialect", "mysql")
    assert "twice" not in (tmp_path / "out.sql").read_text()


def test_types_that_postgresql_alone_has_are_kept_for_it(
    command: Command, postgres: PostgresServer, tmp_path: Path
) -> None:
    source = postgres.create_empty()
    fill_bills(source)
    run(source, "ALTER TABLE clients ADD COLUMN ip inet, ADD COLUMN meta jsonb;")
    run(source, "UPDATE clients SET ip = ('10.0.0.' || id)::inet, meta = '{\"a\": 1}';")
    command("add", "own_types", "--database", source)
    for dialect, types in (("postgresql", ("INET", "JSONB")), ("sqlite", ("TEXT", "TEXT"))):
        command("generate", "own_types", "--epochs", 1, "--out", tmp_path / "out.sql", "--dialect", dialect)
        text = (tmp_path / "out.sql").read_text()
        assert f'"ip" {types[0]}' in text
        assert f'"meta" {types[1]}' in text
    loaded = command("generate", "own_types", "--epochs", 1, "--into", postgres.create_empty())
    assert loaded["counts"]["clients"] == CLIENTS


def test_short_text_keys_and_unique_columns_with_gaps_load_where_they_came_from(
    command: Command, tmp_path: Path
) -> None:
    source, target = f"sqlite:///{tmp_path / 'short.db'}", f"sqlite:///{tmp_path / 'short_copy.db'}"
    rng = np.random.default_rng(6)
    regions = "('N', 'North'), ('S', 'South'), ('E', 'East'), ('W', 'West')"
    rows = []
    for place in range(1, 201):
        badge = f"'B{place * 7919 % 99991:05d}'" if place % 6 else "NULL"
        mail = f"'p{place}@example.org'" if place % 6 else "NULL"
        age, sex = rng.integers(20, 70), rng.choice(["m", "f"])
        rows.append(f"({place}, {badge}, {mail}, {age}, '{sex}', '{'NSEW'[place % 4]}')")
    run(
        source,
        "CREATE TABLE region (code VARCHAR(3) PRIMARY KEY, label VARCHAR(30) NOT NULL);"
        "CREATE TABLE client (id INTEGER PRIMARY KEY, badge VARCHAR(8) UNIQUE,"
        " mail VARCHAR(60) UNIQUE, age INTEGER NOT NULL,"
        " sex CHAR(1), region VARCHAR(3) NOT NULL REFERENCES region(code));"
        f"INSERT INTO region VALUES {regions}; INSERT INTO client VALUES {', '.join(rows)};",
    )
    command("add", "short", "--database", source)
    command("generate", "short", "--epochs", 1, "--into", target)
    codes = {code for (code,) in ask(target, "SELECT code FROM region")}
    assert len(codes) == 4
    assert all(len(code) <= 3 for code in codes)
    ((made,),) = ask(target, "SELECT count(*) FROM client")
    for column in ("badge", "mail"):
        query = f"SELECT sum({column} IS NULL), count(DISTINCT {column}) FROM client"
        ((gaps, distinct),) = ask(target, query)
        assert distinct == made - gaps
        assert gaps / made == pytest.approx(33 / 200, abs=0.08)
