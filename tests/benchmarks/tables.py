"""The tables of the benchmarks: public ones where the environment names them, stand-ins otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType


def load_bank_rows() -> pd.DataFrame:
    """Bank marketing (45,211 rows, 17 columns) from the CSV that BENCH_BANK names, or its stand-in."""
    path = _find("BENCH_BANK")
    if path:
        return pd.read_csv(path, sep=";").drop(columns="id", errors="ignore")
    return _make_bank_rows()


def load_german_rows() -> pd.DataFrame | None:
    """german_credit (1,000 rows, 9 columns) from the CSV that BENCH_GERMAN names; it has no stand-in."""
    path = _find("BENCH_GERMAN")
    return None if path is None else pd.read_csv(path, index_col=0, keep_default_na=False)


def load_census_rows() -> pd.DataFrame | None:
    """A census table from the CSV that BENCH_CENSUS names; it has no stand-in."""
    path = _find("BENCH_CENSUS")
    return None if path is None else pd.read_csv(path, keep_default_na=False)


def describe_bank() -> str:
    """Which of the two bank tables is used."""
    if _find("BENCH_BANK"):
        return "bank marketing"
    return "a stand-in for bank marketing, whose columns are independent (BENCH_BANK names the CSV)"


def make_employee_rows(rows: int = 2_000) -> pd.DataFrame:
    """A table of the shape that the Employee sample has for synthesizers."""
    rng = np.random.default_rng(0)
    states = rng.dirichlet(np.full(51, 2.0))
    blood = ["O+", "A+", "B+", "O-", "A-", "AB+", "B-", "AB-"]
    odds = [0.374, 0.357, 0.085, 0.066, 0.063, 0.034, 0.015, 0.006]
    return pd.DataFrame(
        {
            "blood_group": rng.choice(blood, rows, p=odds),
            "gender": rng.choice(["Female", "Male"], rows),
            "state": rng.choice([f"S{number:02}" for number in range(51)], rows, p=states),
            "age": rng.normal(42, 12, rows).clip(18, 70).astype(int),
        }
    )


def modelled_columns(table: pd.DataFrame) -> tuple[ModelledColumn, ...]:
    """The kinds of a table's columns: text is categorical, the rest numerical."""
    categorical = set(categorical_names(table))
    kinds = {True: ModelledType.CATEGORICAL, False: ModelledType.NUMERICAL}
    return tuple(ModelledColumn(name, kinds[name in categorical]) for name in table)


def categorical_names(table: pd.DataFrame) -> list[str]:
    """The columns of text."""
    return [name for name in table if table[name].dtype == object]


def split_rows(table: pd.DataFrame, rows: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and unseen rows of one seed, `rows` each or half of the table."""
    shuffled, size = (
        table.sample(frac=1, random_state=seed).reset_index(drop=True),
        min(rows, len(table) // 2),
    )
    return shuffled[:size], shuffled[size : 2 * size].reset_index(drop=True)


def _find(variable: str) -> str | None:
    path = os.environ.get(variable)
    if path and not Path(path).is_file():
        raise SystemExit(f"{variable} names {path}, which is no file.")
    return path or None


def _make_bank_rows() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows, sizes = 45_211, (12, 3, 4, 2, 2, 2, 3, 12, 4, 2)
    columns: dict[str, Any] = {
        f"category {position}": rng.choice(list("abcdefghijkl")[:size], rows, p=rng.dirichlet(np.ones(size)))
        for position, size in enumerate(sizes)
    }
    for position in range(7):
        columns[f"number {position}"] = np.round(rng.lognormal(3, 0.3 * (position + 1), rows))
    return pd.DataFrame(columns)
