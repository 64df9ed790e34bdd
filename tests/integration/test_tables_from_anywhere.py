"""Tables from anywhere against a dataset: holdouts that control nothing, ages counted from another day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.catalog import Catalog
from pipeline.datasets.dataset import Dataset
from pipeline.errors import DataError
from pipeline.evaluation.reference import load_reference
from pipeline.evaluation.results import Verdict
from pipeline.generation.subjects import evaluate_file
from pipeline.reports.subject import Subject
from pipeline.settings import IdentityOptions, UploadLimits


def draw_members(seed: int, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    births = pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 18_000, rows), unit="D")
    return pd.DataFrame(
        {
            "date_of_birth": births.strftime("%Y-%m-%d"),
            "group": rng.choice(["a", "b", "c"], rows),
            "balance": rng.lognormal(7, 1, rows).round(2),
        }
    )


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    path = tmp_path / "members.csv"
    draw_members(1, 300).to_csv(path, index=False)
    return Catalog(tmp_path / "datasets", UploadLimits()).add("members", [path])


def evaluate(dataset: Dataset, table: Path, holdout: Path | None = None, days: int = 0) -> Subject:
    when = dataset.spec.as_of + timedelta(days=days)
    return evaluate_file(dataset, load_reference(dataset), table, when, IdentityOptions(), holdout)


def save(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path, index=False)
    return path


def test_holdout_that_holds_training_rows_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    table = save(draw_members(2, 60), tmp_path / "table.csv")
    mixed = pd.concat([draw_members(3, 60), dataset.split().training.head(40)])
    with pytest.raises(DataError, match=r"holdout\.csv: 40 of 100 rows equal a training row"):
        evaluate(dataset, table, save(mixed, tmp_path / "holdout.csv"))


def test_holdout_of_other_real_rows_is_taken(dataset: Dataset, tmp_path: Path) -> None:
    table = save(draw_members(2, 60), tmp_path / "table.csv")
    found = evaluate(dataset, table, save(draw_members(3, 60), tmp_path / "holdout.csv"))
    assert len(found.reference.holdout) == 60
    assert found.evaluation.privacy.verdict is not Verdict.FAIL


def test_real_rows_are_found_though_ages_count_from_another_day(dataset: Dataset, tmp_path: Path) -> None:
    own = save(dataset.load_raw(), tmp_path / "own.csv")
    found = {one.name: one for one in evaluate(dataset, own, days=4000).evaluation.privacy.measures}
    lone = found["lone_rows_found"]
    assert (lone.verdict, lone.value) == (Verdict.FAIL, 1.0)
    assert lone.sentence.startswith(f"Ages counted from {dataset.spec.as_of}, as in the dataset: 300 of 300")
