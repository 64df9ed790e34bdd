"""Training and sampling of CTGAN against ctgan 0.12.1, alternating in one process on the same threads.

Our side is the whole synthesizer with encoding and SDV's checks; upstream's is the bare `ctgan.CTGAN`.
The large table is bank marketing (45,211 rows, 17 columns) where `BENCH_BANK` names its CSV, else one of
the same shape drawn here; the small one has the modelled columns of the Employee sample. Epochs are timed
between the reports of one fit, so that preparation stands apart. `BENCH_LARGE_ROUNDS`, `BENCH_ROUNDS` and
`BENCH_THREADS` change the effort.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from pipeline.dataset import ModelledColumn, ModelledType
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.protocol import Synthesizer
from pipeline.synthesizers.recipe import Recipe

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
LARGE_ROUNDS = int(os.environ.get("BENCH_LARGE_ROUNDS", "1"))
THREADS = int(os.environ.get("BENCH_THREADS", str(min(2, os.cpu_count() or 1))))
SAMPLED_ROWS = 10_000


@dataclass(frozen=True)
class FitTimes:
    """Seconds of one fit: all of it, before the first epoch, and the median epoch."""

    whole: float
    before: float
    epoch: float


def main() -> None:
    """Print medians and ratios."""
    torch.set_num_threads(THREADS)
    print(f"CTGAN against ctgan 0.12.1, {THREADS} torch threads, medians of alternating fits")
    small, large = make_employee_rows(), load_bank_rows()
    _fit_both(small.head(500), 1, 1)
    _report_fits("2,000 rows × 4 columns, 70 epochs", *_fit_both(small, 70, ROUNDS))
    _report_fits(
        f"{len(large):,} rows × {large.shape[1]} columns, 10 epochs", *_fit_both(large, 10, LARGE_ROUNDS)
    )
    _report_samples(small)


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


def load_bank_rows() -> pd.DataFrame:
    """Bank marketing from the file that BENCH_BANK names, or a table of its shape."""
    path = os.environ.get("BENCH_BANK")
    if path and Path(path).is_file():
        return pd.read_csv(path, sep=";").drop(columns="id", errors="ignore")
    rng = np.random.default_rng(1)
    rows, sizes = 45_211, (12, 3, 4, 2, 2, 2, 3, 12, 4, 2)
    columns: dict[str, Any] = {
        f"category {position}": rng.choice(list("abcdefghijkl")[:size], rows, p=rng.dirichlet(np.ones(size)))
        for position, size in enumerate(sizes)
    }
    for position in range(7):
        columns[f"number {position}"] = np.round(rng.lognormal(3, 0.3 * (position + 1), rows))
    return pd.DataFrame(columns)


def fit_ours(table: pd.DataFrame, epochs: int, batch_size: int = 500) -> tuple[FitTimes, Synthesizer]:
    """Fit our CTGAN, timing its epochs by their reports."""
    recipe = Recipe(epochs=epochs, threads=THREADS, batch_size=batch_size)
    synthesizer = create_synthesizer("ctgan", modelled_columns(table), recipe)
    start, ends = time.perf_counter(), []
    report = synthesizer.fit(table, lambda progress: ends.append(time.perf_counter()))
    whole = time.perf_counter() - start
    return FitTimes(whole, whole - report.seconds, _median_gap(ends, whole / epochs)), synthesizer


def fit_upstream(table: pd.DataFrame, epochs: int) -> tuple[FitTimes, Any]:
    """Fit ctgan's CTGAN, timing its epochs through the iterator that it draws them from."""
    import ctgan.synthesizers.ctgan as upstream

    starts: list[float] = []

    def watched(iterable: Iterable[int], **_: object) -> Iterator[int]:
        for item in iterable:
            starts.append(time.perf_counter())
            yield item

    original, upstream.tqdm = upstream.tqdm, watched
    try:
        model = upstream.CTGAN(epochs=epochs, enable_gpu=False)
        start = time.perf_counter()
        model.fit(table, _categorical(table))
        whole = time.perf_counter() - start
    finally:
        upstream.tqdm = original
    return FitTimes(whole, starts[0] - start, _median_gap(starts, whole / epochs)), model


def modelled_columns(table: pd.DataFrame) -> tuple[ModelledColumn, ...]:
    """The kinds of a table's columns: text is categorical, the rest numerical."""
    categorical = set(_categorical(table))
    kinds = {True: ModelledType.CATEGORICAL, False: ModelledType.NUMERICAL}
    return tuple(ModelledColumn(name, kinds[name in categorical]) for name in table)


def _categorical(table: pd.DataFrame) -> list[str]:
    return [name for name in table if table[name].dtype == object]


def _fit_both(table: pd.DataFrame, epochs: int, rounds: int) -> tuple[list[FitTimes], list[FitTimes]]:
    upstream, ours = [], []
    for _ in range(rounds):
        upstream.append(fit_upstream(table, epochs)[0])
        ours.append(fit_ours(table, epochs)[0])
    return upstream, ours


def _report_fits(title: str, upstream: list[FitTimes], ours: list[FitTimes]) -> None:
    print(f"{title}, {len(ours)} rounds")
    for part, label in (("whole", "whole fit"), ("before", "before the first epoch"), ("epoch", "one epoch")):
        _report_line(
            label, *(statistics.median(getattr(fit, part) for fit in side) for side in (upstream, ours))
        )


def _report_samples(table: pd.DataFrame) -> None:
    _, ours = fit_ours(table, 2)
    _, upstream = fit_upstream(table, 2)
    taken: dict[str, list[float]] = {"upstream": [], "ours": []}
    for seed in range(7):
        taken["upstream"].append(_seconds(lambda: upstream.sample(SAMPLED_ROWS)))
        taken["ours"].append(_seconds(lambda seed=seed: ours.sample(SAMPLED_ROWS, seed)))
    print(f"{SAMPLED_ROWS:,} rows sampled, 7 rounds")
    _report_line("sample", *(statistics.median(times) for times in taken.values()))


def _report_line(label: str, upstream_s: float, ours_s: float) -> None:
    print(f"  {label:<24} {upstream_s:9.3f} s → {ours_s:8.3f} s   {upstream_s / ours_s:6.1f} times")


def _median_gap(moments: list[float], otherwise: float) -> float:
    gaps = np.diff(moments)
    return float(np.median(gaps)) if len(gaps) else otherwise


def _seconds(task: Callable[[], object]) -> float:
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
