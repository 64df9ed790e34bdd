"""Columns and pairs of columns that drawn rows get wrong are weighted to their real shares."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.synthesizers.refinement.margins import Margins

ROWS, DRAWN, STATES = 2_000, 8_000, 40
KINDS = np.array([True, True])


def draw(rows: int, seed: int, is_related: bool) -> np.ndarray:
    """A state and a sex, whose share goes from 20 to 80 % with the state where they are related."""
    rng = np.random.default_rng(seed)
    state = rng.integers(0, STATES, rows)
    share = 0.2 + 0.6 * state / (STATES - 1) if is_related else np.full(rows, 0.5)
    return np.column_stack([state, rng.random(rows) < share]).astype(np.float64)


def relate(table: np.ndarray, weights: np.ndarray) -> float:
    """The weighted correlation of state and sex."""
    centred = table - np.average(table, axis=0, weights=weights)
    covariance = (centred * weights[:, None]).T @ centred
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def test_a_pair_that_was_drawn_independently_goes_together_again() -> None:
    real, drawn = draw(ROWS, 1, is_related=True), draw(DRAWN, 2, is_related=False)
    margins = Margins.learn(real, drawn, np.ones(DRAWN), KINDS, is_certain=False)
    assert margins.pairs == ((0, 1),)
    fresh = draw(DRAWN, 3, is_related=False)
    assert abs(relate(fresh, np.ones(DRAWN))) < 0.03
    weights = np.exp(margins.log_factors(fresh))
    assert relate(fresh, weights) == pytest.approx(relate(real, np.ones(ROWS)), abs=0.04)
    restored = Margins.from_arrays(margins.arrays)
    assert np.array_equal(restored.log_factors(fresh), margins.log_factors(fresh))


@pytest.mark.parametrize("is_related", [True, False])
def test_a_pair_that_differs_by_chance_is_left_alone(is_related: bool) -> None:
    real, drawn = draw(ROWS, 1, is_related), draw(DRAWN, 2, is_related)
    margins = Margins.learn(real, drawn, np.ones(DRAWN), KINDS, is_certain=False)
    assert (margins.places, margins.pairs) == ((), ())


def test_cells_that_do_not_say_their_category_are_no_evidence() -> None:
    real, drawn = draw(ROWS, 1, is_related=False), draw(DRAWN, 2, is_related=False)
    pooled = np.zeros(real.shape, dtype=bool), np.zeros(drawn.shape, dtype=bool)
    # A fifth of the real rows are rare: each got a draw from few states.
    pooled[0][:, 0] = np.arange(ROWS) < ROWS // 5
    real[pooled[0][:, 0], 0] %= 5
    told = Margins.learn(real, drawn, np.ones(DRAWN), KINDS, is_certain=False, pooled=pooled)
    assert (told.places, told.pairs) == ((), ())
    untold = Margins.learn(real, drawn, np.ones(DRAWN), KINDS, is_certain=False)
    assert untold.places == (0, 1)


def test_a_wrong_share_beside_pooled_cells_is_still_raked() -> None:
    real, drawn = draw(ROWS, 1, is_related=False), draw(DRAWN, 2, is_related=False)
    pooled = np.zeros(real.shape, dtype=bool), np.zeros(drawn.shape, dtype=bool)
    pooled[0][:100, 0] = True
    drawn[::10, 0] = 0
    margins = Margins.learn(real, drawn, np.ones(DRAWN), KINDS, is_certain=False, pooled=pooled)
    weights = np.exp(margins.log_factors(drawn))
    assert np.average(drawn[:, 0] == 0, weights=weights) < 0.04 < 0.1 < np.mean(drawn[:, 0] == 0)


def test_rows_of_pooled_cells_alone_say_nothing() -> None:
    real, drawn = draw(ROWS, 1, is_related=False), draw(DRAWN, 2, is_related=True)
    pooled = np.ones(real.shape, dtype=bool), np.ones(drawn.shape, dtype=bool)
    assert Margins.learn(real, drawn, np.ones(DRAWN), KINDS, is_certain=False, pooled=pooled).places == ()


def test_margins_of_earlier_models_have_no_pairs() -> None:
    real, drawn = draw(ROWS, 1, is_related=True), draw(DRAWN, 2, is_related=False)
    arrays = Margins.learn(real, drawn, np.ones(DRAWN), KINDS, is_certain=True).arrays
    old = {name: one for name, one in arrays.items() if not name.startswith("pair")}
    assert Margins.from_arrays(old).pairs == ()
