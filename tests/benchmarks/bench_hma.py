"""How far HMA's initial synthetic data can be from the real rows, and what that leaves to CTGAN after it.

Four arms against unseen rows, a split for each seed: SDV's HMA as it comes, HMA as the workbench asks it
(with columns as normal scores), CTGAN trained on the latter, and a second real sample, which is the ceiling.
`BENCH_BANK` and `BENCH_GERMAN` name the tables; `BENCH_HMA_SEEDS` (5) and `BENCH_EPOCHS` (70) change
the effort.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.evaluation.quality.score import compute_quality
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.recipe import Recipe, torch_threads
from tests.benchmarks.fits import describe_gaps
from tests.benchmarks.tables import (
    categorical_names,
    describe_bank,
    load_bank_rows,
    load_german_rows,
    modelled_columns,
    split_rows,
)

ROWS = 5_000
SEEDS = int(os.environ.get("BENCH_HMA_SEEDS", "5"))
EPOCHS = int(os.environ.get("BENCH_EPOCHS", "70"))
_SDV, _OURS, _CTGAN, _CEILING = (
    "HMA as SDV has it",
    "HMA on normal scores",
    "ctgan after the latter",
    "ceiling",
)


def main() -> None:
    """Print the scores of each arm."""
    with torch_threads(1):
        _study(describe_bank(), load_bank_rows())
        german = load_german_rows()
        if german is not None:
            _study("german_credit", german)


def _study(title: str, table: pd.DataFrame) -> None:
    print(
        f"{title}: {SEEDS} seeds, threads 1, quality against unseen rows, pair trends with thresholds 0",
        flush=True,
    )
    scores: dict[str, list[float]] = {arm: [] for arm in (_SDV, _OURS, _CTGAN, _CEILING)}
    seconds: dict[str, list[float]] = {arm: [] for arm in scores}
    for seed in range(SEEDS):
        training, holdout = split_rows(table, ROWS, seed)
        columns = modelled_columns(training)
        started = time.perf_counter()
        for arm, sample in _make_arms(training, seed):
            seconds[arm].append(time.perf_counter() - started)
            scores[arm].append(compute_quality(holdout, sample, columns).score or 0.0)
            started = time.perf_counter()
    for arm, found in scores.items():
        print(f"  {arm:<24} score {np.mean(found):.4f}   {np.median(seconds[arm]):6.2f} s")
    gaps = [one - other for one, other in zip(scores[_OURS], scores[_SDV], strict=True)]
    print(f"  {_OURS} − {_SDV}: {describe_gaps(gaps)}", flush=True)


def _make_arms(training: pd.DataFrame, seed: int) -> Iterator[tuple[str, pd.DataFrame]]:
    yield _SDV, _sample_upstream(training)
    columns, rows = modelled_columns(training), len(training)
    initial = sample_initial(training, columns, rows, seed)
    yield _OURS, initial
    synthesizer = create_synthesizer("ctgan", columns, Recipe(epochs=EPOCHS, seed=seed, threads=1))
    synthesizer.fit(initial)
    yield _CTGAN, synthesizer.sample(rows, seed)
    yield _CEILING, training


def _sample_upstream(training: pd.DataFrame) -> pd.DataFrame:
    from sdv.metadata import Metadata
    from sdv.multi_table import HMASynthesizer

    categorical = categorical_names(training)
    kinds = {name: {"sdtype": "categorical" if name in categorical else "numerical"} for name in training}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metadata = Metadata.load_from_dict({"tables": {"rows": {"columns": kinds}}})
        synthesizer = HMASynthesizer(metadata, verbose=False)
        synthesizer.fit({"rows": training})
        return synthesizer.sample(num_rows=len(training), main_table_name="rows")["rows"]


if __name__ == "__main__":
    main()
