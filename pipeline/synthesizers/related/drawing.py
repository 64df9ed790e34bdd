"""The rows of one block, written variable by variable, each within what it may be at its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from pipeline.synthesizers.autoregressive.partial_rows import PartialRows, RowNetwork
from pipeline.synthesizers.related.attributes import Columns
from pipeline.synthesizers.related.filling import Sorted
from pipeline.synthesizers.related.siblings import Siblings
from pipeline.synthesizers.related.variables import SINGLE, Role, Variable
from pipeline.synthesizers.related.writing import Written

_TINY = 1e-9
_UNSORTED = Sorted(*(np.array([False]) for _ in range(4)))


class BlockDrawer:
    """Draws rows whose contexts are known; `natural` is the column that rises among siblings, or empty."""

    def __init__(
        self, network: RowNetwork, written: Sequence[Written], natural: str, rng: np.random.Generator
    ) -> None:
        self._network, self._written, self._natural, self._rng = network, written, natural, rng

    def draw(
        self, given: np.ndarray, above: Columns, siblings: Siblings, masks: Mapping[str, np.ndarray]
    ) -> Columns:
        """One row for each row of the context codes `given`.

        `masks` say for some columns of categories which are possible in each row.
        """
        rows = PartialRows(self._network, len(given))
        rows.codes[:, : given.shape[1]] = given
        variable = given.shape[1]
        drawn: Columns = {}
        with torch.inference_mode():
            for written in self._written:
                turn = _Turn(written, above, siblings, masks.get(written.key), written.key == self._natural)
                parts = []
                for one in written.variables:
                    codes = self._draw_codes(rows, variable, one, turn)
                    variable += codes.shape[1]
                    parts.append(one.decode(codes, self._rng))
                drawn[written.key] = turn.finish(parts)
        return drawn

    def _draw_codes(self, rows: PartialRows, first: int, variable: Variable, turn: _Turn) -> np.ndarray:
        for part in range(len(variable.sizes)):
            weights = rows.compute_probabilities(first + part).numpy().astype(np.float64)
            weights = turn.lean(variable, weights)
            allowed = turn.allow(variable, rows.codes[:, first : first + part])
            rows.place(first + part, _pick(weights, allowed, self._rng))
        return rows.codes[:, first : first + len(variable.sizes)]


class _Turn:
    """The turn of one column in a block of rows."""

    def __init__(
        self, written: Written, above: Columns, siblings: Siblings, mask: np.ndarray | None, is_natural: bool
    ) -> None:
        self._attribute, self._siblings, self._mask = written.attribute, siblings, mask
        self._is_natural = is_natural
        rows = len(siblings.place)
        self._base = written.find_base(above, rows)
        self._has_base = written.base_attribute is not None
        self._last = siblings.last.get(written.key, np.full(rows, np.nan))
        self._step = written.attribute.step or _TINY
        low, high = written.attribute.ends
        # A natural key leaves room for the siblings that are still to come.
        self._highest = high - (siblings.left - 1) * self._step if is_natural else np.full(rows, high)
        self._lowest = np.maximum(low, self._base) if self._has_base else np.full(rows, low)
        self._filling = written.filling
        self._sorted = written.filling.sort(above, siblings, written.key) if written.filling else _UNSORTED

    def allow(self, variable: Variable, earlier: np.ndarray) -> np.ndarray:
        """Which codes a part of the variable may take, shape rows (or 1) × codes."""
        if variable.role is Role.CATEGORY:
            return variable.allowed(self._want(variable.categories), earlier)
        if variable.role is Role.VALUE:
            return self._with_missing(np.ones((1, variable.ordered), dtype=bool), np.array([True]))
        low, high = variable.bounds
        if variable.role is Role.GAP:
            least = self._step if self._is_natural else self._attribute.ends[0] - self._last
            fits = _fit(low, high, least, self._highest - self._last)
            return self._with_missing(fits, ~np.isnan(self._last))
        fits = _fit(low, high, self._attribute.ends[0] - self._base, self._highest - self._base)
        starts = np.isnan(self._last) if variable.role is Role.FIRST else np.ones(len(self._last), dtype=bool)
        return self._with_missing(fits, starts)

    def lean(self, variable: Variable, weights: np.ndarray) -> np.ndarray:
        """The weights of the variable's codes with the share of filled rows that siblings have."""
        if self._filling is None or variable.role not in SINGLE:
            return weights
        return self._filling.lean(weights, self._sorted)

    def finish(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """The numbers of the column from those of its variables."""
        if self._attribute.is_category:
            return parts[0]
        if len(parts) == 1 and not (self._has_base or self._is_natural):
            return self._attribute.settle(parts[0])
        started = self._attribute.round(self._base + parts[0])
        numbers = np.clip(started, self._lowest, np.maximum(self._highest, self._lowest))
        if len(parts) == 2:
            least = self._last + (self._step if self._is_natural else -np.inf)
            after = np.maximum(self._attribute.round(self._last + parts[1]), least)
            after = np.clip(after, self._attribute.ends[0], np.maximum(self._highest, self._last))
            numbers = np.where(np.isnan(self._last), numbers, after)
        return np.minimum(numbers, self._highest) if self._is_natural else numbers

    def _want(self, categories: int) -> np.ndarray:
        wanted = np.ones((1, categories), dtype=bool) if self._mask is None else self._mask
        if not self._is_natural:
            return wanted
        last = np.where(np.isnan(self._last), -1, self._last)[:, None]
        code = np.arange(categories)[None]
        highest = np.maximum(categories - self._siblings.left[:, None], last + 1)
        return wanted & (code > last) & (code <= highest)

    def _with_missing(self, fits: np.ndarray, applies: np.ndarray) -> np.ndarray:
        """`fits` where the variable applies, and the code for what is missing where it may be."""
        may_miss = ~applies | (self._attribute.has_missing & ~self._sorted.is_due)
        fits = fits & (applies & ~self._sorted.is_empty)[:, None]
        return np.concatenate([fits, np.broadcast_to(may_miss[:, None], (len(fits), 1))], axis=1)


def _fit(low: np.ndarray, high: np.ndarray, least: np.ndarray | float, most: np.ndarray) -> np.ndarray:
    """Which cells hold a number between `least` and `most`, all of them where none does."""
    fits = (low[None] <= most[:, None] + _TINY) & (high[None] >= np.reshape(least, (-1, 1)) - _TINY)
    return fits | ~fits.any(axis=1, keepdims=True)


def _pick(weights: np.ndarray, allowed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One code for each row, in proportion to its weights among those allowed, all of them where none is."""
    weights = weights * (allowed | ~allowed.any(axis=1, keepdims=True))
    ends = weights.cumsum(axis=1)
    spots = rng.random(len(ends)) * ends[:, -1]
    codes = (ends <= spots[:, None]).sum(axis=1)
    return np.minimum(codes, weights.shape[1] - 1 - np.argmax(weights[:, ::-1] > 0, axis=1))
