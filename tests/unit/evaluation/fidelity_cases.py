"""A real-looking table with known relations, and tables that relate to it in known ways."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledColumn, ModelledType, Role
from pipeline.evaluation.reference import Reference

TODAY = date(2026, 1, 31)
COLUMNS = (
    ModelledColumn("group", ModelledType.CATEGORICAL),
    ModelledColumn("member", ModelledType.BOOLEAN),
    ModelledColumn("age", ModelledType.NUMERICAL),
    ModelledColumn("balance", ModelledType.NUMERICAL),
    ModelledColumn("opened", ModelledType.DATETIME),
)
KINDS = {column.name: str(column.kind) for column in COLUMNS}


def refer(training: pd.DataFrame, holdout: pd.DataFrame, kinds: dict[str, str]) -> Reference:
    """What a synthetic table is compared with, for columns of these kinds."""
    columns = tuple(ColumnSpec(name, Role.MODELLED, kind) for name, kind in kinds.items())
    spec = DatasetSpec("people", "People", "", "people", TODAY, columns)
    return Reference(spec, pd.concat([training, holdout]), training, holdout, {})


def draw_table(rows: int, seed: int) -> pd.DataFrame:
    """Rows of one population: `group` and `member` follow `age`, `balance` nearly equals 100 × `age`."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 66, rows)
    table = pd.DataFrame(
        {
            "group": np.where(age < 30, "young", np.where(age < 50, "middle", "old")).astype(object),
            "member": age + rng.normal(0, 5, rows) > 40,
            "age": age,
            "balance": age * 100.0 + rng.normal(0, 300, rows),
            "opened": pd.Timestamp("2020-01-01") + pd.to_timedelta(age * 10 + rng.integers(0, 90, rows), "D"),
        }
    )
    table.loc[rng.random(rows) < 0.1, "group"] = None
    table.loc[rng.random(rows) < 0.1, "opened"] = pd.NaT
    return table


INCOME_COLUMNS = (
    ModelledColumn("income", ModelledType.NUMERICAL),
    ModelledColumn("balance", ModelledType.NUMERICAL),
    ModelledColumn("segment", ModelledType.CATEGORICAL),
    ModelledColumn("region", ModelledType.CATEGORICAL),
)


def draw_incomes(rows: int, seed: int, sigma: float = 0.6) -> pd.DataFrame:
    """Rows with a long tail: `income` is lognormal, `balance` and `segment` follow it, `region` nothing."""
    rng = np.random.default_rng(seed)
    income = rng.lognormal(10.5, sigma, rows)
    is_high = np.log(income) + rng.normal(0, 0.3 * sigma, rows) > 10.5
    return pd.DataFrame(
        {
            "income": income,
            "balance": income * rng.normal(0.3, 0.1, rows),
            "segment": np.where(is_high, "high", "low").astype(object),
            "region": rng.choice(["N", "S", "E", "W"], rows).astype(object),
        }
    )


def shuffle_columns(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same columns without any relation between them."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: table[name].array[rng.permutation(len(table))] for name in table})
