"""Numbers and dates ↔ codes: values that many rows share by themselves, all others in bins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledType
from pipeline.synthesizers.cells import Cells, learn_cells
from pipeline.synthesizers.columns import DatetimeEncoding, NumberEncoding


@dataclass(frozen=True)
class NumberBook:
    """The codes of one numeric or date column: its cells in increasing order, then one for missing cells."""

    encoding: NumberEncoding | DatetimeEncoding
    cells: Cells

    @classmethod
    def learn(cls, series: pd.Series, kind: ModelledType) -> tuple[Self, np.ndarray]:
        """Give the book of a column and the codes of its rows, shape rows × 1."""
        of_kind = DatetimeEncoding if kind is ModelledType.DATETIME else NumberEncoding
        encoding: NumberEncoding | DatetimeEncoding = of_kind.learn(series)
        numbers = encoding.numbers(series)
        is_observed = ~np.isnan(numbers)
        cells, observed_codes = learn_cells(numbers[is_observed], encoding.step)
        codes = np.full(len(series), len(cells), dtype=np.int64)
        codes[is_observed] = observed_codes
        return cls(encoding, cells), codes[:, None]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of the one variable."""
        return (len(self.cells) + self.encoding.has_missing,)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest number that each cell can give, in the encoding's own count."""
        owner = np.ceil(self.cells.spots - 1e-9).astype(np.int64) - 1
        is_stretch = self.cells.highs > self.cells.lows
        half = is_stretch * self.encoding.step / 2
        first, last = np.full(len(self.cells), np.inf), np.full(len(self.cells), -np.inf)
        np.minimum.at(first, owner, self.cells.lows + half)
        np.maximum.at(last, owner, self.cells.highs - half)
        return first, last

    def allowed(self, is_wanted: np.ndarray, _earlier: np.ndarray) -> np.ndarray:
        """Which codes of the variable are wanted, shape 1 × codes: the same for all rows."""
        return is_wanted[None]

    def restore(self, codes: np.ndarray, rng: np.random.Generator) -> pd.Series:
        """The column of sampled codes (rows × 1) in its own dtype; `rng` draws inside the cells."""
        is_missing = codes[:, 0] == len(self.cells)
        numbers = np.zeros(len(codes))
        numbers[~is_missing] = self.cells.draw(codes[~is_missing, 0], rng)
        return self.encoding.values(numbers, is_missing if is_missing.any() else None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`; the cells are arrays and go their own way."""
        return {"encoding": asdict(self.encoding), "is_date": isinstance(self.encoding, DatetimeEncoding)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], cells: Cells) -> Self:
        """The book again from its plain values and its cells."""
        encoding = DatetimeEncoding if values["is_date"] else NumberEncoding
        return cls(encoding.from_dict(values["encoding"]), cells)
