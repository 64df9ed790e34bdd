"""Several related tables through the command line: registered, ruled, trained, written and loaded."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.cli import run
from pipeline.settings import PROJECT_ROOT
from tests.integration.conftest import Command, Refusal
from tests.small_bank import RULES, find_faults, make_small_bank, write_small_bank
from tests.unit import databases

RELATIONS = {"customers.referred_by", "accounts.customer_id", "bookings.account_id"}
NAMES = ("customers", "accounts", "bookings")
MADE = ("generate", "shop", "--epochs", 1, "--as-of", "2026-05-17")


@pytest.fixture(scope="module")
def shop(home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small bank, registered with its rules in the state folder of the module."""
    files = write_small_bank(tmp_path_factory.mktemp("shop"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(home))
        assert run(["add", "shop", *map(str, files)]) == 0
        assert run(["rules", "shop", *(part for rule in RULES for part in ("--add", rule))]) == 0
    return "shop"


def _read_folder(folder: Path) -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in NAMES}


def _read_zip(file: Path) -> dict[str, pd.DataFrame]:
    with zipfile.ZipFile(file) as archive:
        return {name: pd.read_csv(archive.open(f"{name}.csv")) for name in NAMES}


def _read_workbook(file: Path) -> dict[str, pd.DataFrame]:
    return pd.read_excel(file, sheet_name=list(NAMES))


def _read_script(file: Path) -> dict[str, pd.DataFrame]:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(file.read_text("utf-8"))
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    tables = {name: pd.read_sql(f"SELECT * FROM {name}", connection) for name in NAMES}
    connection.close()
    return tables


def _ids(schema: Mapping[str, Any]) -> set[str]:
    return {one["id"] for one in schema["relations"]}


def test_files_a_folder_an_archive_and_a_workbook_give_the_same_relations(
    command: Command, tmp_path: Path
) -> None:
    files = write_small_bank(tmp_path / "in")
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "in"))
    with pd.ExcelWriter(tmp_path / "book.xlsx") as book:
        for name, table in make_small_bank().items():
            table.to_excel(book, sheet_name=name, index=False)
    given = {"files": files, "folder": [tmp_path / "in"], "zip": [archive], "book": [tmp_path / "book.xlsx"]}
    for name, paths in given.items():
        added = command("add", f"from_{name}", *paths)
        assert _ids(added) == RELATIONS, name
        assert {one["name"]: one["primary_key"] for one in added["tables"]} == {
            "customers": ["customer_id"],
            "accounts": ["account_id"],
            "bookings": ["booking_id"],
        }, name
    listed = {one["name"]: len(one.get("tables", ())) for one in command("datasets")["datasets"]}
    assert [listed[f"from_{name}"] for name in given] == [3, 3, 3, 3]
    assert (listed["bank"], listed["pci"]) == (6, 0)


def test_a_workbook_with_a_cover_sheet_is_one_table(command: Command, tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "report.xlsx") as book:
        pd.DataFrame({"Report": ["Made in May"]}).to_excel(book, sheet_name="Cover", index=False)
        make_small_bank()["customers"].drop(columns="referred_by").to_excel(
            book, sheet_name="data", index=False
        )
    added = command("add", "covered", tmp_path / "report.xlsx")
    assert [one["name"] for one in added["columns"]] == ["customer_id", "segment", "income", "joined"]


def test_a_preview_registers_nothing(command: Command, tmp_path: Path) -> None:
    files = write_small_bank(tmp_path / "in")
    assert _ids(command("add", "seen", *files, "--preview")) == RELATIONS
    assert "seen" not in [one["name"] for one in command("datasets")["datasets"]]


def test_rules_are_proposed_confirmed_added_and_removed(
    command: Command, refusal: Refusal, tmp_path: Path
) -> None:
    command("add", "ruled", *write_small_bank(tmp_path / "in"))

    def read(*options: object) -> dict[str, bool]:
        return {one["rule"]: one["confirmed"] for one in command("rules", "ruled", *options)["rules"]}

    assert read() == {}
    proposed = read("--propose")
    assert "accounts.opened >= customers.joined" in proposed
    assert "business_day(bookings.date)" in proposed
    assert set(proposed.values()) == {False}
    assert read() == {}
    assert read("--accept") == dict.fromkeys(proposed, True)
    assert read("--remove", "business_day(bookings.date)").keys() == proposed.keys() - {
        "business_day(bookings.date)"
    }
    assert read("--add", "accounts.closed >= accounts.opened")["accounts.closed >= accounts.opened"]
    broken = refusal("rules", "ruled", "--add", "bookings.amount >= 0")
    assert 'The sample breaks "bookings.amount >= 0" in' in broken
    assert broken.count("\n") == 1
    for text, wrong in (("bookings.nothing >= 0", "nothing"), ("twice(bookings.date)", "twice"), ("", "")):
        assert wrong in refusal("rules", "ruled", "--add", text)
    assert "There is no rule" in refusal("rules", "ruled", "--remove", "accounts.closed >= customers.joined")


def test_columns_are_listed_and_changed_by_table(command: Command, refusal: Refusal, shop: str) -> None:
    found = command("columns", shop)["tables"]
    assert list(found) == list(NAMES)
    roles = {one["name"]: one["role"] for one in found["bookings"]}
    assert list(roles) == ["booking_id", "account_id", "date", "kind", "amount", "balance"]
    assert "names no table" in refusal("columns", shop, "--set", "amount=numerical")
    assert "nowhere" in refusal("columns", shop, "--set", "nowhere.amount.minimum=0")


def test_a_training_is_reused(command: Command, refusal: Refusal, shop: str) -> None:
    first = command("train", shop, "--epochs", 1)
    assert first.keys() == {"model", "synthesizer", "epochs", "seconds", "reused"}
    again = command("train", shop, "--epochs", 1)
    assert (again["model"], again["reused"]) == (first["model"], True)
    assert "--batch-size" in refusal("train", shop, "--batch-size", 100)
    assert "does not learn several tables" in refusal("train", shop, "--synthesizer", "ctgan")


@pytest.mark.parametrize(
    ("out", "options", "read"),
    [
        ("s.zip", (), _read_zip),
        ("s.xlsx", (), _read_workbook),
        ("s.sql", (), _read_script),
        ("folder", ("--format", "parquet"), _read_folder),
    ],
    ids=["zip", "workbook", "script", "folder"],
)
def test_every_output_keeps_every_key_and_rule(
    command: Command, shop: str, tmp_path: Path, out: str, options: tuple[str, ...], read: Any
) -> None:
    done = command(*MADE, "--scale", 1, "--out", tmp_path / out, *options)
    tables = read(tmp_path / out)
    assert {name: len(table) for name, table in tables.items()} == done["rows"]
    assert done["rows"]["customers"] == 40
    assert find_faults(tables) == []
    assert {one["relation"]: one["integrity"] for one in done["relations"]} == dict.fromkeys(RELATIONS, 1.0)
    assert [one for one in (*done["keys"], *done["rules"]) if one["failed"]] == []
    assert len(done["rules"]) == len(RULES)


def test_the_same_seed_gives_the_same_bytes_and_a_manifest(
    command: Command, shop: str, tmp_path: Path
) -> None:
    first, again, other = (
        command(*MADE, "--scale", 0.5, "--seed", seed, "--out", tmp_path / f"{name}.zip")
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    assert first["sha256"] == again["sha256"] != other["sha256"]
    manifest = json.loads((tmp_path / "first.zip.manifest.json").read_text("utf-8"))
    assert (manifest["seed"], manifest["scale"], manifest["rows"]) == (3, 0.5, first["rows"])


def test_what_is_loaded_into_a_database_can_be_registered_and_generated_again(
    command: Command, shop: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    planned = command(*MADE, "--into", url, "--dry-run")
    assert [text for text in planned["statements"] if "CREATE TABLE" in text]
    assert not (tmp_path / "shop.db").exists() or databases.ask(url, "SELECT name FROM sqlite_master") == []
    loaded = command(*MADE, "--into", url)
    assert loaded["counts"] == planned["counts"] == loaded["rows"]
    assert databases.ask(url, "PRAGMA foreign_key_check") == []
    assert _ids(command("add", "copied", "--database", url)) == RELATIONS
    done = command("generate", "copied", "--epochs", 1, "--out", tmp_path / "again.sql")
    assert {one["relation"]: one["integrity"] for one in done["relations"]} == dict.fromkeys(RELATIONS, 1.0)
    assert len(_read_script(tmp_path / "again.sql")["customers"]) == 40


def test_a_database_that_does_not_fit_is_left_as_it_is(
    shop: str, refusal: Refusal, home: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'full.db'}"
    databases.run(url, "CREATE TABLE customers (customer_id TEXT); INSERT INTO customers VALUES ('C1');")
    before = sorted((home / "related-models").glob("*"))
    # Nothing is trained for tables that could not be loaded.
    told = refusal("generate", "shop", "--epochs", 2, "--into", url)
    assert 'Table "customers" of the database has no column "segment"' in told
    assert sorted((home / "related-models").glob("*")) == before
    assert databases.ask(url, "SELECT * FROM customers") == [("C1",)]
    assert databases.ask(url, "SELECT name FROM sqlite_master") == [("customers",)]


def test_a_part_of_a_database_has_no_loose_ends(
    command: Command, refusal: Refusal, shop: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'source.db'}"
    command(*MADE, "--scale", 2, "--into", url)
    part = ("--root", "customers=60", "--tables", "customers,accounts")
    added = command("add", "part", "--database", url, *part)
    assert [one["name"] for one in added["tables"]] == ["customers", "accounts"]
    assert "not a limit of rows" in refusal("add", "other", "--database", url, "--root", "customers")
    assert "Files and a database" in refusal("add", "other", tmp_path / "source.db", "--database", url)
    assert "nothing to register" in refusal("add", "other")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("shop", "--rows", 1000), "Several tables have no number of rows"),
        (("shop", "--scale", 0), "out of range"),
        (("shop", "--scale", 1001), "out of range"),
        (("shop", "--share", "kind=credit:0.5"), "for one table"),
        (("shop", "--format", "word"), "cannot be written"),
        (("shop", "--dialect", "dbase"), "There is no dialect"),
        (("shop", "--out", "tables.docx"), "ends like a file of one table"),
        (("shop", "--out", "tables.xlsx", "--format", "sql"), "does not end like a file of sql"),
        (("shop", "--out", "tables.csv"), "or name a folder"),
        (("pci", "--rows", 1000, "--scale", 2), "for several tables"),
        (("pci",), "The number of records is missing"),
    ],
)
def test_options_of_the_other_kind_of_dataset_are_refused(
    refusal: Refusal, shop: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    options: tuple[object, ...], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert message in refusal("generate", *options)
    assert list(tmp_path.iterdir()) == []


def _make_circle() -> dict[str, pd.DataFrame]:
    tables = make_small_bank()
    first = tables["accounts"].drop_duplicates("customer_id").set_index("customer_id").account_id
    main = tables["customers"].customer_id.map(first).fillna("A00001")
    return {"customers": tables["customers"].assign(account_id=main)}


def _make_orphans() -> dict[str, pd.DataFrame]:
    return {"customers": make_small_bank()["customers"].head(36).drop(columns="referred_by")}


def _make_duplicates() -> dict[str, pd.DataFrame]:
    customers = make_small_bank()["customers"]
    return {"customers": pd.concat([customers, customers.head(1)])}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_make_circle, ("customers", "accounts")),
        (_make_orphans, ("accounts", "customers", "customer_id")),
        (_make_duplicates, ("customers", "customer_id")),
    ],
)
def test_circles_orphans_and_duplicate_keys_are_refused_by_name(
    refusal: Refusal, home: Path, tmp_path: Path, change: Any, words: tuple[str, ...]
) -> None:
    told = refusal("add", "broken", *write_small_bank(tmp_path, **change()))
    assert [word for word in words if word not in told] == []
    assert told.count("\n") == 1
    assert not (home / "related" / "broken").exists()
    assert list((home / "related").glob(".*")) == [] if (home / "related").exists() else True


def test_the_built_in_bank_keeps_its_keys(command: Command, tmp_path: Path) -> None:
    done = command("generate", "bank", "--scale", 0.2, "--epochs", 1, "--out", tmp_path / "bank.zip")
    assert done["verdict"] in ("pass", "look")
    assert done.keys() >= {"verdict", "reasons", "tables", "relations", "learned"}
    assert {one["integrity"] for one in done["relations"]} == {1.0}
    assert [one for one in (*done["keys"], *done["rules"]) if one["failed"]] == []
    assert done["rows"]["customers"] == 80
    kept = pd.read_csv(PROJECT_ROOT / "content3" / "merchant_categories.csv")
    with zipfile.ZipFile(tmp_path / "bank.zip") as archive:
        assert pd.read_csv(archive.open("merchant_categories.csv")).equals(kept)


def test_several_tables_are_loaded_into_postgresql(
    command: Command, shop: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = databases.make_url_of("postgresql", request, tmp_path)
    loaded = command(*MADE, "--into", url)
    for name, count in loaded["rows"].items():
        assert databases.ask(url, f"SELECT count(*) FROM {name}") == [(count,)]
    assert "postgresql" in loaded["database"]
    assert _ids(command("add", "from_postgresql", "--database", url)) == RELATIONS
