"""SDV's side of the benchmarks of whole tables, and medians of tasks that take turns."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd

from pipeline.datasets.catalog import BUILTIN_FOLDERS


def fit_upstream(name: str) -> Any:
    """SDV's `CTGANSynthesizer` on a built-in raw sample with the metadata that SDV detects, one epoch."""
    from sdv.metadata import Metadata
    from sdv.single_table import CTGANSynthesizer

    raw = pd.read_csv(BUILTIN_FOLDERS[name] / f"{name}.csv", dtype=str)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        synthesizer = CTGANSynthesizer(Metadata.detect_from_dataframes({name: raw}), epochs=1)
        synthesizer.fit({name: raw})
    return synthesizer


def alternate(rounds: int, **tasks: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each task, one after the other in every round."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}
