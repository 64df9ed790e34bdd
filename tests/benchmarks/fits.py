"""Fits of both sides, timed; upstream's epochs are seen through the iterator that it draws them from."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.protocol import Synthesizer
from pipeline.synthesizers.recipe import Recipe
from tests.benchmarks.tables import categorical_names, modelled_columns

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
THREADS = tuple(
    int(count)
    for count in os.environ.get("BENCH_THREADS", "1,2" if (os.cpu_count() or 1) > 1 else "1").split(",")
)


@dataclass(frozen=True)
class FitTimes:
    """Seconds of one fit: all of it, before the first epoch, and the median epoch."""

    whole: float
    before: float
    epoch: float


@dataclass(frozen=True)
class Wanted:
    """What a ratio is held against: the goal, a higher aim, and what the prototype reached."""

    goal: float | None = None
    aim: float | None = None
    prototype: float | None = None

    def describe(self, ratio: float) -> str:
        """Each of them that there is, and whether it is met."""
        parts = [
            f"{name} {wanted:g}: {describe_outcome(ratio >= wanted)}"
            for name, wanted in (("goal", self.goal), ("aim", self.aim))
            if wanted is not None
        ]
        if self.prototype is not None:
            parts.append(f"the prototype had {self.prototype:g}")
        return f"   ({', '.join(parts)})" if parts else ""


@dataclass(frozen=True)
class Seconds:
    """What one task took by the clock, and of CPU with those of its children that have ended."""

    clock: float
    cpu: float


def fit_ours(table: pd.DataFrame, epochs: int, threads: int) -> tuple[FitTimes, Synthesizer]:
    """Fit our CTGAN, timing its epochs by their reports."""
    recipe = Recipe(epochs=epochs, threads=threads)
    synthesizer = create_synthesizer("ctgan", modelled_columns(table), recipe)
    start, ends = time.perf_counter(), []
    report = synthesizer.fit(table, lambda _: ends.append(time.perf_counter()))
    whole = time.perf_counter() - start
    return FitTimes(whole, whole - report.seconds, _median_gap(ends, whole / epochs)), synthesizer


def fit_upstream(table: pd.DataFrame, epochs: int, seed: int = 0) -> tuple[FitTimes, Any]:
    """Fit ctgan's CTGAN on the threads that torch has at the moment; it reads the global seeds only."""
    import ctgan.synthesizers.ctgan as upstream

    seed_globally(seed)

    starts: list[float] = []

    def watched(iterable: Iterable[int], **_: object) -> Iterator[int]:
        for item in iterable:
            starts.append(time.perf_counter())
            yield item

    original, upstream.tqdm = upstream.tqdm, watched
    try:
        model = upstream.CTGAN(epochs=epochs, enable_gpu=False)
        start = time.perf_counter()
        model.fit(table, categorical_names(table))
        whole = time.perf_counter() - start
    finally:
        upstream.tqdm = original
    return FitTimes(whole, starts[0] - start, _median_gap(starts, whole / epochs)), model


def seed_globally(seed: int) -> None:
    """Seed what upstream draws from."""
    import torch

    torch.manual_seed(seed)
    np.random.seed(seed)


def timed(task: Callable[[], Any], with_pool: bool = False) -> tuple[Any, Seconds]:
    """The result of a task and what it took.

    joblib keeps its processes for the next task, and the CPU of a child counts only once it has ended.
    `with_pool` ends them with the task, so that the next one has to start them again.
    """
    start, before = time.perf_counter(), os.times()
    result = task()
    clock = time.perf_counter() - start
    if with_pool:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)
    cpu = sum(os.times()[:4]) - sum(before[:4])
    return result, Seconds(clock, cpu)


def print_ratio(label: str, upstream: list[float], ours: list[float], wanted: Wanted = Wanted()) -> None:
    """Medians of both sides in seconds, their ratio, and what it is held against."""
    theirs_s, ours_s = median(upstream), median(ours)
    ratio = theirs_s / ours_s
    print(
        f"  {label:<38} {theirs_s:9.3f} s → {ours_s:8.3f} s   {ratio:6.1f} times{wanted.describe(ratio)}",
        flush=True,
    )


def describe_outcome(is_met: bool) -> str:
    """What became of a goal."""
    return "met" if is_met else "missed"


def describe_gaps(gaps: list[float]) -> str:
    """The mean of paired differences with its 95 % interval (Student's t)."""
    from scipy.stats import t

    mean = float(np.mean(gaps))
    if len(gaps) < 2:
        return f"{mean:+.4f} (one seed: no interval)"
    reach = float(t.ppf(0.975, len(gaps) - 1) * np.std(gaps, ddof=1) / np.sqrt(len(gaps)))
    return f"{mean:+.4f} (95 % interval {mean - reach:+.4f} to {mean + reach:+.4f})"


def _median_gap(moments: list[float], otherwise: float) -> float:
    gaps = np.diff(moments)
    return float(np.median(gaps)) if len(gaps) else otherwise
