"""How well related tables hold together: keys, numbers of children, and classifiers.

A classifier sees as many real rows as synthetic ones. Its folds keep the children of a parent together, since
the values of a parent name it and are known from its other children: folds over rows find a difference
between real and real. An AUC far below 0.5 tells of copies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from pipeline.synthesizers.related.protocol import DrawnTable

_FOLDS = 3
_MOST_ROWS = 30_000
_MOST_DECIMALS = 7


@dataclass(frozen=True)
class RelationScores:
    """One relation: `integrity` and `count_ks` in 0–1, AUCs of rows alone, with their parent and with sums.

    `count_ks` is the distance between the distributions of the number of children.
    """

    child: str
    parent: str
    rows: int
    integrity: float
    repeated: int
    count_ks: float
    own: float | None
    with_parent: float | None
    with_sums: float | None


def name_classifier() -> str:
    """Which classifier is used: XGBoost where it is installed."""
    return type(_make_classifier(0)).__name__


def measure_relation(
    real: Mapping[str, DrawnTable],
    other: Mapping[str, DrawnTable],
    relation: tuple[str, str],
    natural: Sequence[str],
    seed: int,
) -> RelationScores:
    """Compare one relation of two sets of tables; `seed` draws folds and rows."""
    child, parent = relation
    sides = [_prepare(one, real, relation) for one in (real, other)]
    counts = [np.bincount(rows.owner_rows, minlength=len(above.rows)) for rows, above in sides]
    forms = [[rows.rows, _join(rows, above), _sum_up(rows, above)] for rows, above in sides]
    groups = [rows.owner_rows for rows, _ in sides]
    is_one_to_one = counts[0].max(initial=0) <= 1
    aucs = [
        None
        if not len(of_real.columns) or (place == 2 and is_one_to_one)
        else _detect(of_real, of_other, groups, seed)
        for place, (of_real, of_other) in enumerate(zip(*forms, strict=True))
    ]
    owner = other[child].owner_rows
    key = other[child].rows[list(natural)].assign(owner=owner)
    repeated = int(key.duplicated().sum()) if natural else 0
    integrity = float(((owner >= 0) & (owner < len(other[parent].rows))).mean())
    return RelationScores(
        child, parent, len(owner), integrity, repeated, float(ks_2samp(*counts).statistic), *aucs
    )


def _prepare(
    tables: Mapping[str, DrawnTable], real: Mapping[str, DrawnTable], relation: tuple[str, str]
) -> tuple[DrawnTable, DrawnTable]:
    """Child and parent with columns that a classifier can read."""
    child, parent = (
        replace(tables[name], rows=like(_clean(tables[name].rows), _clean(real[name].rows)))
        for name in relation
    )
    return child, parent


def like(rows: pd.DataFrame, real: pd.DataFrame) -> pd.DataFrame:
    """`rows` rounded as `real` is, so that no classifier wins by decimals alone."""
    rounded = rows.copy()
    for column in real:
        if pd.api.types.is_numeric_dtype(real[column]):
            known = real[column].dropna().to_numpy(np.float64)
            places = (
                place
                for place in range(_MOST_DECIMALS)
                if np.allclose(known, known.round(place), rtol=0, atol=1e-9)
            )
            rounded[column] = rounded[column].round(next(places, _MOST_DECIMALS))
    return rounded


def _clean(rows: pd.DataFrame) -> pd.DataFrame:
    """Dates as days, booleans as numbers, categories as text."""
    cleaned = {}
    for column in rows:
        values = rows[column]
        if values.dtype.kind == "M":
            cleaned[column] = (values.dt.normalize() - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
        else:
            cleaned[column] = values.astype(float) if values.dtype.kind in "ifb" else values.astype(str)
    return pd.DataFrame(cleaned, index=rows.index)


def _join(child: DrawnTable, parent: DrawnTable) -> pd.DataFrame:
    above = parent.rows.iloc[child.owner_rows].reset_index(drop=True).add_prefix("parent ")
    return pd.concat([child.rows, above], axis=1)


def _sum_up(child: DrawnTable, parent: DrawnTable) -> pd.DataFrame:
    own, owner = child.rows, child.owner_rows
    sums = [pd.Series(1.0, index=own.index).groupby(owner).sum().rename("children")]
    for column in own:
        by = own[column].groupby(owner)
        sums.append(by.nunique().rename(f"{column} distinct"))
        if pd.api.types.is_numeric_dtype(own[column]):
            sums += [by.mean().rename(f"{column} mean"), by.sum().rename(f"{column} sum")]
    table = pd.concat(sums, axis=1).loc[owner].reset_index(drop=True)
    return pd.concat([_join(child, parent), table], axis=1)


def _detect(real: pd.DataFrame, other: pd.DataFrame, owners: Sequence[np.ndarray], seed: int) -> float:
    rng = np.random.default_rng(seed)
    most = min(len(real), len(other), _MOST_ROWS)
    picked = [_pick_parents(owner, most, rng) for owner in owners]
    table = pd.concat([real.iloc[picked[0]], other[real.columns].iloc[picked[1]]], ignore_index=True)
    is_real = np.repeat([1, 0], [len(rows) for rows in picked])
    groups = [pd.factorize(owner[rows])[0] for owner, rows in zip(owners, picked, strict=True)]
    group = np.concatenate([groups[0], groups[0].max(initial=0) + 1 + groups[1]])
    features = np.column_stack([_number(table[column]) for column in table])
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed).split(features, is_real, group)
    scores = []
    for training, test in folds:
        fitted = _make_classifier(seed).fit(features[training], is_real[training])
        scores.append(roc_auc_score(is_real[test], fitted.predict_proba(features[test])[:, 1]))
    return float(mean(scores))


def _pick_parents(owner: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """The rows of whole parents, up to `most`."""
    if len(owner) <= most:
        return np.arange(len(owner))
    names, counts = np.unique(owner, return_counts=True)
    order = rng.permutation(len(names))
    kept = names[order[np.cumsum(counts[order]) <= most]]
    return np.flatnonzero(np.isin(owner, kept))


def _number(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(np.float64)
    return pd.factorize(values, sort=True)[0].astype(np.float64)


def _make_classifier(seed: int) -> Any:
    try:
        from xgboost import XGBClassifier
    except ImportError:
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(random_state=seed)
    return XGBClassifier(n_jobs=1, random_state=seed)
