"""The masked network: who sees whom, and what sampling makes of its weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch

from pipeline.synthesizers.autoregressive.layout import Layout
from pipeline.synthesizers.autoregressive.network import Network, Weights
from pipeline.synthesizers.autoregressive.partial_rows import PartialRows, RowNetwork
from pipeline.synthesizers.autoregressive.trainer import Trainer

SIZES = (2, 3, 12, 5)


def _layout(sizes: tuple[int, ...] = SIZES) -> Layout:
    coarse = [np.zeros((size, 0), dtype=np.float32) for size in sizes]
    coarse[2] = np.random.default_rng(1).random((sizes[2], 6)).astype(np.float32)
    return Layout(sizes, (4, 6, 8, 8), tuple(coarse))


def _network() -> tuple[Network, Weights]:
    network = Network(_layout(), torch.device("cpu"))
    counts = tuple(np.full(size, 10) for size in SIZES)
    weights = network.make_weights(counts, np.random.default_rng(0))
    # A start at zero would hide what coarse features do to the logits.
    weights["coarse_logits.2"].normal_(generator=torch.Generator().manual_seed(0))
    return network, weights


def _codes(rows: int = 6) -> np.ndarray:
    rng = np.random.default_rng(2)
    return np.stack([rng.integers(0, size, rows) for size in SIZES], axis=1)


def _losses(codes: np.ndarray, network: Network, weights: Weights) -> np.ndarray:
    """The loss of each variable for a single row."""
    tensor = torch.from_numpy(codes[None])
    starts = torch.tensor(_layout().code_starts[:-1])
    return network.compute_losses(weights, tensor + starts, tensor).detach().numpy()


def test_a_variable_depends_on_the_earlier_ones_only() -> None:
    network, weights = _network()
    codes = _codes(1)[0]
    before = _losses(codes, network, weights)
    for variable, size in enumerate(SIZES):
        changed = codes.copy()
        changed[variable] = (changed[variable] + 1) % size
        after = _losses(changed, network, weights)
        assert np.array_equal(after[:variable], before[:variable])
        assert (after[variable + 1 :] != before[variable + 1 :]).all()


def test_the_first_variable_starts_at_its_shares() -> None:
    network = Network(_layout(), torch.device("cpu"))
    counts = (np.array([900, 100]), *(np.full(size, 10) for size in SIZES[1:]))
    weights = network.make_weights(counts, np.random.default_rng(0))
    assert torch.softmax(weights["logits_bias.0"], 0)[0] == pytest.approx(0.9, abs=1e-3)


def test_likelihoods_of_all_rows_sum_to_one() -> None:
    network, weights = _network()
    grid = np.stack(np.meshgrid(*(np.arange(size) for size in SIZES), indexing="ij"), axis=-1).reshape(-1, 4)
    total = sum(np.exp(-_losses(codes, network, weights).sum()) for codes in grid)
    assert total == pytest.approx(1.0, abs=1e-4)


def test_sampling_computes_the_probabilities_that_training_learned() -> None:
    network, weights = _network()
    codes = _codes()
    plain = {name: weight.numpy() for name, weight in network.compute_plain(weights).items()}
    rows = PartialRows(RowNetwork(SIZES, plain), len(codes))
    for variable in range(len(SIZES)):
        probabilities = rows.compute_probabilities(variable).numpy()
        assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(codes)), abs=1e-5)
        picked = -np.log(probabilities[np.arange(len(codes)), codes[:, variable]])
        expected = [_losses(row, network, weights)[variable] for row in codes]
        assert picked == pytest.approx(expected, abs=1e-5)
        rows.place(variable, codes[:, variable])


def test_dropout_comes_from_the_given_generator() -> None:
    network, weights = _network()
    tensor = torch.from_numpy(_codes(50))
    positions = tensor + torch.tensor(_layout().code_starts[:-1])

    def loss(seed: int) -> float:
        generator = torch.Generator().manual_seed(seed)
        return float(network.compute_losses(weights, positions, tensor, generator).sum())

    assert loss(1) == loss(1)
    assert loss(1) != loss(2)


def test_dropout_keeps_the_mean_of_what_it_drops() -> None:
    from pipeline.synthesizers.autoregressive.network import _drop

    dropped = _drop(torch.ones(400, 500), 0.4, torch.Generator().manual_seed(0))
    assert float((dropped == 0).float().mean()) == pytest.approx(102 / 256, abs=0.005)
    assert float(dropped.mean()) == pytest.approx(1.0, abs=0.01)


def test_a_rate_cut_goes_on_from_the_best_weights_in_smaller_steps() -> None:
    trainer = Trainer(_layout(), _codes(200), seed=1, batch_size=50, device="cpu")
    trainer.run_epoch()
    best = trainer.weights
    for _ in range(2):
        trainer.run_epoch()
    assert _distance(trainer, best) > 0
    trainer.lower_rate(best)
    assert _distance(trainer, best) == 0
    assert trainer.state[0]["rate"] == pytest.approx(1e-3)


def _distance(trainer: Trainer, weights: Mapping[str, np.ndarray]) -> float:
    """How far the weights that learn are from the given ones."""
    arrays = trainer.state[1]
    return max(np.abs(arrays[f"weights.{name}"] - array).max() for name, array in weights.items())
