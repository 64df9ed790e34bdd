"""The autoregressive synthesizer against ctgan 0.12.1: time to fit and to sample, quality, detection.

10,000 rows of bank marketing train and 10,000 others test, where `BENCH_BANK` names its CSV; the columns of
its stand-in are independent and so say little about quality. Both sides are fitted in turn, a round for each
seed, on the first of `BENCH_THREADS`. Quality is sdmetrics' report with its default thresholds; detection is
the AUC of gradient boosting between test and synthetic rows, 3 folds, 0.5 where it sees no difference.
"Second sample" is what real rows reach. Seconds are those of the clock and of CPU, children included: on a
busy machine only the latter compare. Every fit of upstream's starts its own pool of processes, as in a
program that fits once. Where `BENCH_CENSUS` names a census table, ours is scored on it too. `BENCH_EPOCHS`
(70) and `BENCH_ROUNDS` (3) change the effort.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from pipeline.evaluation.quality.score import compute_quality
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.protocol import Synthesizer
from pipeline.synthesizers.recipe import Recipe, torch_threads
from tests.benchmarks.fits import (
    ROUNDS,
    THREADS,
    Seconds,
    Wanted,
    describe_outcome,
    fit_upstream,
    print_ratio,
    seed_globally,
    timed,
)
from tests.benchmarks.tables import (
    describe_bank,
    load_bank_rows,
    load_census_rows,
    modelled_columns,
    split_rows,
)

ROWS = 10_000
SAMPLED_ROWS = 100_000
LEAST_QUALITY, MOST_AUC = 0.97, 0.55
UPSTREAM_EPOCHS = int(os.environ.get("BENCH_EPOCHS", "70"))


def main() -> None:
    """Print times, ratios and scores."""
    training, holdout = split_rows(load_bank_rows(), ROWS, seed=0)
    print(
        f"{ROWS:,} rows × {training.shape[1]} columns of {describe_bank()}, threads {THREADS[0]}, "
        f"alternating rounds {ROUNDS}, medians",
        flush=True,
    )
    with torch_threads(THREADS[0]):
        pairs = _report_fits(training)
        _report_samples(pairs)
        _report_scores(pairs, training, holdout)
        _report_census()


Pairs = list[tuple[Any, Synthesizer]]


def _report_fits(training: pd.DataFrame) -> Pairs:
    pairs, theirs, ours = [], [], []
    for seed in range(ROUNDS):
        upstream, taken = timed(
            lambda seed=seed: fit_upstream(training, UPSTREAM_EPOCHS, seed)[1], with_pool=True
        )
        theirs.append(taken)
        synthesizer, taken = timed(lambda seed=seed: _fit(training, seed))
        ours.append(taken)
        pairs.append((upstream, synthesizer))
    _print_times(f"fit, ctgan {UPSTREAM_EPOCHS} epochs → ours", theirs, ours, goal=8)
    return pairs


def _fit(training: pd.DataFrame, seed: int) -> Synthesizer:
    recipe = Recipe("autoregressive", use_hma=False, threads=THREADS[0], seed=seed)
    synthesizer = create_synthesizer("autoregressive", modelled_columns(training), recipe)
    report = synthesizer.fit(training)
    print(f"  seed {seed}: {report.epochs_trained} epochs, kept {report.kept_epoch}", flush=True)
    return synthesizer


def _report_samples(pairs: Pairs) -> None:
    theirs, ours = [], []
    for seed, (upstream, synthesizer) in enumerate(pairs):
        seed_globally(seed)
        theirs.append(timed(lambda model=upstream: model.sample(SAMPLED_ROWS))[1])
        ours.append(timed(lambda model=synthesizer, seed=seed: model.sample(SAMPLED_ROWS, seed))[1])
    _print_times(f"{SAMPLED_ROWS:,} rows sampled", theirs, ours, goal=1)


def _report_scores(pairs: Pairs, training: pd.DataFrame, holdout: pd.DataFrame) -> None:
    _print_scores("ctgan", holdout, [upstream.sample(ROWS) for upstream, _ in pairs])
    drawn = [ours.sample(ROWS, seed) for seed, (_, ours) in enumerate(pairs)]
    quality, _, _, _, detection = _print_scores("autoregressive", holdout, drawn)
    _print_scores("second sample", holdout, [training])
    print(f"  quality at least {LEAST_QUALITY}: {_compare(quality, lambda one: one >= LEAST_QUALITY)}")
    print(
        f"  detection AUC at most {MOST_AUC}: {_compare(detection, lambda one: one <= MOST_AUC)}", flush=True
    )


def _compare(values: list[float], is_met: Callable[[float], bool]) -> str:
    return describe_outcome(is_met(median(values))) if values else "not measured"


def _report_census() -> None:
    census = load_census_rows()
    if census is None:
        return
    training, holdout = split_rows(census, ROWS, seed=0)
    print(f"census table: {len(training):,} rows × {training.shape[1]} columns", flush=True)
    drawn = [_fit(training, seed).sample(len(training), seed) for seed in range(ROUNDS)]
    _print_scores("autoregressive", holdout, drawn)
    _print_scores("second sample", holdout, [training])


def _print_times(what: str, theirs: list[Seconds], ours: list[Seconds], goal: float) -> None:
    for part in ("clock", "cpu"):
        sides = ([getattr(taken, part) for taken in side] for side in (theirs, ours))
        print_ratio(f"{what}, {part}", *sides, Wanted(goal))


def _print_scores(name: str, holdout: pd.DataFrame, tables: list[pd.DataFrame]) -> list[list[float]]:
    """Print medians and ranges; give the values of each score."""
    scores = [_score(holdout, table) for table in tables]
    labels = (
        "quality (default thresholds)",
        "shapes",
        "pairs (default thresholds)",
        "pairs (thresholds 0)",
        "detection AUC",
    )
    columns = [[score[place] for score in scores if score[place] is not None] for place in range(len(labels))]
    texts = [f"{label} {_describe(values)}" for label, values in zip(labels, columns, strict=True)]
    print(f"  {name:<16} {'  '.join(texts)}", flush=True)
    return columns


def _score(holdout: pd.DataFrame, table: pd.DataFrame) -> tuple[float | None, ...]:
    quality = compute_quality(holdout, table, modelled_columns(holdout))
    shapes, trends = quality.column_shapes, quality.strong_pair_trends
    overall = None if trends is None or shapes is None else (shapes + trends) / 2
    return overall, shapes, trends, quality.column_pair_trends, compute_detection(holdout, table)


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


def _describe(values: list[float]) -> str:
    """The median and, of several, the range."""
    if not values:
        return "–"
    spread = f" ({min(values):.3f}–{max(values):.3f})" if len(values) > 1 else ""
    return f"{median(values):.4f}{spread}"


if __name__ == "__main__":
    main()
