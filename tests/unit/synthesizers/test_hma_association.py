"""HMA's initial data keep what nominal columns tell, which their ranks lose."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.quality.score import compute_quality
from pipeline.synthesizers.encoding import learn_unsplit
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.normal_scores import NormalScores

ROWS = 2_000
PARTNERS = {"ant": "yew", "bee": "ash", "cat": "oak", "dog": "fir", "emu": "elm"}
COLUMNS = (
    ModelledColumn("animal", ModelledType.CATEGORICAL),
    ModelledColumn("tree", ModelledType.CATEGORICAL),
)
MIXED = (
    ModelledColumn("kind", ModelledType.CATEGORICAL),
    ModelledColumn("size", ModelledType.NUMERICAL),
    ModelledColumn("weight", ModelledType.NUMERICAL),
)


def _partners(rows: int = ROWS) -> pd.DataFrame:
    animals = np.random.default_rng(0).choice(list(PARTNERS), rows, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    return pd.DataFrame({"animal": animals, "tree": pd.Series(animals).map(PARTNERS)})


def _mixed(rows: int = 4_000) -> pd.DataFrame:
    """The middle kind in the alphabet has the largest sizes; weights follow sizes."""
    rng = np.random.default_rng(1)
    kinds = rng.choice(["a", "b", "c"], rows)
    size = rng.normal(0, 1, rows) + pd.Series(kinds).map({"a": 0.0, "b": 8.0, "c": 1.0}).to_numpy()
    return pd.DataFrame(
        {"kind": kinds, "size": size.round(2), "weight": (size + rng.normal(0, 1, rows)).round(2)}
    )


def _pair_score(real: pd.DataFrame, drawn: pd.DataFrame, columns: tuple[ModelledColumn, ...]) -> float:
    """Contingency similarity of the first two columns."""
    return compute_quality(real, drawn, columns).pairs[0].score or 0.0


def test_categories_that_always_go_together_still_do() -> None:
    table = _partners()
    initial = sample_initial(table, COLUMNS, ROWS, seed=1)
    shuffled = table.assign(tree=table["tree"].to_numpy()[np.random.default_rng(2).permutation(ROWS)])
    assert (initial["animal"].map(PARTNERS) == initial["tree"]).mean() > 0.99
    assert _pair_score(table, initial, COLUMNS) > 0.94
    assert _pair_score(table, shuffled, COLUMNS) < 0.3


def test_without_the_tree_ranks_lose_them() -> None:
    table = _partners()
    initial = sample_initial(table, COLUMNS, ROWS, seed=1, uses_tree=False)
    assert _pair_score(table, initial, COLUMNS) < 0.6


def test_numbers_keep_their_level_in_each_category_and_their_correlation() -> None:
    table = _mixed()
    initial = sample_initial(table, MIXED, len(table), seed=3)
    found, real = (one.groupby("kind")["size"].mean() for one in (initial, table))
    assert found.to_numpy() == pytest.approx(real.to_numpy(), abs=0.25)
    correlations = [one["size"].corr(one["weight"]) for one in (initial, table)]
    assert correlations[0] == pytest.approx(correlations[1], abs=0.03)


def test_categories_of_too_few_rows_are_not_drawn_along_the_tree() -> None:
    table = _partners()
    table.loc[:3, ["animal", "tree"]] = ["yak", "zelkova"]
    initial = sample_initial(table, COLUMNS, ROWS, seed=4)
    assert set(initial["animal"]) == set(PARTNERS)
    assert set(initial["tree"]) == set(PARTNERS.values())


def test_the_same_seed_gives_the_same_rows_along_the_tree() -> None:
    table = _mixed(500)
    first, again = (sample_initial(table, MIXED, 300, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(sample_initial(table, MIXED, 300, seed=6))


def test_independent_columns_are_drawn_as_without_the_tree() -> None:
    rng = np.random.default_rng(7)
    table = pd.DataFrame({"animal": rng.choice(list("abc"), 900), "tree": rng.choice(list("xyz"), 900)})
    with_tree, without = (sample_initial(table, COLUMNS, 200, seed=8, uses_tree=one) for one in (True, False))
    pd.testing.assert_frame_equal(with_tree, without)


def test_scores_of_a_child_are_standard_and_independent_of_its_parent() -> None:
    table = _partners()
    table["tree"] = np.where(np.random.default_rng(9).random(ROWS) < 0.3, "ash", table["tree"])
    encoding = learn_unsplit(table, COLUMNS)
    clean = encoding.clean(table, np.random.default_rng(0))
    normal, scores = NormalScores.learn(clean, encoding)
    child = normal.links[0].child
    of_parent = scores.iloc[:, child].groupby(clean.iloc[:, 1 - child]).mean()
    assert scores.iloc[:, child].std(ddof=0) == pytest.approx(1)
    assert of_parent.to_numpy() == pytest.approx(np.zeros(5), abs=0.35)
