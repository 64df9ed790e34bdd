"""Boosted trees that tell real rows from drawn ones, learned by scikit-learn and kept as arrays.

One seam to scikit-learn: its histogram trees are fitted here, taken apart into arrays, and put together again
from them, so that no pickle is stored. Fitting runs on one thread, because the sums of several would depend
on their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np

from pipeline.errors import SamplingError

MOST_CODES = 255
"""Codes of a column that the trees tell apart."""
_PARAMETERS: Mapping[str, Any] = {
    "max_iter": 150,
    "learning_rate": 0.1,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "l2_regularization": 1.0,
    "early_stopping": True,
    "n_iter_no_change": 10,
}


class Rows(NamedTuple):
    """Rows of features (rows × columns), whether each is real, and its weight."""

    features: np.ndarray
    is_real: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Trees:
    """A sum of trees over features; `starts` and `split_starts` are where those of each tree begin.

    `nodes`, `splits` and `known` are scikit-learn's own records, in which categorical columns stand first and
    hold dense codes: `order` and `dense` (categorical columns × codes, −1 for unknown ones) lead there.
    """

    baseline: float
    nodes: np.ndarray
    starts: np.ndarray
    splits: np.ndarray
    split_starts: np.ndarray
    known: np.ndarray
    places: np.ndarray
    order: np.ndarray
    dense: np.ndarray

    @classmethod
    def learn(cls, rows: Rows, check: Rows, is_categorical: np.ndarray, seed: int) -> Self:
        """Learn to tell real rows from others; adding trees ends when `check` gains nothing by them."""
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits

        model = HistGradientBoostingClassifier(
            **_PARAMETERS, categorical_features=is_categorical, random_state=seed
        )
        with threadpool_limits(1):
            model.fit(
                rows.features,
                rows.is_real.astype(int),
                sample_weight=rows.weights,
                X_val=check.features,
                y_val=check.is_real.astype(int),
                sample_weight_val=check.weights,
            )
        order, dense = _find_codes(model, is_categorical)
        return cls(**_take_apart(model), order=order, dense=dense)

    def log_odds(self, features: np.ndarray) -> np.ndarray:
        """The log odds of being real, for each row."""
        total, arranged = np.full(len(features), self.baseline), features[:, self.order]
        for place, dense in enumerate(self.dense):
            codes = dense[arranged[:, place].astype(np.int64)]
            arranged[:, place] = np.where(codes < 0, np.nan, codes)
        for tree in self._trees:
            total += tree.predict(arranged, self.known, self.places, 1)
        return total

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name, for `from_arrays`."""
        names = [one.name for one in fields(self) if one.name != "baseline"]
        return {"baseline": np.array(self.baseline), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The trees again from `arrays`."""
        return cls(**{**arrays, "baseline": float(arrays["baseline"])})  # type: ignore[arg-type]

    @cached_property
    def _trees(self) -> list[Any]:
        from sklearn.ensemble._hist_gradient_boosting.predictor import PREDICTOR_RECORD_DTYPE, TreePredictor

        nodes = np.split(self.nodes, self.starts[1:])
        splits = np.split(self.splits, self.split_starts[1:])
        if self.nodes.dtype != PREDICTOR_RECORD_DTYPE:
            raise SamplingError(
                "The rows of this model are chosen by trees of another version of scikit-learn.",
                "train the recipe again, or install the versions that the model names.",
            )
        return [TreePredictor(*parts, parts[1]) for parts in zip(nodes, splits, strict=True)]


def _take_apart(model: Any) -> dict[str, Any]:
    """The records of a fitted classifier, up to the tree with which it checked best."""
    best = int(np.argmax(model.validation_score_))
    # At least one tree, so that there are arrays to store; a useless one fails the check of its gain.
    predictors = [tree for (tree,) in model._predictors[: max(best, 1)]]
    nodes = [tree.nodes for tree in predictors]
    splits = [tree.raw_left_cat_bitsets for tree in predictors]
    known, places = model._bin_mapper.make_known_categories_bitsets()
    return {
        "baseline": float(np.ravel(model._baseline_prediction)[0]),
        "nodes": np.concatenate(nodes),
        "starts": _find_starts(nodes),
        "splits": np.concatenate(splits),
        "split_starts": _find_starts(splits),
        "known": np.asarray(known),
        "places": np.asarray(places),
    }


def _find_codes(model: Any, is_categorical: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order of columns inside a fitted classifier, and its code of each of ours."""
    categorical = np.flatnonzero(is_categorical)
    order = np.concatenate([categorical, np.flatnonzero(~is_categorical)])
    dense = np.full((len(categorical), MOST_CODES), -1, dtype=np.int16)
    known = model._preprocessor.named_transformers_["encoder"].categories_ if len(categorical) else ()
    for row, codes in zip(dense, known, strict=True):
        row[codes.astype(np.int64)] = np.arange(len(codes))
    return order, dense


def _find_starts(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]]).astype(np.int64)
