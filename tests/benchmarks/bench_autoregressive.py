"""The autoregressive synthesizer against ctgan 0.12.1: time to fit and to sample, quality, detection.

10,000 rows of bank marketing train and 10,000 others judge, where `BENCH_BANK` names its CSV; a table of the
same shape drawn here stands in otherwise, whose columns are independent and so say little about quality.
Quality is sdmetrics' report with its default thresholds; detection is the AUC of gradient boosting between
judging and synthetic rows, 3 folds, 0.5 where it sees no difference. "Second sample" is what real
rows reach. `BENCH_EPOCHS` (70), `BENCH_ROUNDS` and `BENCH_THREADS` change the effort.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

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


def main() -> None:
    """Print times, ratios and scores."""
    torch.set_num_threads(THREADS)
    shuffled = load_bank_rows().sample(2 * ROWS, random_state=0).reset_index(drop=True)
    training, holdout = shuffled[:ROWS], shuffled[ROWS:].reset_index(drop=True)
    print(f"{ROWS:,} rows × {training.shape[1]} columns, {THREADS} torch threads, {ROUNDS} rounds, medians")
    ours, fits = _fit_ours(training)
    upstream_fit, upstream = fit_upstream(training, UPSTREAM_EPOCHS)
    _print_times("fit", f"ctgan, {UPSTREAM_EPOCHS} epochs", upstream_fit.whole, statistics.median(fits))
    sampled = _alternate(lambda: upstream.sample(SAMPLED_ROWS), lambda: ours.sample(SAMPLED_ROWS, 0))
    _print_times(f"sample {SAMPLED_ROWS:,} rows", "ctgan", *sampled)
    for name, table in (
        ("ctgan", upstream.sample(ROWS)),
        ("autoregressive", ours.sample(ROWS, 0)),
        ("second sample", training),
    ):
        _print_scores(name, holdout, table)


def _fit_ours(training: pd.DataFrame) -> tuple[Synthesizer, list[float]]:
    """The last of some fits, and the seconds of each."""
    seconds = []
    for seed in range(ROUNDS):
        recipe = Recipe("autoregressive", use_hma=False, threads=THREADS, seed=seed)
        synthesizer = create_synthesizer("autoregressive", modelled_columns(training), recipe)
        start, cpu = time.perf_counter(), time.process_time()
        report = synthesizer.fit(training)
        seconds.append(time.perf_counter() - start)
        print(
            f"  fit {seed}: {seconds[-1]:.1f} s, {time.process_time() - cpu:.1f} s of CPU, "
            f"{report.epochs_trained} epochs, kept {report.kept_epoch}"
        )
    return synthesizer, seconds


def _alternate(*tasks: Callable[[], object]) -> list[float]:
    taken: list[list[float]] = [[] for _ in tasks]
    for _ in range(ROUNDS):
        for task, times in zip(tasks, taken, strict=True):
            start = time.perf_counter()
            task()
            times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in taken]


def _print_times(what: str, upstream: str, upstream_s: float, ours_s: float) -> None:
    print(f"  {what:<20} {upstream} {upstream_s:8.2f} s → {ours_s:6.2f} s   1/{upstream_s / ours_s:.1f}")


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
