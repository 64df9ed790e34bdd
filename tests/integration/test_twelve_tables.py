"""Twelve tables over five levels through the command line, with every kind of key among them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import Command
from tests.unit import databases

KEYS: dict[str, tuple[str, ...]] = {
    "regions": ("region_id",),
    "districts": ("district_id",),
    "branches": ("branch_id",),
    "customers": ("customer_id",),
    "accounts": ("account_id",),
    "statements": ("account_id", "statement_no"),
    "advisers": ("adviser_id",),
    "visits": ("visit_id",),
    "products": ("product_id",),
    "campaigns": ("campaign_id",),
    "contacts": ("customer_id", "campaign_id"),
    "loans": ("loan_id",),
}
RELATIONS = {
    "districts.region_id": "regions",
    "branches.district_id": "districts",
    "customers.branch_id": "branches",
    "accounts.customer_id": "customers",
    "statements.account_id": "accounts",
    "advisers.branch_id": "branches",
    "advisers.manager_id": "advisers",
    "visits.adviser_id": "advisers",
    "visits.customer_id": "customers",
    "campaigns.product_id": "products",
    "contacts.customer_id": "customers",
    "contacts.campaign_id": "campaigns",
    "loans.account_id": "accounts",
}
OPTIONAL = {"advisers.manager_id", "visits.customer_id"}


def make_tables() -> dict[str, pd.DataFrame]:
    """Composite keys (statements), a link table (contacts), a hierarchy (advisers), an optional parent."""
    rng = np.random.default_rng(6)

    def number(prefix: str, rows: int) -> list[str]:
        return [f"{prefix}{place:05d}" for place in range(1, rows + 1)]

    def draw(keys: list[str], rows: int) -> np.ndarray:
        # The last tenth has no children.
        return rng.choice(keys[: -max(1, len(keys) // 10)], rows)

    def amounts(rows: int) -> np.ndarray:
        return rng.gamma(2, 300, rows).round(2)

    ids = {
        name: number(name[:2].upper(), rows)
        for name, rows in {
            "regions": 6, "districts": 20, "branches": 40, "customers": 120, "accounts": 160, "advisers": 60,
            "visits": 140, "products": 8, "campaigns": 25, "loans": 70,
        }.items()
    }  # fmt: skip
    owners = np.sort(rng.choice(ids["accounts"][:-16], 300))
    pairs = pd.MultiIndex.from_product([ids["customers"][:100], ids["campaigns"]]).to_frame(index=False)
    pairs = pairs.sample(150, random_state=3).sort_index()
    managers = [None, *(f"AD{rng.integers(1, place):05d}" for place in range(2, 61))]
    frames: dict[str, dict[str, Any]] = {
        "regions": {"region_id": ids["regions"], "inhabitants": rng.integers(10_000, 90_000, 6)},
        "districts": {"district_id": ids["districts"], "region_id": draw(ids["regions"], 20)},
        "branches": {"branch_id": ids["branches"], "district_id": draw(ids["districts"], 40)},
        "customers": {
            "customer_id": ids["customers"],
            "branch_id": draw(ids["branches"], 120),
            "segment": rng.choice(["private", "business"], 120),
        },
        "accounts": {
            "account_id": ids["accounts"],
            "customer_id": draw(ids["customers"], 160),
            "limit": amounts(160),
        },
        "statements": {
            "account_id": owners,
            "statement_no": pd.Series(owners).groupby(owners).cumcount() + 1,
            "balance": amounts(300),
        },
        "advisers": {
            "adviser_id": ids["advisers"],
            "branch_id": draw(ids["branches"], 60),
            "manager_id": managers,
            "grade": rng.choice(list("ABC"), 60),
        },
        "visits": {
            "visit_id": ids["visits"],
            "adviser_id": draw(ids["advisers"], 140),
            "customer_id": pd.Series(draw(ids["customers"], 140)).where(rng.random(140) < 0.7),
            "minutes": rng.integers(10, 90, 140),
        },
        "products": {"product_id": ids["products"], "family": list("aabbccdd")},
        "campaigns": {"campaign_id": ids["campaigns"], "product_id": draw(ids["products"], 25)},
        "contacts": {
            "customer_id": pairs[0].to_numpy(),
            "campaign_id": pairs[1].to_numpy(),
            "channel": rng.choice(["letter", "call"], 150),
        },
        "loans": {
            "loan_id": ids["loans"],
            "account_id": draw(ids["accounts"], 70),
            "amount": amounts(70),
        },
    }
    # Tables are measured by their own columns: those of keys alone get one.
    for name in ("districts", "branches", "campaigns"):
        frames[name]["size"] = rng.integers(1, 9, len(frames[name][f"{KEYS[name][0]}"]))
    return {name: pd.DataFrame(columns) for name, columns in frames.items()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("twelve")
    found = []
    # Tables come in any order.
    for name, table in reversed(make_tables().items()):
        found.append(folder / f"{name}.csv")
        table.to_csv(found[-1], index=False)
    return found


def find_loose_ends(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Keys that repeat, and foreign keys without a parent; written without the project's own checks."""
    faults = [name for name, key in KEYS.items() if tables[name].duplicated(list(key)).any()]
    for relation, parent in RELATIONS.items():
        child, column = relation.split(".")
        held = tables[child][column].dropna()
        if relation not in OPTIONAL and len(held) < len(tables[child]):
            faults.append(relation)
        if not held.isin(tables[parent][KEYS[parent][0]]).all():
            faults.append(relation)
    return faults


def test_twelve_tables_are_registered_generated_measured_exported_and_loaded(
    command: Command, files: list[Path], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    added = command("add", "group", *files)
    assert {one["id"]: one["parent"] for one in added["relations"]} == RELATIONS
    assert {one["name"]: tuple(one["primary_key"]) for one in added["tables"]} == KEYS
    made = ("generate", "group", "--epochs", 1, "--as-of", "2026-05-17")
    done = command(*made, "--out", tmp_path / "group.sql")
    measured = {one["relation"]: one for one in done["relations"]}
    assert {name: one["integrity"] for name, one in measured.items()} == dict.fromkeys(RELATIONS, 1.0)
    assert [one for one in done["keys"] if one["failed"]] == []
    assert done["rows"]["regions"] == 6
    with sqlite3.connect(":memory:") as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript((tmp_path / "group.sql").read_text("utf-8"))
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = {name: pd.read_sql(f"SELECT * FROM {name}", connection) for name in KEYS}
    connection.close()
    assert {name: len(table) for name, table in tables.items()} == done["rows"]
    assert find_loose_ends(tables) == []
    assert 0.5 < tables["visits"].customer_id.notna().mean() < 0.9
    assert set(tables["customers"].customer_id) > set(tables["accounts"].customer_id)
    url = databases.make_url_of("postgresql", request, tmp_path)
    assert command(*made, "--into", url)["counts"] == done["rows"]
    assert databases.ask(url, "SELECT count(*) FROM statements") == [(done["rows"]["statements"],)]
