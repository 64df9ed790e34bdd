"""Dates and times that files with types hold as whole numbers stay possible, and whole numbers."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import Command

ROWS = 400
PATTERNS = {"valuta": "%Y%m%d", "periode": "%Y%m", "yday": "%Y%j", "hhmm": "%H%M"}


def _draw(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    moments = pd.Series(pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 2_500_000, ROWS), "min"))
    dates = {name: moments.dt.strftime(pattern).astype("int64") for name, pattern in PATTERNS.items()}
    return pd.DataFrame({**dates, "betrag": rng.lognormal(7, 1, ROWS).round(2)})


def _are_possible(values: pd.Series, pattern: str) -> bool:
    texts = values.astype("int64").astype(str).str.zfill(4)
    return bool(pd.to_datetime(texts, format=pattern, errors="coerce").notna().all())


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_dates_in_whole_numbers_come_back_as_possible_whole_numbers(
    command: Command, tmp_path: Path, suffix: str
) -> None:
    def save(table: pd.DataFrame, name: str) -> Path:
        path = tmp_path / f"{name}{suffix}"
        table.to_excel(path, index=False) if suffix == ".xlsx" else table.to_parquet(path)
        return path

    source, target, name = save(_draw(1), "source"), tmp_path / f"out{suffix}", f"booked_{suffix[1:]}"
    command("add", name, source)
    command("generate", name, "--rows", 1000, "--synthesizer", "gaussian_copula", "--out", target)
    made = pd.read_excel(target) if suffix == ".xlsx" else pd.read_parquet(target)
    assert {str(made[column].dtype) for column in PATTERNS} == {"int64"}
    assert {column: _are_possible(made[column], one) for column, one in PATTERNS.items()} == dict.fromkeys(
        PATTERNS, True
    )
    for file in (target, save(_draw(2), "sibling")):
        assert command("evaluate", name, file)["validity"]["score"] == 1.0


def test_dates_in_whole_numbers_of_a_database_are_loaded_into_one_again(
    command: Command, tmp_path: Path
) -> None:
    source, target = tmp_path / "source.db", tmp_path / "target.db"
    booked = _draw(3)
    with sqlite3.connect(source) as database:
        database.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, opened INTEGER)")
        database.execute(
            "CREATE TABLE bookings (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts,"
            " valuta INTEGER NOT NULL, betrag REAL)"
        )
        accounts = [(number, int(booked["valuta"][number])) for number in range(1, 101)]
        database.executemany("INSERT INTO accounts VALUES (?, ?)", accounts)
        rows = [
            (number, 1 + number % 100, int(day), amount)
            for number, (day, amount) in enumerate(zip(booked["valuta"], booked["betrag"], strict=True), 1)
        ]
        database.executemany("INSERT INTO bookings VALUES (?, ?, ?, ?)", rows)
    database.close()
    command("add", "booked_set", "--database", f"sqlite:///{source}")
    command("generate", "booked_set", "--epochs", 1, "--into", f"sqlite:///{target}")
    with sqlite3.connect(target) as database:
        made = pd.read_sql_query("SELECT valuta, typeof(valuta) AS type FROM bookings", database)
    database.close()
    assert set(made["type"]) == {"integer"}
    assert _are_possible(made["valuta"], "%Y%m%d")


def test_weeks_months_and_expiries_in_digits_stay_possible(command: Command, tmp_path: Path) -> None:
    def save(seed: int, name: str, odd: int) -> Path:
        rng = np.random.default_rng(seed)
        days = pd.Series(pd.Timestamp("2021-01-04") + pd.to_timedelta(rng.integers(0, 1_000, ROWS), "D"))
        week = days.dt.isocalendar()
        written = {
            "periode": days.dt.strftime("%Y%m"),
            "kw": week["year"].astype(str) + week["week"].astype(str).str.zfill(2),
            "card_expiry": days.dt.strftime("%m/%y"),
        }
        table = pd.DataFrame({**written, "betrag": rng.uniform(10, 900, ROWS).round(2)})
        table.loc[table.index < odd, "periode"] = "202413"
        table.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    target = tmp_path / "out.csv"
    command("add", "booked_weeks", save(4, "source.csv", 1))
    command("generate", "booked_weeks", "--rows", 1000, "--synthesizer", "gaussian_copula", "--out", target)
    made = pd.read_csv(target, dtype=str)
    assert _are_possible(made["periode"], "%Y%m")
    assert made["card_expiry"].str.fullmatch(r"(0[1-9]|1[0-2])/2[1-3]").all()
    assert made["kw"].str.fullmatch(r"202[0-4](0[1-9]|[1-4]\d|5[0-3])").all()
    for file in (target, save(5, "sibling.csv", 0)):
        rules = command("evaluate", "booked_weeks", file)["validity"]["rules"]
        assert [(one["column"], one["rule"], one["examples"]) for one in rules if one["failed"]] == []
