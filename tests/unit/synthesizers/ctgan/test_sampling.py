"""Sampling from a CTGAN: seeds, real frequencies, shares met to the row, and evaluation-mode batch norm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import SamplingError, TrainingError
from pipeline.synthesizers import SYNTHESIZERS, create_synthesizer
from pipeline.synthesizers.ctgan import row_sampler
from pipeline.synthesizers.ctgan.conditions import ConditionOdds
from pipeline.synthesizers.ctgan.fitted import FittedCTGAN
from pipeline.synthesizers.ctgan.generator import Generator
from pipeline.synthesizers.ctgan.noise import Noise
from pipeline.synthesizers.ctgan.row_generator import RowGenerator
from pipeline.synthesizers.ctgan.transformer import ModeTransformer
from pipeline.synthesizers.encoding import TableEncoding
from pipeline.synthesizers.recipe import Recipe

COLUMNS = (
    ModelledColumn("gender", ModelledType.CATEGORICAL),
    ModelledColumn("blood", ModelledType.CATEGORICAL),
    ModelledColumn("age", ModelledType.NUMERICAL),
)


@pytest.fixture(scope="module")
def model():
    """A model whose generator is not trained: every rule of sampling must hold for any weights."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "gender": rng.choice(["Female", "Male"], 300, p=[0.2, 0.8]),
            "blood": rng.choice(["A", "AB", "B", "O"], 300, p=[0.4, 0.05, 0.1, 0.45]),
            "age": rng.integers(18, 66, 300),
        }
    )
    encoding = TableEncoding.learn(table, COLUMNS)
    clean = encoding.clean(table, rng)
    transformer, rows = ModeTransformer.learn(clean, encoding.fields, rng)
    counts = np.concatenate([np.bincount(rows.codes[:, 0]), np.bincount(rows.codes[:, 1])])
    generator = Generator(transformer.layout, 10, rng, torch.device("cpu"))
    return FittedCTGAN(encoding, transformer, counts, generator.arrays)


def test_equal_seeds_give_equal_rows_and_other_seeds_others(model):
    pd.testing.assert_frame_equal(model.sample(100, 5), model.sample(100, 5))
    assert not model.sample(100, 5).equals(model.sample(100, 6))


def test_rows_come_in_the_learned_dtypes_and_range(model):
    sample = model.sample(500, 1)
    assert sample.dtypes.astype(str).tolist() == ["object", "object", "int64"]
    assert sample["age"].between(17, 66).all()
    assert sample.index.equals(pd.RangeIndex(500))


@pytest.mark.parametrize("rows", [1, 7, 999])
def test_shares_are_exact_in_one_column(model, rows):
    sample = model.sample(rows, 3, {"gender": {"Female": 0.5}})
    assert abs((sample["gender"] == "Female").sum() - rows / 2) <= 0.5
    assert len(sample) == rows


def test_shares_are_exact_in_several_columns(model):
    shares = {"gender": {"Female": 0.35, "Male": 0.65}, "blood": {"AB": 0.25, "O": 0.1}}
    sample = model.sample(1_000, 3, shares)
    assert sample["gender"].value_counts().to_dict() == {"Male": 650, "Female": 350}
    assert (sample["blood"] == "AB").sum() == 250
    assert (sample["blood"] == "O").sum() == 100


def test_share_of_zero_excludes_a_category(model):
    assert "O" not in set(model.sample(500, 3, {"blood": {"O": 0.0}})["blood"])


def test_shares_hold_where_the_generator_never_gives_a_category(model, monkeypatch):
    monkeypatch.setattr(row_sampler, "_MOST_ROUNDS", 0)
    drawn = model.draw(200, 3, {"blood": {"AB": 0.9}, "gender": {"Male": 1.0}})
    sample = drawn.table
    assert drawn.forced_rows == 200
    assert (sample["blood"] == "AB").sum() == 180
    assert set(sample["gender"]) == {"Male"}


def test_rows_with_shares_are_in_random_order(model):
    first = model.sample(1_000, 3, {"gender": {"Female": 0.5}})["gender"].iloc[:500]
    assert 200 < (first == "Female").sum() < 300


def test_the_rest_keeps_its_natural_proportions(model):
    plain = model.sample(20_000, 1)["blood"].value_counts(normalize=True)
    shared = model.sample(20_000, 2, {"blood": {"O": 0.5}})["blood"].value_counts(normalize=True)
    rest = plain.drop("O") / plain.drop("O").sum()
    # An untrained generator hardly follows its condition, so that both reflect its own proportions.
    assert (shared.drop("O") / 0.5).sort_index().to_numpy() == pytest.approx(rest.sort_index(), abs=0.06)


def test_unconditioned_rows_are_asked_for_by_real_frequencies(model, monkeypatch):
    seen = []
    draw = RowGenerator.draw
    monkeypatch.setattr(
        RowGenerator,
        "draw",
        lambda self, rows, conditions, noise: seen.append(conditions) or draw(self, rows, conditions, noise),
    )
    model.sample(50_000, 0)
    asked = np.bincount(seen[0], minlength=6) / 50_000
    real = np.concatenate([model.counts[:2] / 300, model.counts[2:] / 300]) / 2
    assert asked == pytest.approx(real, abs=0.01)


@pytest.mark.parametrize("rows", [0, -3])
def test_no_rows_are_refused(model, rows):
    with pytest.raises(SamplingError, match="rows cannot be sampled"):
        model.sample(rows, 0)


def test_folded_batch_norm_equals_torch_in_evaluation_mode(model):
    arrays = dict(model.generator)
    rng = np.random.default_rng(8)
    for layer in range(2):
        arrays[f"layer{layer}.mean"] = rng.normal(0, 1, 256).astype(np.float32)
        arrays[f"layer{layer}.variance"] = rng.uniform(0.5, 2, 256).astype(np.float32)
    conditions = np.arange(6).repeat(5)
    with torch.inference_mode():
        ours = RowGenerator(model.transformer.layout, arrays)._logits(
            30, torch.from_numpy(conditions), Noise(1, torch.device("cpu"))
        )
        noise = torch.empty(30, 128)
        Noise(1, torch.device("cpu")).fill_normal(noise)
        expected = _evaluate(arrays, torch.cat([noise, torch.eye(6)[conditions]], dim=1))
    assert torch.allclose(ours, expected, atol=1e-5)


def _evaluate(arrays, values):
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    for layer in range(2):
        hidden = torch.nn.functional.batch_norm(
            values @ tensors[f"layer{layer}.weight"],
            tensors[f"layer{layer}.mean"],
            tensors[f"layer{layer}.variance"],
            tensors[f"layer{layer}.scale"],
            tensors[f"layer{layer}.shift"],
            training=False,
        )
        values = torch.cat([hidden.relu(), values], dim=1)
    return values @ tensors["output.weight"] + tensors["output.bias"]


def test_categories_are_drawn_from_the_softmax(model):
    layout = model.transformer.layout
    logits = torch.linspace(-1, 1, layout.width).repeat(100_000, 1)
    generator = RowGenerator(layout, model.generator)
    with torch.inference_mode():
        codes = generator._categories(logits, Noise(2, torch.device("cpu")))
    for group, (start, size) in enumerate(zip(layout.group_starts, layout.group_sizes, strict=True)):
        drawn = np.bincount(codes[:, group], minlength=size) / 100_000
        assert drawn == pytest.approx(torch.softmax(logits[0, start : start + size], 0).numpy(), abs=0.01)


def test_odds_of_sampling_are_not_logarithmic(model):
    odds = ConditionOdds.of_counts(model.counts, model.transformer.layout, logarithmic=False)
    assert odds.cumulative[0] == pytest.approx(model.counts[0] / 300)


@pytest.mark.parametrize("batch_size", [5, 55, 0])
def test_batch_size_that_packs_cannot_fill_is_refused(batch_size):
    with pytest.raises(TrainingError, match=f"batch size of {batch_size}"):
        create_synthesizer("ctgan", COLUMNS, Recipe(batch_size=batch_size))


@pytest.mark.parametrize("change", [{"epochs": 0}, {"threads": 0}])
def test_impossible_recipe_is_refused(change):
    with pytest.raises(TrainingError, match=r"recipe's (epochs|threads) is 0"):
        create_synthesizer("ctgan", COLUMNS, Recipe(**change))


def test_unfitted_synthesizer_refuses_to_sample():
    with pytest.raises(SamplingError, match="has not been fitted"):
        create_synthesizer("ctgan", COLUMNS, Recipe()).sample(10, 0)


def test_column_with_too_many_categories_is_named_before_any_training():
    table = pd.DataFrame({"gender": "x", "blood": [f"note {row}" for row in range(3_100)], "age": 1})
    with pytest.raises(
        TrainingError, match='Column "blood" cannot be modelled: none of its 3,100 categories'
    ):
        create_synthesizer("ctgan", COLUMNS, Recipe()).fit(table)


def test_table_that_no_split_makes_narrow_enough_is_refused_before_any_training(monkeypatch):
    monkeypatch.setattr("pipeline.synthesizers.width.MOST_MEMORY_MB", 1.0)
    monkeypatch.setattr("pipeline.synthesizers.width.find_free_mb", lambda: 0.0)
    labels = np.array([f"c{row % 250}" for row in range(1_250)])
    table = pd.DataFrame(dict.fromkeys([f"text {number}" for number in range(30)], labels))
    columns = tuple(ModelledColumn(name, ModelledType.CATEGORICAL) for name in table)
    with pytest.raises(
        TrainingError, match="960 codes wide, over 30 columns of which none is to blame alone"
    ):
        create_synthesizer("ctgan", columns, Recipe()).fit(table)


def test_unknown_synthesizer_is_refused_with_the_known_names():
    assert "ctgan" in SYNTHESIZERS
    with pytest.raises(TrainingError, match=r'no synthesizer "gan"\. Hint: use one of: .*ctgan'):
        create_synthesizer("gan", COLUMNS, Recipe())
