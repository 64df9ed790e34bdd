"""Nobody's number or date is found in what a synthesizer stores, draws or says, more often than by chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from pipeline.synthesizers import SYNTHESIZERS
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.protocol import Sampler
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.related.synthesizer import RelatedAutoregressive
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
from tests.unit.synthesizers.related.small_tables import make_table

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


def test_several_tables_keep_and_show_nobodys_number(data: Attacked) -> None:
    rng = np.random.default_rng(6)
    owner = np.repeat(np.arange(ROWS), rng.integers(0, 16, ROWS))
    visits = pd.DataFrame({"spent": rng.lognormal(6.0, 1.0, len(owner)).round(2)})
    tables = [
        make_table("visits", visits, owner="people", owner_rows=owner),
        make_table("people", data.training),
    ]
    synthesizer = RelatedAutoregressive(Recipe("autoregressive", epochs=2, use_hma=False, seed=3))
    synthesizer.fit(tables)
    _require_no_leak(attack_stored(synthesizer, data))
    _require_no_leak(attack_draws(synthesizer.sample(20.0, seed=1)["people"].rows, data))
