"""Does the faster CTGAN lose quality? Many seeds an arm against ctgan 0.12.1 at equal epochs.

Each seed draws its own subsample, splits it into training and holdout rows, fits both on the training
rows and scores a sample of each against the holdout; the differences are paired by seed. Three arms:
upstream, ours with the last epoch kept (the same training), and ours with the best epoch kept, chosen
on a fifth of the training rows, so that the holdout stays unseen. All on one thread.

`BENCH_BANK` and `BENCH_GERMAN` name the two tables (CSV); without them a stand-in is used.
`BENCH_SEEDS` (20), `BENCH_EPOCHS` (70) and `BENCH_ROWS` (1,000 training rows) decide the length; 20 seeds
take about a quarter of an hour, and fewer cannot resolve two points.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.evaluation.quality.score import compute_quality
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.recipe import Recipe, torch_threads
from tests.benchmarks.fits import describe_gaps, describe_outcome, fit_upstream
from tests.benchmarks.tables import (
    describe_bank,
    load_bank_rows,
    load_german_rows,
    modelled_columns,
    split_rows,
)

SEEDS = int(os.environ.get("BENCH_SEEDS", "20"))
EPOCHS = int(os.environ.get("BENCH_EPOCHS", "70"))
ROWS = int(os.environ.get("BENCH_ROWS", "1000"))


@dataclass(frozen=True)
class Scores:
    """Quality 0–1 of one sample against the holdout."""

    overall: float
    shapes: float
    pairs: float


def main() -> None:
    """Print the scores of each arm and the paired differences with their 95 % intervals."""
    with torch_threads(1):
        _study(describe_bank(), load_bank_rows())
        german = load_german_rows()
        if german is None:
            print("german_credit: not available (BENCH_GERMAN names the CSV)")
        else:
            _study("german_credit", german)


def _study(title: str, table: pd.DataFrame) -> None:
    print(
        f"{title}: {SEEDS} seeds, {EPOCHS} epochs, threads 1, quality against unseen rows, "
        "pair trends with thresholds 0",
        flush=True,
    )
    arms: dict[str, list[Scores]] = {"upstream": [], "ours": [], "ours, best epoch": []}
    for seed in range(SEEDS):
        for arm, scores in _run_seed(table, seed).items():
            arms[arm].append(scores)
    for arm, scores in arms.items():
        means = [np.mean([getattr(one, part) for one in scores]) for part in ("overall", "shapes", "pairs")]
        print(f"  {arm:<18} score {means[0]:.4f}  shapes {means[1]:.4f}  pairs {means[2]:.4f}")
    for arm in ("ours", "ours, best epoch"):
        pairs = zip(arms[arm], arms["upstream"], strict=True)
        gaps = [one.overall - other.overall for one, other in pairs]
        outcome = describe_outcome(float(np.mean(gaps)) > 0)
        print(f"  {arm} − upstream: {describe_gaps(gaps)}   (goal above 0: {outcome})", flush=True)


def _run_seed(table: pd.DataFrame, seed: int) -> dict[str, Scores]:
    training, holdout = split_rows(table, ROWS, seed)
    rows = len(training)
    upstream = fit_upstream(training, EPOCHS, seed)[1]
    inner = training.sample(frac=0.2, random_state=seed)
    return {
        "upstream": _score(upstream.sample(rows), holdout),
        "ours": _score(_fit(training, seed).sample(rows, seed), holdout),
        "ours, best epoch": _score(_fit(training, seed, inner).sample(rows, seed), holdout),
    }


def _fit(training: pd.DataFrame, seed: int, scored: pd.DataFrame | None = None) -> Any:
    columns = modelled_columns(training)
    synthesizer = create_synthesizer("ctgan", columns, Recipe(epochs=EPOCHS, seed=seed, threads=1))
    scorer = None
    if scored is not None:
        reference = scored.reset_index(drop=True)
        scorer = lambda sample: compute_quality(reference, sample, columns).score or 0.0  # noqa: E731
    synthesizer.fit(training, None, scorer)
    return synthesizer


def _score(sample: pd.DataFrame, holdout: pd.DataFrame) -> Scores:
    quality = compute_quality(holdout, sample, modelled_columns(holdout))
    return Scores(quality.score or 0.0, quality.column_shapes or 0.0, quality.column_pair_trends or 0.0)


if __name__ == "__main__":
    main()
