"""Several columns as one: a fixed combination, or the choice which of them are filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.rules.row_checks import code_combinations
from pipeline.errors import SamplingError


@dataclass(frozen=True, eq=False)
class CombinationForm:
    """The combinations of a sample, one a row of `values`, which has the columns and their types."""

    values: pd.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that one stands for."""
        return tuple(self.values.columns)


def learn_combinations(frame: pd.DataFrame, columns: Sequence[str]) -> CombinationForm:
    """Every combination that occurs, by appearance; missing values are values."""
    codes, _ = code_combinations([frame[name].reset_index(drop=True) for name in columns])
    first = np.unique(codes, return_index=True)[1]
    return CombinationForm(frame[list(columns)].iloc[first].reset_index(drop=True))


def to_combined(form: CombinationForm, frame: pd.DataFrame) -> pd.Series:
    """One category ("0", "1", ...) for the columns of each row; SamplingError for an unknown combination."""
    whole = pd.concat([form.values, frame[list(form.columns)]], ignore_index=True)
    codes, _ = code_combinations([whole[name] for name in form.columns])
    own = codes[len(form.values) :]
    if own.max(initial=-1) >= len(form.values):
        raise SamplingError(
            f"The columns {', '.join(form.columns)} hold a combination that the sample does not have.",
            "fit the model again on this sample.",
        )
    return pd.Series(own.astype(str).astype(object))


def from_combined(form: CombinationForm, combined: pd.Series) -> pd.DataFrame:
    """The columns of a combination, in the types that they had."""
    return form.values.iloc[combined.astype(int).to_numpy()].reset_index(drop=True)


def to_choice(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Which columns of each row are filled, as one digit each: "10" where only the first of two is."""
    filled = frame[list(columns)].notna().to_numpy()
    digits = np.where(filled, "1", "0").astype(object)
    return pd.Series(digits.sum(axis=1) if len(digits) else digits[:, 0], dtype=object)


def from_choice(frame: pd.DataFrame, columns: Sequence[str], choice: pd.Series, seed: int) -> pd.DataFrame:
    """The frame with exactly the chosen columns filled; what is missing there is drawn from other rows.

    SamplingError where a column is chosen and holds no value in any row.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, len(frame)]))
    chosen = np.array([list(text) for text in choice], dtype=object).reshape(len(choice), len(columns)) == "1"
    result = frame.copy()
    for place, name in enumerate(columns):
        values = result[name].reset_index(drop=True)
        present = values.dropna()
        lacks = np.flatnonzero(chosen[:, place] & values.isna().to_numpy())
        if len(lacks) and not len(present):
            raise SamplingError(f'The column "{name}" has no value to fill it with.', "draw more rows.")
        if len(lacks):
            values.iloc[lacks] = present.iloc[rng.integers(0, len(present), len(lacks))].to_numpy()
        missing = None if values.dtype == object else pd.NA
        result[name] = values.where(chosen[:, place], missing).to_numpy()
    return result
