"""Training and sampling of CTGAN against ctgan 0.12.1, alternating in one process on the same threads.

Our side is the whole synthesizer with encoding and SDV's checks; upstream's is the bare `ctgan.CTGAN`.
The large table is bank marketing (`BENCH_BANK` names its CSV) or one of the same shape, the small one has
the modelled columns of the Employee sample. Epochs are timed between the reports of one fit, so that what
comes before stands apart; the transformer is timed alone too. `BENCH_ROUNDS` (3), `BENCH_LARGE_ROUNDS` (3)
and `BENCH_THREADS` (1,2) change the effort.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from pipeline.synthesizers.encoding import TableEncoding
from pipeline.synthesizers.recipe import torch_threads
from tests.benchmarks.fits import (
    ROUNDS,
    THREADS,
    FitTimes,
    Wanted,
    fit_ours,
    fit_upstream,
    print_ratio,
    timed,
)
from tests.benchmarks.tables import (
    categorical_names,
    describe_bank,
    load_bank_rows,
    make_employee_rows,
    modelled_columns,
)

LARGE_ROUNDS = int(os.environ.get("BENCH_LARGE_ROUNDS", "3"))
SAMPLE_ROUNDS = 7
SAMPLED_ROWS = 10_000
_PARTS = {"whole": "whole fit", "before": "before the first epoch", "epoch": "one epoch"}


def main() -> None:
    """Print medians and ratios for each thread count."""
    small, large = make_employee_rows(), load_bank_rows()
    print(f"CTGAN against ctgan 0.12.1, medians of alternating fits; large table: {describe_bank()}")
    for threads in THREADS:
        with torch_threads(threads):
            _fit_both(small.head(500), 1, 1, threads)
            _report_fits(small, 70, ROUNDS, threads, {"whole": Wanted(3.5, aim=5)})
            _report_transformers(small, ROUNDS, 10)
            _report_fits(
                large, 10, LARGE_ROUNDS, threads, {"whole": Wanted(4, aim=5), "epoch": Wanted(3, aim=4)}
            )
            _report_transformers(large, LARGE_ROUNDS, 88)
            _report_samples(small, threads)


def _fit_both(
    table: pd.DataFrame, epochs: int, rounds: int, threads: int
) -> tuple[list[FitTimes], list[FitTimes]]:
    upstream, ours = [], []
    for _ in range(rounds):
        upstream.append(fit_upstream(table, epochs)[0])
        ours.append(fit_ours(table, epochs, threads)[0])
    return upstream, ours


def _report_fits(
    table: pd.DataFrame, epochs: int, rounds: int, threads: int, wanted: dict[str, Wanted]
) -> None:
    rows, columns = table.shape
    print(
        f"{rows:,} rows × {columns} columns, {epochs} epochs, threads {threads}, rounds {rounds}", flush=True
    )
    sides = _fit_both(table, epochs, rounds, threads)
    for part, label in _PARTS.items():
        print_ratio(
            label, *([getattr(fit, part) for fit in side] for side in sides), wanted.get(part, Wanted())
        )


def _report_transformers(table: pd.DataFrame, rounds: int, prototype: float) -> None:
    """Mode-specific normalisation alone, fit and transform, with the ratio that the prototype reached."""
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(timed(lambda: _transform_upstream(table))[1].clock)
        ours.append(timed(lambda: _transform_ours(table))[1].clock)
    print_ratio("transformer, fit and transform", theirs, ours, Wanted(prototype=prototype))


def _transform_upstream(table: pd.DataFrame) -> None:
    from ctgan.data_transformer import DataTransformer

    transformer = DataTransformer()
    transformer.fit(table, categorical_names(table))
    transformer.transform(table)


def _transform_ours(table: pd.DataFrame) -> None:
    from pipeline.synthesizers.ctgan.transformer import ModeTransformer

    encoding, rng = TableEncoding.learn(table, modelled_columns(table)), np.random.default_rng(0)
    ModeTransformer.learn(encoding.clean(table, rng), encoding.fields, rng)


def _report_samples(table: pd.DataFrame, threads: int) -> None:
    _, ours = fit_ours(table, 2, threads)
    _, upstream = fit_upstream(table, 2)
    theirs_s, ours_s = [], []
    for seed in range(SAMPLE_ROUNDS):
        theirs_s.append(timed(lambda: upstream.sample(SAMPLED_ROWS))[1].clock)
        ours_s.append(timed(lambda seed=seed: ours.sample(SAMPLED_ROWS, seed))[1].clock)
    print(f"{SAMPLED_ROWS:,} rows sampled, threads {threads}, rounds {SAMPLE_ROUNDS}")
    print_ratio("sample", theirs_s, ours_s, Wanted(2))


if __name__ == "__main__":
    main()
