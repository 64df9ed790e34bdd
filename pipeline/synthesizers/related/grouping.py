"""Rows of a parent in groups of alike rows, so that a child can say which kind of parent it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.protocol import take_arrays
from pipeline.synthesizers.related.attributes import Attribute, Columns
from pipeline.synthesizers.related.contexts import ContextBins, ContextCode

_ROWS_OF_GROUP, _MOST_GROUPS = 25, 24
_MOST_LEARNED = 20_000
_MOST_ALONE = 200


@dataclass(frozen=True)
class Grouping:
    """Centres of groups over binned columns; or the groups of the rows themselves, of a public table."""

    code: ContextCode
    centres: np.ndarray
    fixed: np.ndarray | None = None

    @classmethod
    def learn(cls, attributes: Mapping[str, Attribute], values: Columns, rows: int, seed: int) -> Self:
        """Find the groups of a table that is generated."""
        bins = {
            key: ContextBins.learn(values[key], one.is_category, one.step, rows)
            for key, one in attributes.items()
        }
        code = ContextCode(bins)
        features = _describe(code, values, rows)
        wanted = int(np.clip(rows // _ROWS_OF_GROUP, 1, _MOST_GROUPS))
        return cls(code, _find_centres(features, wanted, seed))

    @classmethod
    def of_public(cls, counts: np.ndarray, other: Self) -> Self:
        """A group for each row of a public table that enough children have; `other` groups the rest."""
        is_alone = counts >= FEWEST_ROWS
        if is_alone.sum() > _MOST_ALONE:
            return other
        fixed = np.where(is_alone, np.cumsum(is_alone), 0)
        return cls(other.code, other.centres, fixed)

    def assign(self, values: Columns, rows: int) -> np.ndarray:
        """The group of each row, from 0."""
        if self.fixed is not None:
            return self.fixed
        features = _describe(self.code, values, rows)
        far = (features**2).sum(1)[:, None] - 2 * features @ self.centres.T + (self.centres**2).sum(1)
        return far.argmin(axis=1)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.centres) if self.fixed is None else int(self.fixed.max(initial=0)) + 1

    @property
    def values(self) -> list[dict[str, Any]]:
        """JSON-able values for `from_parts`."""
        return self.code.values

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        fixed = {} if self.fixed is None else {"fixed": self.fixed}
        return {
            "centres": self.centres,
            **fixed,
            **{f"bins.{name}": array for name, array in self.code.arrays.items()},
        }

    @classmethod
    def from_parts(cls, values: list[dict[str, Any]], arrays: Mapping[str, np.ndarray]) -> Self:
        """The grouping again."""
        code = ContextCode.from_parts(values, take_arrays(arrays, "bins."))
        return cls(code, arrays["centres"], arrays.get("fixed"))


def _describe(code: ContextCode, values: Columns, rows: int) -> np.ndarray:
    """Features between 0 and 1: the rank of a bin, or a column for each category."""
    codes = code.encode(values, rows)
    parts = [np.zeros((rows, 1))]
    for column, one in zip(codes.T, code.bins.values(), strict=True):
        if one.is_category:
            parts.append((column[:, None] == np.arange(one.size - 1)[None, :_MOST_GROUPS]) / np.sqrt(2))
        else:
            parts.append((column / max(one.size - 1, 1))[:, None])
    return np.concatenate(parts, axis=1)


def _find_centres(features: np.ndarray, wanted: int, seed: int) -> np.ndarray:
    """Means of groups of five rows or more."""
    if wanted == 1 or len(np.unique(features, axis=0)) <= wanted:
        return _keep_filled(*np.unique(features, axis=0, return_counts=True), features)
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    rows = np.random.default_rng(seed).permutation(len(features))[:_MOST_LEARNED]
    # One thread gives the same centres on any number of cores, and waits for no other.
    with threadpool_limits(1):
        fitted = KMeans(wanted, n_init=1, random_state=seed % 2**32).fit(features[rows])
    return _keep_filled(fitted.cluster_centers_, np.bincount(fitted.labels_, minlength=wanted), features)


def _keep_filled(centres: np.ndarray, counts: np.ndarray, features: np.ndarray) -> np.ndarray:
    kept = centres[counts >= FEWEST_ROWS]
    return kept if len(kept) else features.mean(axis=0, keepdims=True)


def list_features(keys: Sequence[str], prefixes: tuple[str, ...]) -> list[str]:
    """The columns by which rows are alike."""
    return [key for key in keys if key.startswith(prefixes)]
