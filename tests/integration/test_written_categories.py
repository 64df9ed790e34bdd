"""Few values of a form of their own, such as times at which shifts begin, come back as they are written."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import Command

ROWS = 200
WRITTEN = {
    "shift": ["06:00:00", "14:00:00", "22:00:00"],
    "opens": ["10:00:00"],
    "lasts": ["24:00:00", "36:00:00"],
    "rests": ["P1D"],
    "fee": ["5.50 %"],
}


def _draw_visits() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    columns = {name: rng.choice(values, ROWS) for name, values in WRITTEN.items()}
    return pd.DataFrame({"id": range(1, ROWS + 1), "site_id": rng.integers(1, 41, ROWS), **columns})


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Sites and their visits."""
    sites = pd.DataFrame({"id": range(1, 41), "beds": np.random.default_rng(6).integers(3, 90, 40)})
    paths = [tmp_path / "sites.csv", tmp_path / "visits.csv"]
    sites.to_csv(paths[0], index=False)
    _draw_visits().to_csv(paths[1], index=False)
    return paths


def test_times_and_spans_of_few_values_keep_their_form_in_several_tables(
    command: Command, files: list[Path], tmp_path: Path
) -> None:
    command("add", "visits_set", *files)
    command("generate", "visits_set", "--epochs", 1, "--out", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive, archive.open("visits.csv") as file:
        found = pd.read_csv(file, dtype=str)
    for name, values in WRITTEN.items():
        assert set(found[name]) <= set(values), name


def test_times_and_spans_of_few_values_keep_their_form_in_one_table(
    command: Command, files: list[Path], tmp_path: Path
) -> None:
    command("add", "visits_alone", files[1])
    target = tmp_path / "out.csv"
    command("generate", "visits_alone", "--rows", 1000, "--synthesizer", "gaussian_copula", "--out", target)
    found = pd.read_csv(target, dtype=str)
    for name, values in WRITTEN.items():
        assert set(found[name]) <= set(values), name


def test_a_column_of_times_is_loaded_into_a_database_again(command: Command, tmp_path: Path) -> None:
    source = tmp_path / "source.db"
    visits = _draw_visits()
    with sqlite3.connect(source) as database:
        database.execute("CREATE TABLE sites (id INTEGER PRIMARY KEY, beds INTEGER, opens TIME NOT NULL)")
        database.execute(
            "CREATE TABLE visits (id INTEGER PRIMARY KEY, site_id INTEGER REFERENCES sites, shift TIME)"
        )
        sites = [(number, number % 7, f"{8 + number % 2:02d}:30:00") for number in range(1, 41)]
        database.executemany("INSERT INTO sites VALUES (?, ?, ?)", sites)
        database.executemany(
            "INSERT INTO visits VALUES (?, ?, ?)", visits[["id", "site_id", "shift"]].values.tolist()
        )
    database.close()
    target = tmp_path / "target.db"
    command("add", "shifts", "--database", f"sqlite:///{source}")
    command("generate", "shifts", "--epochs", 1, "--into", f"sqlite:///{target}")
    with sqlite3.connect(target) as database:
        found = {row[0] for row in database.execute("SELECT DISTINCT shift FROM visits")}
        opens = {row[0] for row in database.execute("SELECT DISTINCT opens FROM sites")}
    database.close()
    assert {str(one)[:8] for one in found} == set(WRITTEN["shift"])
    assert {str(one)[:8] for one in opens} == {"08:30:00", "09:30:00"}


def test_a_time_in_few_rows_of_a_small_parent_stays_a_time(command: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    sites = pd.DataFrame({"id": [1, 2, 3], "opens": ["08:30", "09:15", "08:30"]})
    visits = pd.DataFrame(
        {"id": range(1, 61), "site_id": rng.integers(1, 4, 60), "n": rng.integers(0, 50, 60)}
    )
    sites.to_csv(tmp_path / "sites.csv", index=False)
    visits.to_csv(tmp_path / "visits.csv", index=False)
    command("add", "small_sites", tmp_path / "sites.csv", tmp_path / "visits.csv")
    command("generate", "small_sites", "--epochs", 1, "--out", tmp_path / "out.xlsx")
    found = pd.read_excel(tmp_path / "out.xlsx", sheet_name="sites", dtype=str)
    minutes = found["opens"].str.slice(0, 5)
    # Fewer than ten rows have round ends beyond them.
    assert minutes.between("08:00", "10:00").all()
