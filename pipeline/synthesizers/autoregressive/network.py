"""The masked autoencoder: each variable sees only the variables drawn before it.

Every variable owns hidden units. First layer: units read the codes of earlier variables. Second layer, added
to the first: units read units of their own and of earlier variables. A variable's logits read its own units.
The masks are those of MADE (Germain et al. 2015, arXiv:1502.03509); where a mask is zero for a whole
block, the block is left out of the product instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import torch
from torch.nn import functional

from pipeline.synthesizers.autoregressive.layout import Layout

_BLOCKS = 4
"""The second layer is triangular: four blocks of rows leave out 3/8 of the products."""
_FIRST_DROPOUT = 0.4
_SECOND_DROPOUT = 0.1
_START_SCALE = 0.1
_START_SCALE_BELOW_COARSE = 0.05
_PSEUDO_ROWS = 0.5

Weights = dict[str, torch.Tensor]


class Network:
    """The function of one layout on one device; weights are handed in, gradients come from autograd."""

    def __init__(self, layout: Layout, device: torch.device) -> None:
        self._layout, self._device = layout, device
        owner_of_code, owner_of_unit = layout.owner_of_code, layout.owner_of_unit
        self._reads_code = self._constant(owner_of_unit[None] > owner_of_code[:, None])
        self._cuts = _cut(layout)
        self._reads_unit = [
            self._constant(owner_of_unit[start:stop, None] >= owner_of_unit[None, :stop])
            for start, stop in self._cuts
        ]
        self._coarse = [self._constant(coarse) for coarse in layout.coarse]

    def make_weights(self, counts: tuple[np.ndarray, ...], rng: np.random.Generator) -> Weights:
        """Small random weights to start from, and the shares of the codes as biases of the logits."""
        arrays = _start_weights(self._layout, counts, self._cuts, rng)
        return {name: torch.from_numpy(array).to(self._device) for name, array in arrays.items()}

    def compute_losses(
        self,
        weights: Weights,
        positions: torch.Tensor,
        codes: torch.Tensor,
        generator: torch.Generator | None = None,
        given: int = 0,
    ) -> torch.Tensor:
        """The mean negative log-likelihood of each variable, in nats; `generator` switches dropout on.

        The first `given` variables are read and not predicted: they count nothing. `positions` and `codes`
        have shape rows × variables; positions count over the codes of all variables.
        """
        hidden = self._hidden(weights, positions, generator)
        parts = hidden.split(list(self._layout.units), dim=1)
        losses = [
            functional.cross_entropy(self._logits(weights, place, part), codes[:, place])
            for place, part in enumerate(parts)
            if place >= given
        ]
        return torch.stack(losses)

    def compute_shares(self, weights: Weights, positions: torch.Tensor, given: int) -> list[torch.Tensor]:
        """The mean distribution of each variable after the first `given`, over the rows of `positions`."""
        parts = self._hidden(weights, positions, None).split(list(self._layout.units), dim=1)
        places = range(given, len(parts))
        return [self._logits(weights, place, parts[place]).softmax(1).mean(0) for place in places]

    def compute_plain(self, weights: Weights) -> Weights:
        """The weights with coarse features and masks multiplied in: all that sampling needs."""
        with torch.no_grad():
            plain = {"first": self._first(weights)}
            for block, mask in enumerate(self._reads_unit):
                plain[f"second.{block}"] = weights[f"second.{block}"] * mask
            for place in range(len(self._layout.sizes)):
                plain[f"logits.{place}"] = self._head(weights, place)
            biases = {name: weight for name, weight in weights.items() if "bias" in name}
            return {name: weight.detach() for name, weight in {**plain, **biases}.items()}

    def _hidden(
        self, weights: Weights, positions: torch.Tensor, generator: torch.Generator | None
    ) -> torch.Tensor:
        sums = functional.embedding_bag(positions, self._first(weights), mode="sum") + weights["first_bias"]
        hidden = _drop(functional.relu(sums), _FIRST_DROPOUT, generator)
        blocks = [
            functional.linear(hidden[:, :stop], weights[f"second.{block}"] * self._reads_unit[block])
            for block, (_, stop) in enumerate(self._cuts)
        ]
        second = functional.relu(torch.cat(blocks, dim=1) + weights["second_bias"])
        return hidden + _drop(second, _SECOND_DROPOUT, generator)

    def _first(self, weights: Weights) -> torch.Tensor:
        """Weights from codes to units: fine ones for each code plus coarse ones shared by neighbours."""
        units = self._layout.unit_starts[-1]
        shared = [
            coarse @ weights[f"coarse_first.{place}"] if coarse.shape[1] else coarse.new_zeros(size, units)
            for place, (coarse, size) in enumerate(zip(self._coarse, self._layout.sizes, strict=True))
        ]
        return (weights["first"] + torch.cat(shared)) * self._reads_code

    def _head(self, weights: Weights, place: int) -> torch.Tensor:
        fine, coarse = weights[f"logits.{place}"], self._coarse[place]
        return fine + coarse @ weights[f"coarse_logits.{place}"] if coarse.shape[1] else fine

    def _logits(self, weights: Weights, place: int, units: torch.Tensor) -> torch.Tensor:
        return functional.linear(units, self._head(weights, place), weights[f"logits_bias.{place}"])

    def _constant(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array.astype(np.float32)).to(self._device)


def _cut(layout: Layout) -> list[tuple[int, int]]:
    """Ranges of units, whole variables each, of about equal length."""
    starts = np.array(layout.unit_starts)
    ends = starts[np.searchsorted(starts, np.linspace(0, starts[-1], _BLOCKS + 1))]
    return [(int(start), int(stop)) for start, stop in pairwise(ends) if stop > start]


def _start_weights(
    layout: Layout, counts: tuple[np.ndarray, ...], cuts: list[tuple[int, int]], rng: np.random.Generator
) -> Mapping[str, np.ndarray]:
    units = layout.unit_starts[-1]
    first = [
        rng.normal(0, _START_SCALE_BELOW_COARSE if coarse.shape[1] else _START_SCALE, (size, units))
        for size, coarse in zip(layout.sizes, layout.coarse, strict=True)
    ]
    start = {"first": np.concatenate(first), "first_bias": np.zeros(units), "second_bias": np.zeros(units)}
    for block, (begin, end) in enumerate(cuts):
        start[f"second.{block}"] = rng.uniform(-1, 1, (end - begin, end)) / np.sqrt(end)
    for place, (size, width, coarse) in enumerate(
        zip(layout.sizes, layout.units, layout.coarse, strict=True)
    ):
        start[f"logits.{place}"] = rng.uniform(-1, 1, (size, width)) / np.sqrt(width)
        start[f"logits_bias.{place}"] = np.log(counts[place] + _PSEUDO_ROWS)
        if coarse.shape[1]:
            start[f"coarse_first.{place}"] = rng.normal(0, _START_SCALE, (coarse.shape[1], units))
            start[f"coarse_logits.{place}"] = np.zeros((coarse.shape[1], width))
    return {name: array.astype(np.float32) for name, array in start.items()}


def _drop(hidden: torch.Tensor, rate: float, generator: torch.Generator | None) -> torch.Tensor:
    """Dropout from one random byte a unit, 1/256 exact: Bernoulli draws took a tenth of a step."""
    if generator is None:
        return hidden
    words = torch.empty((hidden.numel() + 7) // 8, dtype=torch.int64, device=hidden.device)
    words.random_(-(2**63), None, generator=generator)
    threshold = round(rate * 256)
    kept = words.view(torch.uint8)[: hidden.numel()].view_as(hidden) >= threshold
    return hidden * kept * (256 / (256 - threshold))
