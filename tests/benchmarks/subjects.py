"""What generators learn from, and the rows that none of them sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from pipeline.datasets.catalog import BUILTIN_FOLDERS
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.spec import SPEC_FILE, ModelledColumn
from pipeline.datasets.spec_file import load_spec
from pipeline.evaluation.reference import load_reference
from tests.benchmarks.tables import (
    describe_bank,
    load_bank_rows,
    load_census_rows,
    modelled_columns,
    split_rows,
)

_PUBLIC_ROWS = 10_000
_CHOOSING_SHARE = 0.2


@dataclass(frozen=True)
class Subject:
    """Modelled rows to learn from and as many or fewer unseen ones."""

    columns: tuple[ModelledColumn, ...]
    training: pd.DataFrame
    unseen: pd.DataFrame

    def draw_choosing_rows(self, seed: int) -> pd.DataFrame:
        """A fifth of the training rows, which choose CTGAN's epoch: the unseen rows choose nothing."""
        return self.training.sample(frac=_CHOOSING_SHARE, random_state=seed).reset_index(drop=True)


@dataclass(frozen=True)
class Source:
    """A table by its title; `split` gives the subject of a seed."""

    title: str
    is_builtin: bool
    split: Callable[[int], Subject]


def list_sources() -> list[Source]:
    """The built-in samples with their own holdout, bank marketing, and a census table where it is named."""
    sources = [Source(name, True, partial(_load_builtin, name)) for name in BUILTIN_FOLDERS]
    sources.append(Source(describe_bank(), False, partial(_split_public, load_bank_rows())))
    census = load_census_rows()
    if census is not None:
        sources.append(Source("census table", False, partial(_split_public, census)))
    return sources


def _load_builtin(name: str, _: int) -> Subject:
    """A built-in sample; its split is the same for every seed."""
    folder = BUILTIN_FOLDERS[name]
    found = load_reference(Dataset(load_spec(folder / SPEC_FILE), folder))
    return Subject(found.columns, found.training, found.holdout)


def _split_public(table: pd.DataFrame, seed: int) -> Subject:
    training, unseen = split_rows(table, _PUBLIC_ROWS, seed)
    return Subject(modelled_columns(training), training, unseen)
