"""A folder of `train.csv`, `holdout.csv` and the tables of other generators, read and checked.

Files are UTF-8, comma-separated, with one header line; an empty cell is missing. A column of `train.csv` that
holds numbers only is a number, any other one a category.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import DataError
from pipeline.evaluation.quality.baselines import draw_rows
from tests.benchmarks.subjects import Subject
from tests.benchmarks.tables import modelled_columns

TRAIN, HOLDOUT = "train.csv", "holdout.csv"


@dataclass(frozen=True)
class RivalTables:
    """Real rows, and other generators' rows by name, in alphabetical order."""

    subject: Subject
    rivals: Mapping[str, pd.DataFrame]

    @property
    def judged_rows(self) -> int:
        """The rows that every table can give, so that their scores compare."""
        tables = (self.subject.training, self.subject.unseen, *self.rivals.values())
        return min(map(len, tables))


def load_rival_tables(folder: Path, most_rows: int | None = None) -> RivalTables:
    """Read a folder, at most `most_rows` random rows of each file.

    DataError names the file, and the column where one is to blame.
    """
    training = _read_typed_training(folder)
    rivals = sorted(path.name for path in folder.glob("*.csv") if path.name not in (TRAIN, HOLDOUT))
    tables = {name: _align(name, _read_cells(folder, name), training) for name in (HOLDOUT, *rivals)}
    training, *others = (_limit(table, most_rows) for table in (training, *tables.values()))
    subject = Subject(modelled_columns(training), training, others[0])
    return RivalTables(subject, {Path(name).stem: one for name, one in zip(rivals, others[1:], strict=True)})


def _read_typed_training(folder: Path) -> pd.DataFrame:
    """The training rows, which say what kind each column is."""
    cells = _read_cells(folder, TRAIN)
    return pd.DataFrame({name: _type_freely(cells[name]) for name in cells})


def _type_freely(cells: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce")
    is_number = cells.notna().any() and numbers.notna().equals(cells.notna())
    return numbers if is_number else cells


def _align(file: str, cells: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    """The cells with the columns, order and kinds of the training rows."""
    _check_names(file, list(cells.columns), list(training.columns))
    return pd.DataFrame({name: _type_like(file, cells[name], training[name]) for name in training})


def _type_like(file: str, cells: pd.Series, real: pd.Series) -> pd.Series:
    where, present = f'{file}: column "{real.name}"', cells.dropna()
    if real.dtype != object:
        numbers = pd.to_numeric(cells, errors="coerce")
        bad = np.flatnonzero(cells.notna() & numbers.isna())
        if len(bad):
            raise DataError(
                f'{where} holds {len(bad)} cells that are no numbers, the first is "{cells.iloc[bad[0]]}" in '
                f"row {bad[0] + 1}.",
                f"write numbers there, as {TRAIN} does.",
            )
        return numbers
    if len(present) and not present.isin(real.dropna()).any():
        raise DataError(
            f'{where} holds no category of {TRAIN}: its first is "{present.iloc[0]}", '
            f'that of {TRAIN} "{real.dropna().iloc[0]}".',
            "write the categories in the same form in both files.",
        )
    return cells


def _check_names(file: str, found: list[str], wanted: list[str]) -> None:
    for names, others, problem in (
        (wanted, found, f"is missing, which {TRAIN} has"),
        (found, wanted, f"is none of {TRAIN}"),
    ):
        odd = [name for name in names if name not in others]
        if odd:
            raise DataError(
                f'{file}: column "{odd[0]}" {problem}.', f"give {file} exactly the columns of {TRAIN}."
            )


def _read_cells(folder: Path, name: str) -> pd.DataFrame:
    """The cells of a file as text, empty ones missing."""
    path = folder / name
    if not path.is_file():
        raise DataError(f"{folder} holds no {name}.", f"put {TRAIN} and {HOLDOUT} there.")
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    except (ValueError, OSError) as error:
        raise DataError(f"{name} cannot be read: {error}", "write it as comma-separated UTF-8.") from error
    if not isinstance(cells.index, pd.RangeIndex):
        raise DataError(f"{name}: rows have more cells than the header.", "name every column in the header.")
    if cells.empty:
        raise DataError(f"{name} has no rows.", "give it a header and at least one row.")
    return cells


def _limit(table: pd.DataFrame, most_rows: int | None) -> pd.DataFrame:
    return table if most_rows is None else draw_rows(table, most_rows, np.random.default_rng(0))
