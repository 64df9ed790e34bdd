"""All privacy measures of a large table: seconds and peak memory at 10,000 rows × 15 columns, and beyond.

Every size runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.evaluation.privacy.evaluate import compute_privacy

SIZES = ((10_000, 15), (20_000, 15), (10_000, 40))
TODAY = date(2026, 1, 31)
TARGET_S = 60


def main() -> None:
    """Print seconds and peak memory by size; the first size is the one that is promised."""
    print(f"all privacy measures on one core; {SIZES[0][0]:,} rows × {SIZES[0][1]} take at most {TARGET_S} s")
    for rows, columns in SIZES:
        command = [sys.executable, "-m", __spec__.name if __spec__ else __name__, str(rows), str(columns)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        print(done.stdout.rstrip(), flush=True)


def measure(rows: int, columns: int) -> None:
    """Print what one size takes; the memory before the measures is that of Python and the tables."""
    spec, tables = make_tables(rows, columns)
    training, holdout, synthetic = tables
    before_mb = read_peak_mb()
    start = time.perf_counter()
    found = compute_privacy(training, synthetic, spec, training, holdout, synthetic, "full")
    seconds = time.perf_counter() - start
    measured = sum(one.verdict is not None for one in found.measures)
    print(
        f"  {rows:>7,} rows × {columns:>2} columns {seconds:7.1f} s   peak {read_peak_mb():6.0f} MB "
        f"({before_mb:.0f} MB before)   {measured} of {len(found.measures)} measured, {found.verdict}"
    )


def make_tables(rows: int, columns: int) -> tuple[DatasetSpec, list[pd.DataFrame]]:
    """Training, holdout and synthetic rows of one population: numbers, dates and categories in turn."""
    kinds = [("numerical", "datetime", "categorical")[place % 3] for place in range(columns)]
    specs = tuple(ColumnSpec(f"c{place}", Role.MODELLED, kind) for place, kind in enumerate(kinds))
    spec = DatasetSpec("bench", "Bench", "", "bench", TODAY, specs)
    return spec, [draw(kinds, rows, seed) for seed in range(3)]


def draw(kinds: list[str], rows: int, seed: int) -> pd.DataFrame:
    """Rows whose columns share one hidden cause."""
    rng = np.random.default_rng(seed)
    cause = rng.normal(size=rows)
    table = {}
    for place, kind in enumerate(kinds):
        values = cause + rng.normal(size=rows)
        if kind == "datetime":
            table[f"c{place}"] = pd.Timestamp("2020-01-01") + pd.to_timedelta((values * 300).astype(int), "D")
        else:
            table[f"c{place}"] = values if kind == "numerical" else np.floor(values * 3).astype(str)
    return pd.DataFrame(table)


def read_peak_mb() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    measure(*map(int, sys.argv[1:3])) if len(sys.argv) == 3 else main()
