"""Does the faster CTGAN lose quality? Many seeds an arm against ctgan 0.12.1 at equal epochs.

Each seed draws its own subsample, splits it into training and holdout rows, fits both on the training
rows and scores a sample of each against the holdout; the differences are paired by seed. Three arms:
upstream, ours with the last epoch kept (the same training), and ours with the best epoch kept, chosen
on a fifth of the training rows, so that the holdout stays unseen.

BENCH_BANK and BENCH_GERMAN name the two tables (CSV); without them a generated table is used.
BENCH_SEEDS (2), BENCH_EPOCHS (70) and BENCH_ROWS (1,000 training rows) decide the length; 20 seeds take
about a quarter of an hour on one core.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from pipeline.evaluation.quality import compute_quality
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.recipe import Recipe
from tests.benchmarks.bench_ctgan import fit_upstream, load_bank_rows, modelled_columns

SEEDS = int(os.environ.get("BENCH_SEEDS", "2"))
EPOCHS = int(os.environ.get("BENCH_EPOCHS", "70"))
ROWS = int(os.environ.get("BENCH_ROWS", "1000"))
_NORMAL_95 = 1.96


@dataclass(frozen=True)
class Scores:
    """Quality 0–1 of one sample against the holdout."""

    overall: float
    shapes: float
    pairs: float


def main() -> None:
    """Print the scores of each arm and the paired differences with their 95 % intervals."""
    torch.set_num_threads(1)
    for title, table in _load_tables().items():
        print(f"{title}: {SEEDS} seeds, {EPOCHS} epochs, quality against unseen rows", flush=True)
        arms: dict[str, list[Scores]] = {"upstream": [], "ours": [], "ours, best epoch": []}
        for seed in range(SEEDS):
            for arm, scores in _run_seed(table, seed).items():
                arms[arm].append(scores)
        for arm, scores in arms.items():
            means = [
                np.mean([getattr(one, part) for one in scores]) for part in ("overall", "shapes", "pairs")
            ]
            print(f"  {arm:<18} score {means[0]:.4f}  shapes {means[1]:.4f}  pairs {means[2]:.4f}")
        for arm in ("ours", "ours, best epoch"):
            print(f"  {arm} − upstream: {_describe_difference(arms[arm], arms['upstream'])}", flush=True)


def _run_seed(table: pd.DataFrame, seed: int) -> dict[str, Scores]:
    shuffled = table.sample(frac=1, random_state=seed).reset_index(drop=True)
    rows = min(ROWS, len(table) // 2)
    training, holdout = shuffled.iloc[:rows], shuffled.iloc[rows : 2 * rows].reset_index(drop=True)
    torch.manual_seed(seed)
    np.random.seed(seed)
    upstream = fit_upstream(training, EPOCHS)[1]
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


def _describe_difference(ours: list[Scores], upstream: list[Scores]) -> str:
    gaps = np.array([one.overall - other.overall for one, other in zip(ours, upstream, strict=True)])
    error = gaps.std(ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else float("nan")
    low, high = gaps.mean() - _NORMAL_95 * error, gaps.mean() + _NORMAL_95 * error
    return f"{gaps.mean():+.4f} (95 % interval {low:+.4f} to {high:+.4f})"


def _load_tables() -> dict[str, pd.DataFrame]:
    tables = {"bank marketing": load_bank_rows()}
    german = os.environ.get("BENCH_GERMAN")
    if german and Path(german).is_file():
        table = pd.read_csv(german, index_col=0, keep_default_na=False)
        tables["german_credit"] = table
    return tables


if __name__ == "__main__":
    main()
