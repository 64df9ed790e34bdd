"""Sampling from given weights: frequencies, dependence, and shares that are exact."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import SamplingError
from pipeline.synthesizers.autoregressive.codebook import Codebook
from pipeline.synthesizers.autoregressive.fitted import FittedAutoregressive

COLOURS = {"red": 0.7, "blue": 0.3}
SIZE_GIVEN_COLOUR = {"red": (0.8, 0.15, 0.05), "blue": (0.1, 0.3, 0.6)}


def _table() -> pd.DataFrame:
    colour = np.repeat(["red", "blue"], [70, 30])
    size = np.concatenate([np.resize(["l", "m", "s"], 70), np.resize(["l", "m", "s"], 30)])
    return pd.DataFrame({"size": size, "colour": colour})


def _weights() -> Mapping[str, np.ndarray]:
    """A network by hand: colour (blue, red), then size (l, m, s) by colour through one unit for each."""
    by_colour = np.log([SIZE_GIVEN_COLOUR["blue"], SIZE_GIVEN_COLOUR["red"]])
    first = np.zeros((5, 3))
    first[0, 1] = first[1, 2] = 1.0
    return {
        "first": first.astype(np.float32),
        "first_bias": np.zeros(3, dtype=np.float32),
        "second.0": np.zeros((3, 3), dtype=np.float32),
        "second_bias": np.zeros(3, dtype=np.float32),
        "logits.0": np.zeros((2, 1), dtype=np.float32),
        "logits_bias.0": np.log([0.3, 0.7]).astype(np.float32),
        "logits.1": by_colour.T.astype(np.float32),
        "logits_bias.1": np.zeros(3, dtype=np.float32),
    }


def _model() -> FittedAutoregressive:
    columns = (
        ModelledColumn("size", ModelledType.CATEGORICAL),
        ModelledColumn("colour", ModelledType.CATEGORICAL),
    )
    codebook, _ = Codebook.learn(_table(), columns, ())
    return FittedAutoregressive(codebook, (), _weights())


def _joint(table: pd.DataFrame) -> pd.Series:
    return table.groupby(["colour", "size"]).size() / len(table)


def test_rows_follow_the_distribution_of_the_network() -> None:
    table = _model().sample(40_000, seed=1)
    found = _joint(table)
    for colour, share in COLOURS.items():
        expected = share * np.array(SIZE_GIVEN_COLOUR[colour])
        assert found[colour].to_numpy() == pytest.approx(expected, abs=0.01)


def test_equal_seeds_give_equal_rows() -> None:
    model = _model()
    pd.testing.assert_frame_equal(model.sample(300, seed=5), model.sample(300, seed=5))
    assert not model.sample(300, seed=5).equals(model.sample(300, seed=6))


@pytest.mark.parametrize("rows", [1, 7, 1_000, 9_001])
def test_a_share_is_exact_to_one_row(rows: int) -> None:
    table = _model().sample(rows, seed=1, shares={"colour": {"blue": 0.5}})
    assert abs((table["colour"] == "blue").sum() - rows / 2) <= 0.5


def test_a_share_of_an_early_column_leaves_later_columns_conditional() -> None:
    table = _model().sample(20_000, seed=1, shares={"colour": {"blue": 0.5}})
    given = _joint(table) * 2
    assert given["blue"].to_numpy() == pytest.approx(SIZE_GIVEN_COLOUR["blue"], abs=0.015)
    assert given["red"].to_numpy() == pytest.approx(SIZE_GIVEN_COLOUR["red"], abs=0.015)


def test_a_share_of_a_late_column_reweights_earlier_columns_by_bayes() -> None:
    table = _model().sample(20_000, seed=1, shares={"size": {"s": 1.0}})
    blue = 0.3 * 0.6 / (0.3 * 0.6 + 0.7 * 0.05)
    assert (table["size"] == "s").all()
    assert (table["colour"] == "blue").mean() == pytest.approx(blue, abs=0.015)


def test_what_a_share_leaves_over_keeps_its_proportions() -> None:
    table = _model().sample(20_000, seed=1, shares={"size": {"s": 0.5}})
    red, blue = SIZE_GIVEN_COLOUR["red"], SIZE_GIVEN_COLOUR["blue"]
    natural = (0.7 * red[0] + 0.3 * blue[0]) / (0.7 * red[1] + 0.3 * blue[1])
    shares = table["size"].value_counts(normalize=True)
    assert shares["s"] == 0.5
    assert shares["l"] / shares["m"] == pytest.approx(natural, rel=0.05)


def test_shares_of_two_columns_are_both_exact() -> None:
    table = _model().sample(1_000, seed=1, shares={"size": {"s": 0.25, "m": 0.25}, "colour": {"red": 0.4}})
    assert table["size"].value_counts().to_dict() == {"l": 500, "s": 250, "m": 250}
    assert (table["colour"] == "red").sum() == 400


def test_rows_with_shares_stand_in_random_order() -> None:
    table = _model().sample(1_000, seed=1, shares={"colour": {"blue": 0.5}})
    half = (table["colour"][:500] == "blue").sum()
    assert 200 < half < 300


def test_a_rare_category_is_never_given_and_has_no_share() -> None:
    columns = (ModelledColumn("colour", ModelledType.CATEGORICAL),)
    table = pd.DataFrame({"colour": ["red"] * 40 + ["lonely"] * 4})
    codebook, _ = Codebook.learn(table, columns, ())
    weights = {
        "first": np.zeros((2, 1), dtype=np.float32),
        "first_bias": np.zeros(1, dtype=np.float32),
        "second.0": np.zeros((1, 1), dtype=np.float32),
        "second_bias": np.zeros(1, dtype=np.float32),
        "logits.0": np.zeros((2, 1), dtype=np.float32),
        "logits_bias.0": np.zeros(2, dtype=np.float32),
    }
    model = FittedAutoregressive(codebook, (), weights)
    assert (model.sample(500, seed=1)["colour"] == "red").all()
    with pytest.raises(SamplingError, match="no category 'lonely'"):
        model.sample(10, seed=1, shares={"colour": {"lonely": 0.5}})


def test_no_rows_are_refused() -> None:
    with pytest.raises(SamplingError, match="0 rows cannot be sampled"):
        _model().sample(0, seed=1)
