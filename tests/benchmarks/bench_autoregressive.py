"""The autoregressive synthesizer against ctgan 0.12.1: time to fit and to sample, quality, detection.

10,000 rows of bank marketing train and 10,000 others judge, where `BENCH_BANK` names its CSV; a table of the
same shape drawn here stands in otherwise, whose columns are independent and so say little about quality.
Quality is sdmetrics' report with its default thresholds; detection is the AUC of gradient boosting between
judging and synthetic rows, 3 folds, 0.5 where it sees no difference. "Second sample" is what real
rows reach. Seconds are those of the clock and of CPU, children included: on a busy machine only the
latter compare.
`BENCH_EPOCHS` (70), `BENCH_ROUNDS` and `BENCH_THREADS` change the effort.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from pipeline.evaluation.quality import compute_quality
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.protocol import Synthesizer
from pipeline.synthesizers.recipe import Recipe
from tests.benchmarks.bench_ctgan import (
    ROUNDS,
    THREADS,
    fit_upstream,
    load_bank_rows,
    modelled_columns,
)

ROWS = 10_000
SAMPLED_ROWS = 100_000
UPSTREAM_EPOCHS = int(os.environ.get("BENCH_EPOCHS", "70"))


@dataclass(frozen=True)
class Seconds:
    """What one task took."""

    clock: float
    cpu: float


def main() -> None:
    """Print times, ratios and scores."""
    torch.set_num_threads(THREADS)
    shuffled = load_bank_rows().sample(2 * ROWS, random_state=0).reset_index(drop=True)
    training, holdout = shuffled[:ROWS], shuffled[ROWS:].reset_index(drop=True)
    print(f"{ROWS:,} rows × {training.shape[1]} columns, {THREADS} torch threads, {ROUNDS} rounds, medians")
    ours, fits = _fit_ours(training)
    upstream, fit = _timed(lambda: fit_upstream(training, UPSTREAM_EPOCHS)[1])
    _print_times("fit", f"ctgan, {UPSTREAM_EPOCHS} epochs", [fit], fits)
    upstream_samples, our_samples = [], []
    for seed in range(ROUNDS):
        upstream_samples.append(_timed(lambda: upstream.sample(SAMPLED_ROWS))[1])
        our_samples.append(_timed(lambda seed=seed: ours.sample(SAMPLED_ROWS, seed))[1])
    _print_times(f"sample {SAMPLED_ROWS:,} rows", "ctgan", upstream_samples, our_samples)
    for name, table in (
        ("ctgan", upstream.sample(ROWS)),
        ("autoregressive", ours.sample(ROWS, 0)),
        ("second sample", training),
    ):
        _print_scores(name, holdout, table)


def _fit_ours(training: pd.DataFrame) -> tuple[Synthesizer, list[Seconds]]:
    """The last of some fits, and the times of each."""
    times = []
    for seed in range(ROUNDS):
        recipe = Recipe("autoregressive", use_hma=False, threads=THREADS, seed=seed)
        synthesizer = create_synthesizer("autoregressive", modelled_columns(training), recipe)
        report, taken = _timed(lambda fitted=synthesizer: fitted.fit(training))
        times.append(taken)
        print(f"  fit {seed}: {report.epochs_trained} epochs, kept {report.kept_epoch}")
    return synthesizer, times


def _timed(task: Callable[[], Any]) -> tuple[Any, Seconds]:
    start, before = time.perf_counter(), os.times()
    result = task()
    cpu = sum(os.times()[:4]) - sum(before[:4])
    return result, Seconds(time.perf_counter() - start, cpu)


def _print_times(what: str, upstream: str, theirs: list[Seconds], ours: list[Seconds]) -> None:
    for part, label in (("clock", "clock"), ("cpu", "CPU")):
        their_s, our_s = (
            statistics.median(getattr(taken, part) for taken in side) for side in (theirs, ours)
        )
        ratio = their_s / our_s
        print(f"  {what:<20} {label:<6} {upstream} {their_s:8.2f} s → {our_s:6.2f} s   1/{ratio:.1f}")


def _print_scores(name: str, holdout: pd.DataFrame, table: pd.DataFrame) -> None:
    quality = compute_quality(holdout, table, modelled_columns(holdout))
    trends = quality.strong_pair_trends
    score = None if trends is None or quality.column_shapes is None else (quality.column_shapes + trends) / 2
    print(
        f"  {name:<16} quality {_format(score)} (shapes {_format(quality.column_shapes)}, strong pairs "
        f"{_format(trends)}, all pairs {_format(quality.column_pair_trends)})   "
        f"detection AUC {compute_detection(holdout, table):.3f}"
    )


def compute_detection(real: pd.DataFrame, synthetic: pd.DataFrame) -> float:
    """AUC of gradient boosting that tells real from synthetic rows, mean of 3 folds."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    both = pd.concat([real, synthetic], ignore_index=True)
    is_text = [both[name].dtype == object for name in both]
    for name in both.columns[is_text]:
        both[name] = pd.factorize(both[name], sort=True)[0]
    is_real = np.repeat([1, 0], [len(real), len(synthetic)])
    detector = HistGradientBoostingClassifier(categorical_features=is_text, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    return float(cross_val_score(detector, both, is_real, cv=folds, scoring="roc_auc").mean())


def _format(score: float | None) -> str:
    return "–" if score is None else f"{score:.4f}"


if __name__ == "__main__":
    main()
