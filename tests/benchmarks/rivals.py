"""`make bench-rivals FOLDER=…`: other generators' published tables beside ours, with the same judges.

The folder holds `train.csv`, `holdout.csv` and any number of tables named after their generators. Ours learn
`train.csv` here: `autoregressive`, and the default recipe, whose epoch is chosen on a fifth of those rows; so
does "ctgan upstream", the recipe of `--upstream` unrefined.
Every table is judged by as many rows as the shortest has. Quality, shapes and pair trends (all pairs) are
against the holdout. AUC is that of boosted trees in three folds, on at most 5,000 rows of each side: 0.5
where there is no difference, less where a table repeats the very values of the real one. It is that of whole
rows and, as "columns", of rows whose columns were shuffled one by one in either table, which is what single
columns give away; "dependence" is the rest. "Nearer" is the share of rows that lie closer to training than to
holdout rows, with its interval at three standard errors (0.5: chance). Seconds are of CPU, on one thread.
Training rows and shuffled ones stand below as ceiling and floor.

`BENCH_ROWS` limits the rows of every file; ours then learn from fewer rows than the others did.
`BENCH_EPOCHS` (70) is for the default recipe and upstream's. Equal files give equal numbers, seconds apart.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import DataError, WorkbenchError
from pipeline.evaluation.quality.baselines import draw_rows
from pipeline.evaluation.quality.score import compute_quality
from pipeline.synthesizers.recipe import Recipe, torch_threads
from tests.benchmarks.fitted_rows import (
    FittedRows,
    draw_autoregressive,
    draw_default,
    draw_upstream,
    load_libraries,
)
from tests.benchmarks.judges import Detected, Risk, describe_judge, detect, measure_risk, shuffle_columns
from tests.benchmarks.layout import print_columns, tell, tell_interval
from tests.benchmarks.rival_tables import RivalTables, load_rival_tables
from tests.benchmarks.subjects import Subject

SEED = 0
DrawOurs = Callable[[Subject], Sequence[FittedRows]]
_HEADER = ("generator", "quality", "shapes", "pairs", "AUC train", "columns", "dependence")
_HEADER += ("AUC holdout", "columns", "dependence", "nearer to training", "fit, s")


@dataclass(frozen=True)
class Judged:
    """One table by all judges; quality is (overall, shapes, pair trends). None where nothing is measured."""

    quality: tuple[float | None, float | None, float | None]
    training: Detected
    holdout: Detected
    risk: Risk | None = None


def main(arguments: Sequence[str]) -> int:
    """Print every generator of a folder; 2 where it cannot be used or learned."""
    if len(arguments) != 1:
        print("Usage: make bench-rivals FOLDER=path/to/tables", file=sys.stderr)
        return 2
    try:
        with torch_threads(1):
            report(load_rival_tables(Path(arguments[0]), _read_limit()))
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def report(tables: RivalTables, draw_ours: DrawOurs | None = None) -> None:
    """Print the generators and, below, ceiling and floor."""
    subject, rows = tables.subject, tables.judged_rows
    print(
        f"{len(subject.training):,} rows to train, {len(subject.unseen):,} holdout, "
        f"{len(subject.columns)} columns; {rows:,} rows of each judged",
        flush=True,
    )
    print(f"  AUC: {describe_judge(rows, len(subject.columns))}", flush=True)
    others = [FittedRows(name, table) for name, table in tables.rivals.items()]
    generators = [*others, *(draw_ours or _draw_ours)(subject)]
    lines = [_tell_line(one.name, judge(subject, one.table, rows), one.fit_s) for one in generators]
    print_columns(_HEADER, [*lines, *_tell_references(subject, rows)])


def judge(subject: Subject, table: pd.DataFrame, rows: int) -> Judged:
    """Score `rows` rows of a table against training and holdout rows."""
    drawn = draw_rows(table, rows, np.random.default_rng(SEED))
    return Judged(
        _score(subject, drawn),
        detect(subject, subject.training, drawn, [SEED]),
        detect(subject, subject.unseen, drawn, [SEED]),
        measure_risk(subject, drawn, SEED),
    )


def _score(subject: Subject, table: pd.DataFrame) -> tuple[float | None, float | None, float | None]:
    found = compute_quality(subject.unseen, table, subject.columns)
    return found.score, found.column_shapes, found.column_pair_trends


def _draw_ours(subject: Subject) -> Iterator[FittedRows]:
    load_libraries()
    epochs = int(os.environ.get("BENCH_EPOCHS", "70"))
    yield draw_autoregressive(subject, Recipe().epochs, SEED)
    yield draw_default(subject, epochs, SEED)
    yield draw_upstream(subject, epochs, SEED)


def _tell_references(subject: Subject, rows: int) -> Iterator[list[str]]:
    """Training rows, which no judge of training rows scores, and the same with shuffled columns."""
    drawn = draw_rows(subject.training, rows, np.random.default_rng(SEED))
    found = Judged(
        _score(subject, drawn), Detected(None, None), detect(subject, subject.unseen, drawn, [SEED])
    )
    yield _tell_line("training rows (ceiling)", found)
    shuffled = shuffle_columns(subject.training, SEED)
    yield _tell_line("shuffled columns (floor)", judge(subject, shuffled, rows))


def _tell_line(name: str, found: Judged, fit_s: float | None = None) -> list[str]:
    risk = found.risk
    sides = [tell(value) for side in (found.training, found.holdout) for value in (side.rows, side.columns)]
    gaps = [tell(side.dependence, "+.3f") for side in (found.training, found.holdout)]
    return [
        name,
        *(tell(value, ".4f") for value in found.quality),
        *(*sides[:2], gaps[0], *sides[2:], gaps[1]),
        tell_interval(risk.nearer, risk.nearer_low, risk.nearer_high) if risk else "–",
        tell(fit_s, ".1f"),
    ]


def _read_limit() -> int | None:
    text = os.environ.get("BENCH_ROWS", "")
    if not text:
        return None
    if not text.isdecimal() or not int(text):
        raise DataError(f"BENCH_ROWS is {text}.", "choose a whole number of rows, at least 1.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
