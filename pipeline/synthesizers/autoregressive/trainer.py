"""The training of the network: epochs of Adam steps, a running mean of the weights, and its likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from pipeline.synthesizers.autoregressive.layout import Layout
from pipeline.synthesizers.autoregressive.network import Network, Weights
from pipeline.synthesizers.protocol import take_arrays

_RATE = 5e-3
_RATE_CUT = 0.2
_WARM_UP_STEPS = 10
_WEIGHT_DECAY = 1e-5
_MEAN_DECAY = 0.98
_FEWEST_STEPS = 20
_SMALLEST_BATCH = 50
_VALIDATION_SHARE = 0.1
_MOST_VALIDATION_ROWS = 10_000
_ROWS_AT_ONCE = 4_096


class Trainer:
    """Fits the network to the codes of one table (rows × variables, in drawing order).

    A tenth of the rows is held out for the likelihood. What is measured and kept is the exponential mean of
    the weights, which is better than any single step of a constant rate (Polyak and Juditsky 1992). On a GPU
    `embedding_bag` sums gradients in no fixed order: there, equal seeds give nearly equal weights.
    """

    def __init__(
        self,
        layout: Layout,
        codes: np.ndarray,
        seed: int,
        batch_size: int,
        device: str,
        is_held: np.ndarray | None = None,
    ) -> None:
        """Take the codes of all rows; `is_held` marks those held out where they are not left to chance."""
        split_seed, start_seed, step_seed = np.random.SeedSequence(seed).spawn(3)
        self._device = torch.device(device)
        self._generator = torch.Generator(self._device)
        self._generator.manual_seed(int(step_seed.generate_state(1, np.uint64)[0] >> 1))
        self._codes = torch.from_numpy(codes).to(self._device)
        self._starts = torch.tensor(layout.code_starts[:-1], device=self._device)
        rows = np.random.default_rng(split_seed).permutation(len(codes))
        held_out = min(max(1, round(len(codes) * _VALIDATION_SHARE)), _MOST_VALIDATION_ROWS)
        if is_held is not None:
            rows, held_out = np.argsort(~is_held, kind="stable"), int(is_held.sum())
        shuffled = torch.from_numpy(rows).to(self._device)
        self._validation, self._training = shuffled[:held_out], shuffled[held_out:]
        self._batch_size = _fit_batch(batch_size, len(self._training))
        counts = [
            np.bincount(column, minlength=size) for column, size in zip(codes.T, layout.sizes, strict=True)
        ]
        self._network = Network(layout, self._device)
        self._weights = self._network.make_weights(tuple(counts), np.random.default_rng(start_seed))
        self._mean = {name: weight.clone() for name, weight in self._weights.items()}
        self._steps, self._rate = 0, _RATE
        self._optimizer = self._make_optimizer()

    def run_epoch(self) -> dict[str, float]:
        """Train on every row once, at least one batch; give the losses in nats a row."""
        order = torch.randperm(len(self._training), generator=self._generator, device=self._device)
        rows = self._training[order]
        # The rows of a short last batch would count more than the others.
        batches = rows.split(self._batch_size)
        full = [batch for batch in batches if len(batch) == self._batch_size] or [rows]
        total = sum(self._learn(batch) for batch in full)
        return {"training": float(total) / len(full), "validation": self.compute_validation_loss()}

    def compute_validation_loss(self) -> float:
        """The negative log-likelihood of the rows held out under the mean weights, in nats a row."""
        with torch.no_grad():
            losses = [
                float(self._loss(self._mean, rows)) * len(rows)
                for rows in self._validation.split(_ROWS_AT_ONCE)
            ]
        return sum(losses) / len(self._validation)

    def lower_rate(self, best: Mapping[str, np.ndarray]) -> None:
        """Go on from the mean weights `best` at a fifth of the learning rate."""
        self._rate *= _RATE_CUT
        self._load(best)

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The mean weights by name."""
        return _as_arrays(self._mean)

    def compute_plain(self, mean_weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Mean weights as sampling takes them."""
        return _as_arrays(self._network.compute_plain(_as_tensors(mean_weights, self._device)))

    @property
    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON-able values and arrays from which training goes on bit for bit."""
        arrays = {f"weights.{name}": array for name, array in _as_arrays(self._weights).items()}
        arrays |= {f"mean.{name}": array for name, array in _as_arrays(self._mean).items()}
        for name, weight in self._weights.items():
            for key, moment in self._optimizer.state[weight].items():
                arrays[f"optimizer.{key}.{name}"] = moment.cpu().numpy().copy()
        arrays["generator"] = self._generator.get_state().numpy().copy()
        return {"steps": self._steps, "rate": self._rate}, arrays

    def resume(self, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from a `state`."""
        self._steps, self._rate = values["steps"], values["rate"]
        self._load(take_arrays(arrays, "weights."))
        self._mean = _as_tensors(take_arrays(arrays, "mean."), self._device)
        for key in ("step", "exp_avg", "exp_avg_sq"):
            for name, moment in take_arrays(arrays, f"optimizer.{key}.").items():
                self._optimizer.state[self._weights[name]][key] = torch.from_numpy(moment).to(self._device)
        self._generator.set_state(torch.from_numpy(arrays["generator"]))

    def _learn(self, rows: torch.Tensor) -> torch.Tensor:
        self._optimizer.param_groups[0]["lr"] = self._rate * min(1.0, (self._steps + 1) / _WARM_UP_STEPS)
        loss = self._loss(self._weights, rows, self._generator)
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._steps += 1
        decay = min(_MEAN_DECAY, self._steps / (self._steps + 9))
        with torch.no_grad():
            torch._foreach_lerp_(list(self._mean.values()), list(self._weights.values()), 1 - decay)
        return loss.detach()

    def _loss(
        self, weights: Weights, rows: torch.Tensor, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        codes = self._codes[rows]
        return self._network.compute_losses(weights, codes + self._starts, codes, generator).sum()

    def _make_optimizer(self) -> torch.optim.AdamW:
        for weight in self._weights.values():
            weight.requires_grad_()
        return torch.optim.AdamW(
            list(self._weights.values()), lr=self._rate, weight_decay=_WEIGHT_DECAY, fused=True
        )

    def _load(self, weights: Mapping[str, np.ndarray]) -> None:
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(torch.from_numpy(weights[name]))


def _fit_batch(batch_size: int, rows: int) -> int:
    """The batch size of the recipe, smaller where a table would give too few steps an epoch."""
    return min(batch_size, max(_SMALLEST_BATCH, rows // _FEWEST_STEPS))


def _as_arrays(weights: Weights) -> dict[str, np.ndarray]:
    return {name: weight.detach().cpu().numpy().copy() for name, weight in weights.items()}


def _as_tensors(weights: Mapping[str, np.ndarray], device: torch.device) -> Weights:
    return {name: torch.from_numpy(array).to(device) for name, array in weights.items()}
