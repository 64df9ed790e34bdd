"""Mixtures against scikit-learn, and mode-specific normalisation there and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.synthesizers.ctgan.layout import Layout
from pipeline.synthesizers.ctgan.mixture import MOST_BINS, fit_mixture
from pipeline.synthesizers.ctgan.transformer import ModeTransformer
from pipeline.synthesizers.encoding import Field


def _fit(numbers, seed=0):
    values, counts = np.unique(numbers, return_counts=True)
    return fit_mixture(values, counts, np.random.default_rng(seed))


def _two_modes(rows=2_000):
    rng = np.random.default_rng(4)
    return np.round(np.where(rng.random(rows) < 0.3, rng.normal(-20, 1, rows), rng.normal(30, 4, rows)), 1)


def test_mixture_finds_two_modes():
    mixture = _fit(_two_modes())
    low = mixture.means < 0
    assert mixture.weights[low].sum() == pytest.approx(0.3, abs=0.03)
    assert np.average(mixture.means[low], weights=mixture.weights[low]) == pytest.approx(-20, abs=0.3)
    assert np.average(mixture.means[~low], weights=mixture.weights[~low]) == pytest.approx(30, abs=0.5)


def test_mixture_agrees_with_scikit_learn_on_every_row():
    from sklearn.mixture import BayesianGaussianMixture

    numbers = _two_modes()
    reference = BayesianGaussianMixture(
        n_components=10,
        weight_concentration_prior_type="dirichlet_process",
        weight_concentration_prior=1e-3,
        max_iter=1_000,
        random_state=0,
    ).fit(numbers[:, None])
    ours, grid = _fit(numbers), np.linspace(-25, 45, 200)
    theirs = np.exp(reference.score_samples(grid[:, None]))
    standard = (grid[:, None] - ours.means) / ours.deviations
    density = ours.weights / (ours.deviations * np.sqrt(2 * np.pi)) * np.exp(-0.5 * standard**2)
    assert np.abs(density.sum(axis=1) - theirs).sum() * (grid[1] - grid[0]) < 0.05


def test_counts_stand_for_repeated_rows():
    numbers = np.sort(np.repeat([1.0, 2.0, 10.0, 11.0], [40, 30, 20, 10]))
    counted = _fit(numbers)
    row_by_row = fit_mixture(numbers, np.ones(100, dtype=np.int64), np.random.default_rng(0))
    low, row_low = counted.means < 5, row_by_row.means < 5
    assert counted.weights[low].sum() == pytest.approx(0.7, abs=0.02)
    assert row_by_row.weights[row_low].sum() == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize("numbers", [np.full(50, 3.0), np.array([5.0]), np.array([1.0, 2.0])])
def test_mixture_of_almost_nothing_stays_finite(numbers):
    mixture = _fit(numbers)
    assert np.isfinite(mixture.means).all()
    assert (mixture.deviations > 0).all()
    assert mixture.is_active.any()


def test_mixture_bins_many_distinct_values():
    numbers = np.random.default_rng(1).normal(100, 15, 3 * MOST_BINS)
    mixture = _fit(numbers)
    assert np.average(mixture.means, weights=mixture.weights) == pytest.approx(100, abs=1)


def test_mixture_sees_modes_of_tiny_numbers():
    mixture = _fit(_two_modes() * 1e-6)
    low = mixture.means < 0
    assert mixture.weights[low].sum() == pytest.approx(0.3, abs=0.03)
    assert mixture.deviations[mixture.is_active].max() < 1e-4


def test_transformer_gives_back_numbers_and_codes():
    numbers = _two_modes(500)
    clean = pd.DataFrame({"group": np.arange(500) % 3, "amount": numbers})
    fields = (Field("group", 3), Field("amount", None))
    transformer, rows = ModeTransformer.learn(clean, fields, np.random.default_rng(0))
    assert rows.scalars.dtype == np.float32
    assert np.abs(rows.scalars).max() <= np.float32(0.99)
    restored = transformer.decode(rows)
    assert np.array_equal(restored["group"], clean["group"])
    assert np.median(np.abs(restored["amount"] - numbers)) < 1e-5


def test_transformer_survives_its_arrays():
    clean = pd.DataFrame({"amount": _two_modes(200)})
    transformer, rows = ModeTransformer.learn(clean, (Field("amount", None),), np.random.default_rng(0))
    again = ModeTransformer.from_arrays(transformer.fields, transformer.arrays)
    assert np.array_equal(again.decode(rows)["amount"], transformer.decode(rows)["amount"])


def test_layout_places_scalars_categories_components():
    layout = Layout((3, 2), (4,))
    assert (layout.scalars, layout.conditions, layout.width) == (1, 5, 10)
    assert layout.group_starts.tolist() == [1, 4, 6]
    assert layout.condition_starts.tolist() == [0, 3]
    assert layout.group_of_condition.tolist() == [0, 0, 0, 1, 1]
    assert layout.membership.sum(axis=0).tolist() == [3, 2, 4]


def test_values_that_many_rows_share_come_back_exactly() -> None:
    rng = np.random.default_rng(3)
    hours = np.where(rng.random(2_000) < 0.5, 40.0, rng.normal(35.0, 9.0, 2_000).round(1))
    clean, fields = pd.DataFrame({"hours": hours}), (Field("hours", None),)
    transformer, rows = ModeTransformer.learn(clean, fields, np.random.default_rng(0), shared_values=64)
    (modes,) = transformer.modes
    assert modes.means[modes.deviations == 0].tolist() == [40.0]
    back = transformer.decode(rows)["hours"]
    assert (back[hours == 40.0] == 40.0).all()
    assert np.abs(back - hours).max() < 0.01
    again = ModeTransformer.from_arrays(fields, transformer.arrays)
    assert np.array_equal(again.decode(rows)["hours"], back)


def test_a_number_of_shared_values_alone_has_no_other_component() -> None:
    clean = pd.DataFrame({"term": np.repeat([12.0, 24.0, 36.0], 100)})
    transformer, rows = ModeTransformer.learn(
        clean, (Field("term", None),), np.random.default_rng(0), shared_values=64
    )
    assert transformer.layout.component_sizes == (3,)
    assert np.array_equal(transformer.decode(rows)["term"], clean["term"])


def test_the_heaviest_values_are_shared_where_only_some_may_be() -> None:
    clean = pd.DataFrame({"size": np.repeat([1.0, 2.0, 3.0, 4.0], [400, 300, 200, 100])})
    transformer, _ = ModeTransformer.learn(
        clean, (Field("size", None),), np.random.default_rng(0), shared_values=2
    )
    (modes,) = transformer.modes
    assert modes.means[modes.deviations == 0].tolist() == [1.0, 2.0]


def test_without_shared_values_the_encoding_is_upstreams() -> None:
    clean = pd.DataFrame({"hours": np.repeat([40.0, 20.0], 200)})
    transformer, _ = ModeTransformer.learn(clean, (Field("hours", None),), np.random.default_rng(0))
    (modes,) = transformer.modes
    assert (modes.deviations > 0).all()
