"""A fitted CTGAN: what sampling needs and what is stored, and nothing of the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from pipeline.errors import SamplingError
from pipeline.synthesizers.ctgan.transformer import EncodedRows, ModeTransformer
from pipeline.synthesizers.encoding import TableEncoding
from pipeline.synthesizers.protocol import Drawn, Shares, take_arrays
from pipeline.synthesizers.shares import ShareTarget, resolve_shares

if TYPE_CHECKING:
    from pipeline.synthesizers.ctgan.row_generator import RowGenerator

_GENERATOR = "generator."


@dataclass(frozen=True)
class FittedCTGAN:
    """`counts` are the training rows of each category, `generator` the weights and running statistics."""

    encoding: TableEncoding
    transformer: ModeTransformer
    counts: np.ndarray
    generator: Mapping[str, np.ndarray]

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """`rows` rows in the learned dtypes; raise SamplingError for shares that cannot be met."""
        return self.draw(rows, seed, shares).table

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """The rows of `sample`, and how many of them were set to a share; raises as `sample` does."""
        if rows < 1:
            raise SamplingError(f"{rows} rows cannot be sampled.", "ask for at least one row.")
        columns = tuple(column.name for column in self.encoding.columns)
        targets = resolve_shares(shares or {}, self.encoding.categories, columns)
        encoded, forced = self._draw(rows, seed, targets)
        return Drawn(self.encoding.restore(self.transformer.decode(encoded)), forced)

    def sample_clean(self, rows: int, seed: int) -> pd.DataFrame:
        """`rows` rows as clean fields."""
        return pd.DataFrame(self.transformer.decode(self._draw(rows, seed, ())[0]))

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All numbers by name."""
        generator = {_GENERATOR + name: array for name, array in self.generator.items()}
        return {"counts": self.counts, **self.transformer.arrays, **generator}

    @property
    def values(self) -> dict[str, Any]:
        """All JSON-able values."""
        return {"encoding": self.encoding.as_dict()}

    @classmethod
    def from_parts(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The model again from `values` and `arrays`."""
        encoding = TableEncoding.from_dict(values["encoding"])
        generator = take_arrays(arrays, _GENERATOR)
        transformer = ModeTransformer.from_arrays(encoding.fields, arrays)
        return cls(encoding, transformer, arrays["counts"], generator)

    def _draw(
        self, rows: int, seed: int, targets: tuple[ShareTarget, ...]
    ) -> tuple[EncodedRows, np.ndarray | None]:
        from pipeline.synthesizers.ctgan.row_sampler import RowSampler
        from pipeline.synthesizers.ctgan.share_column import ShareColumn

        sampler = RowSampler(self.transformer, self._row_generator, self.counts, seed)
        columns = tuple(ShareColumn.of_target(target, self.encoding, self.transformer) for target in targets)
        return sampler.draw_with_shares(rows, columns) if columns else (sampler.draw(rows), None)

    @cached_property
    def _row_generator(self) -> RowGenerator:
        from pipeline.synthesizers.ctgan.row_generator import RowGenerator

        return RowGenerator(self.transformer.layout, self.generator)
