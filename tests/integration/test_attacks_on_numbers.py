"""Nobody's number or date is found in what a synthesizer stores, draws or says, more often than by chance."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from pipeline.synthesizers import SYNTHESIZERS
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.protocol import Sampler
from tests.attacked_tables import (
    COLUMNS,
    Attacked,
    attack_draws,
    attack_errors,
    attack_stored,
    draw_many,
    fit_attacked,
    make_attacked,
    move_outermost,
)
from tests.attacks import Outcome

REFINED = "gaussian_copula, refined"
NAMES = (*SYNTHESIZERS, REFINED)
ROWS, DRAWN, CALLS = 1_000, 40_000, 40


def _fit(name: str, table: pd.DataFrame) -> Sampler:
    return fit_attacked(name.partition(",")[0], table, epochs=2, is_refined=name == REFINED)


def _require_no_leak(found: Mapping[str, Outcome]) -> None:
    outcomes = list(found.values())
    together = sum(outcomes[1:], outcomes[0])
    assert not together.is_leak, found
    # Numbers of 15 digits are never found by chance.
    assert found["level"].hits == 0


@pytest.fixture(scope="module")
def data() -> Attacked:
    return make_attacked(ROWS)


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest, data: Attacked) -> Sampler:
    return _fit(request.param, data.training)


def test_errors_about_shares_name_nobodys_number(model: Sampler, data: Attacked) -> None:
    found = attack_errors(model, data, CALLS)
    _require_no_leak(found)


def test_gaps_and_ends_of_drawn_rows_are_nobodys_numbers(model: Sampler, data: Attacked) -> None:
    _require_no_leak(attack_draws(draw_many(model, DRAWN), data))


def test_a_model_keeps_nobodys_number(model: Sampler, data: Attacked) -> None:
    _require_no_leak(attack_stored(model, data))


@pytest.mark.parametrize("name", NAMES)
def test_outermost_rows_move_nothing_that_is_stored_or_drawn(name: str) -> None:
    table = make_attacked(300, seed=4).training
    near, far = (_fit(name, move_outermost(table, times)) for times in (1, 2))
    assert near.state.values == far.state.values
    pd.testing.assert_frame_equal(near.sample(400, 5), far.sample(400, 5))
    for key, array in near.state.arrays.items():
        assert key == "pickle" or (array == far.state.arrays[key]).all()


def test_the_initial_data_of_hma_shows_nobodys_number(data: Attacked) -> None:
    training = data.training.mask(data.training.index.to_series() % 3 == 0)
    training["team"] = data.training["team"]
    _require_no_leak(attack_draws(sample_initial(training, COLUMNS, DRAWN, seed=1), data))
