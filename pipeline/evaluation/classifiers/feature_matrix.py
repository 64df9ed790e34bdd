"""Modelled tables as number matrices for classifiers, coded alike in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import ColumnPair, align_columns, code_jointly

MOST_CATEGORIES = 255
"""How many values a histogram tree can distinguish in one column; the rarest categories beyond become one."""


@dataclass(frozen=True)
class FeatureMatrix:
    """`tables` are float arrays of shape (rows, columns), NaN where a value is missing.

    `is_categorical` has shape (columns,); those columns hold codes 0 to 254. `skipped` maps the
    columns that were left out to the reason.
    """

    names: tuple[str, ...]
    is_categorical: np.ndarray
    tables: tuple[np.ndarray, ...]
    skipped: Mapping[str, str]


def encode_tables(columns: Sequence[ModelledColumn], *tables: pd.DataFrame) -> FeatureMatrix:
    """Code two tables or more together; EvaluationError where one lacks a column."""
    aligned = [align_columns(tables[0], other, columns) for other in tables[1:]]
    names, kinds, vectors, skipped = [], [], [], {}
    for pairs in zip(*aligned, strict=True):
        parts = [pairs[0].real, *(pair.synthetic for pair in pairs)]
        reason = _find_problem(pairs, parts)
        if reason:
            skipped[pairs[0].name] = reason
            continue
        names.append(pairs[0].name)
        kinds.append(not pairs[0].is_continuous)
        vectors.append(_as_numbers(parts) if pairs[0].is_continuous else _as_codes(parts))
    matrices = tuple(
        np.column_stack([vector[place] for vector in vectors]) if vectors else np.empty((len(table), 0))
        for place, table in enumerate(tables)
    )
    return FeatureMatrix(tuple(names), np.array(kinds, dtype=bool), matrices, skipped)


def _find_problem(pairs: Sequence[ColumnPair], parts: Sequence[pd.Series]) -> str:
    unreadable = [pair.problem for pair in pairs if not pair.is_readable]
    if unreadable:
        return unreadable[0]
    if all(part.isna().all() for part in parts):
        return "the column holds no values in any table"
    # A column that is empty in one table only is a difference that a classifier should see.
    if any(part.dtype.kind == "f" and np.isinf(part.to_numpy()).any() for part in parts):
        return "the column holds infinite values"
    return ""


def _as_numbers(parts: Sequence[pd.Series]) -> list[np.ndarray]:
    numbers = [part.astype("int64") if part.dtype.kind == "M" else part for part in parts]
    return [
        np.where(part.isna(), np.nan, number.to_numpy(dtype=float))
        for part, number in zip(parts, numbers, strict=True)
    ]


def _as_codes(parts: Sequence[pd.Series]) -> list[np.ndarray]:
    coded = code_jointly(*parts)
    together = np.concatenate(coded)
    counts = np.bincount(together[together >= 0])
    ranks = np.empty(len(counts))
    ranks[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    ranks = np.minimum(ranks, MOST_CATEGORIES - 1)
    return [np.where(codes >= 0, ranks[codes], np.nan) for codes in coded]
