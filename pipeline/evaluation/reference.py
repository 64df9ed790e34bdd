"""The real side of every comparison: training rows, holdout rows and the values that must not be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.spec import DatasetSpec, ModelledColumn, Role

if TYPE_CHECKING:
    from pipeline.evaluation.privacy.copies import RowKeys
    from pipeline.evaluation.quality.baselines import Bounds


@dataclass(frozen=True)
class Reference:
    """A dataset as evaluations need it.

    `training` and `holdout` are modelled tables; `protected` maps each identity column that may not
    equal a real value to all of its real values, training and holdout rows alike.
    """

    spec: DatasetSpec
    raw: pd.DataFrame
    training: pd.DataFrame
    holdout: pd.DataFrame
    protected: Mapping[str, np.ndarray]
    _bounds: dict[int, Bounds] = field(default_factory=dict, init=False, repr=False, compare=False)

    def obtain_bounds(self, rows: int) -> Bounds:
        """Ceiling and floor for tables of `rows` rows, computed when first asked for."""
        from pipeline.evaluation.quality.baselines import compute_bounds

        if rows not in self._bounds:
            self._bounds[rows] = compute_bounds(self.training, self.holdout, self.columns, rows)
        return self._bounds[rows]

    @cached_property
    def real_keys(self) -> RowKeys:
        """The training and holdout rows as keys, beside no synthetic row."""
        from pipeline.evaluation.privacy.copies import compute_row_keys

        return compute_row_keys(self.training, self.holdout, self.training.head(0))

    @property
    def columns(self) -> tuple[ModelledColumn, ...]:
        """The modelled columns, in table order."""
        return features.modelled_columns(self.spec)


def load_reference(dataset: Dataset) -> Reference:
    """Read a dataset's raw table once and derive what comparisons need of it."""
    spec, split, raw = dataset.spec, dataset.split(), dataset.load_raw()
    return Reference(
        spec=spec,
        raw=raw,
        training=features.extract(spec, split.training, spec.as_of),
        holdout=features.extract(spec, split.holdout, spec.as_of),
        protected=list_protected(spec, raw),
    )


def list_protected(spec: DatasetSpec, raw: pd.DataFrame) -> dict[str, np.ndarray]:
    """The real values of each identity column that may not equal one, as texts."""
    return {
        column.name: raw[column.name].dropna().astype(str).to_numpy(dtype=object)
        for column in spec.columns
        if column.role is Role.IDENTITY and not column.may_equal_real
    }
