"""Tables with known privacy: fresh draws of one population, and ways to leak it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledColumn, ModelledType, Role
from pipeline.evaluation.privacy.space import Points, place
from pipeline.evaluation.results import Verdict

COLUMNS = (
    ModelledColumn("group", ModelledType.CATEGORICAL),
    ModelledColumn("member", ModelledType.BOOLEAN),
    ModelledColumn("age", ModelledType.NUMERICAL),
    ModelledColumn("balance", ModelledType.NUMERICAL),
    ModelledColumn("joined", ModelledType.DATETIME),
)
FLAGGED = (Verdict.LOOK, Verdict.FAIL)


def draw_people(seed: int, rows: int) -> pd.DataFrame:
    """Mixed types with missing values; no two people are equal, since balances are fine-grained."""
    rng = np.random.default_rng(seed)
    age = rng.normal(45, 12, rows).round()
    return pd.DataFrame(
        {
            "group": rng.choice(["a", "b", "c", None], rows, p=[0.5, 0.3, 0.15, 0.05]),
            "member": rng.random(rows) < age / 90,
            "age": np.where(rng.random(rows) < 0.05, np.nan, age),
            "balance": rng.lognormal(7, 1, rows).round(2),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 2000, rows), unit="D"),
        }
    )


def place_people(
    training: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame
) -> tuple[Points, Points, Points]:
    training_points, holdout_points, synthetic_points = place(COLUMNS, (training, holdout, synthetic))
    return training_points, holdout_points, synthetic_points


def specify(columns: tuple[ModelledColumn, ...]) -> DatasetSpec:
    """A dataset of modelled columns alone."""
    return DatasetSpec(
        "people",
        "People",
        "",
        "people",
        date(2025, 1, 1),
        tuple(ColumnSpec(column.name, Role.MODELLED, column.kind.value) for column in columns),
    )
