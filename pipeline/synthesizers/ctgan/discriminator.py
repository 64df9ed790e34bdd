"""The discriminator of CTGAN with its losses, forward and backward written out.

It scores packs of ten rows with their conditions (PacGAN, arXiv:1712.04086). For a pack x,

    a₁ = x W₁ + b₁,  h₁ = s₁∘a₁,   a₂ = h₁ W₂ + b₂,  h₂ = s₂∘a₂,   y = h₂ w₃ + b₃,

where a slope s is that of the leaky relu (1 or 0.2) times that of dropout (0 or 2). With the slopes
fixed, y is linear in x, and so all derivatives below are products with the same few matrices:

    u₂ = w₃ᵀ∘s₂,   u₁ = (u₂ W₂ᵀ)∘s₁,   ∂y/∂x = u₁ W₁ᵀ.

Wasserstein loss (arXiv:1704.00028): mean y(fake) − mean y(real). The rows of u, times ±1/packs, are the
gradients by a₁ and a₂, from which those of the weights follow.

Gradient penalty: λ/packs Σ (‖g‖ − 1)² with g = ∂y/∂x at points between real and fake. Slopes are constant
almost everywhere, so the penalty depends on the weights through the product above alone. With
r₀ = (2λ/packs)(‖g‖ − 1) g/‖g‖, the derivative of the penalty by g, the chain rule gives

    ∂/∂W₁ = r₀ᵀ u₁,   r₁ = (r₀ W₁)∘s₁,   ∂/∂W₂ = r₁ᵀ u₂,   r₂ = (r₁ W₂)∘s₂,   ∂/∂w₃ = r₂ᵀ 1,

and nothing for the biases: first-order products only, where autograd differentiates a backward pass.
These have the form of the other weight gradients with r in the place of the inputs h, so that fake,
real and intermediate packs share one product for each layer.

Points between are α real + (1 − α) fake with one α for each pack; the first layer is affine, hence their
a₁ is the same mixture of the two a₁, and their rows are never formed.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import embedding_bag

from pipeline.synthesizers.ctgan.layout import Layout
from pipeline.synthesizers.ctgan.noise import Noise
from pipeline.synthesizers.ctgan.parameters import Parameters
from pipeline.synthesizers.products import (
    left_transposed_product,
    product,
    product_plus,
    right_transposed_product,
)

PACK = 10
HIDDEN = (256, 256)
PENALTY_WEIGHT = 10.0
_LEAK = 0.2
_KEPT = 2.0
"""What dropout with probability ½ multiplies the survivors with."""


class Discriminator:
    """One discriminator; rows of a pack stand first in its input, their conditions after them."""

    def __init__(
        self, layout: Layout, batch: int, rng: np.random.Generator, noise: Noise, device: torch.device
    ) -> None:
        self._noise = noise
        self._packs = batch // PACK
        self._row_inputs = PACK * layout.width
        inputs = PACK * (layout.width + layout.conditions)
        self.parameters = Parameters(_shapes(inputs), device)
        self._start_weights(inputs, rng)
        self._condition_offsets = torch.arange(PACK, device=device) * layout.conditions
        packs = self._packs
        self._first = torch.empty(3 * packs, HIDDEN[0], device=device)
        self._loss_weights = torch.tensor([1 / packs, -1 / packs, 1.0], device=device)
        self._loss_weights = self._loss_weights.repeat_interleave(packs)[:, None]

    def learn(self, rows: torch.Tensor, conditions: torch.Tensor | None) -> torch.Tensor:
        """Write all gradients for fake and real rows, in this order and with their conditions; give the loss.

        The loss is ctgan's reported one: Wasserstein, without the penalty.
        """
        packs = self._packs
        inputs = rows.view(2 * packs, self._row_inputs)
        first = self._first
        self._first_layer(inputs, conditions, first[: 2 * packs])
        torch.lerp(
            first[:packs], first[packs : 2 * packs], self._noise.uniform(packs, 1), out=first[2 * packs :]
        )
        hidden, slopes = self._through(first)
        scores = hidden[-1][: 2 * packs] @ self.parameters["output.weight"]
        signals = self._signals(self._loss_weights, slopes)
        penalty_input = self._penalty_input(signals[0][2 * packs :])
        self._first_gradient(inputs, conditions, signals[0], penalty_input)
        self._later_gradients(hidden, slopes, signals, penalty_input)
        return scores[:packs].mean() - scores[packs:].mean()

    def score(self, rows: torch.Tensor, conditions: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean score of fake rows, and the gradient of minus that score by the rows (batch × width)."""
        packs = self._packs
        first = self._first[:packs]
        self._first_layer(rows.view(packs, self._row_inputs), conditions, first)
        hidden, slopes = self._through(first)
        score = (hidden[-1] @ self.parameters["output.weight"]).mean() + self.parameters["output.bias"]
        signals = self._signals(-self._loss_weights[:packs], slopes)
        by_rows = right_transposed_product(signals[0], self.parameters["layer0.weight"][: self._row_inputs])
        return score, by_rows.view(rows.shape)

    def _start_weights(self, inputs: int, rng: np.random.Generator) -> None:
        for layer, size in enumerate(HIDDEN):
            self.parameters.draw(f"layer{layer}.weight", inputs, rng)
            self.parameters.draw(f"layer{layer}.bias", inputs, rng)
            inputs = size
        self.parameters.draw("output.weight", inputs, rng)
        self.parameters.draw("output.bias", inputs, rng)

    def _first_layer(self, inputs: torch.Tensor, conditions: torch.Tensor | None, out: torch.Tensor) -> None:
        weight, bias = self.parameters["layer0.weight"], self.parameters["layer0.bias"]
        if conditions is None:
            torch.add(product(inputs, weight), bias, out=out)
            return
        looked_up = embedding_bag(self._positions(conditions), weight[self._row_inputs :], mode="sum")
        out.copy_(product_plus(inputs, weight[: self._row_inputs], looked_up.add_(bias)))

    def _positions(self, conditions: torch.Tensor) -> torch.Tensor:
        """Rows of the first weight that belong to the conditions of each pack, packs × PACK."""
        return conditions.view(-1, PACK) + self._condition_offsets

    def _through(self, first: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """h and s of every layer."""
        hidden: list[torch.Tensor] = []
        slopes: list[torch.Tensor] = []
        before = first
        for layer in range(len(HIDDEN)):
            if layer:
                weight, bias = self.parameters[f"layer{layer}.weight"], self.parameters[f"layer{layer}.bias"]
                before = product(hidden[-1], weight).add_(bias)
            slopes.append(self._slopes(before))
            hidden.append(before * slopes[-1])
        return hidden, slopes

    def _slopes(self, before: torch.Tensor) -> torch.Tensor:
        slopes = (before > 0).float().mul_(_KEPT * (1 - _LEAK)).add_(_KEPT * _LEAK)
        return slopes.mul_(self._noise.coins(*before.shape))

    def _signals(self, loss_weights: torch.Tensor, slopes: list[torch.Tensor]) -> list[torch.Tensor]:
        """u of every layer, each row times its weight in the loss."""
        signal = (loss_weights @ self.parameters["output.weight"].t()).mul_(slopes[-1])
        signals = [signal]
        for layer in reversed(range(1, len(HIDDEN))):
            weight = self.parameters[f"layer{layer}.weight"]
            signal = right_transposed_product(signal, weight).mul_(slopes[layer - 1])
            signals.insert(0, signal)
        return signals

    def _penalty_input(self, signal: torch.Tensor) -> torch.Tensor:
        """r₀ for the packs between."""
        slope = right_transposed_product(signal, self.parameters["layer0.weight"])
        norm = slope.norm(2, dim=1, keepdim=True).clamp_min_(1e-12)
        return slope.mul_((2 * PENALTY_WEIGHT / self._packs) * (norm - 1) / norm)

    def _first_gradient(
        self,
        inputs: torch.Tensor,
        conditions: torch.Tensor | None,
        signal: torch.Tensor,
        penalty_input: torch.Tensor,
    ) -> None:
        weight_gradient, edge = self.parameters.gradient("layer0.weight"), 2 * self._packs
        weight_gradient.copy_(left_transposed_product(penalty_input, signal[edge:]))
        weight_gradient[: self._row_inputs].add_(left_transposed_product(inputs, signal[:edge]))
        torch.sum(signal[:edge], 0, out=self.parameters.gradient("layer0.bias"))
        if conditions is not None:
            repeated = signal[:edge].repeat_interleave(PACK, dim=0)
            positions = self._positions(conditions).view(-1)
            weight_gradient[self._row_inputs :].index_add_(0, positions, repeated)

    def _later_gradients(
        self,
        hidden: list[torch.Tensor],
        slopes: list[torch.Tensor],
        signals: list[torch.Tensor],
        penalty_input: torch.Tensor,
    ) -> None:
        edge, carried = 2 * self._packs, penalty_input
        for layer in range(1, len(HIDDEN) + 1):
            weight = self.parameters[f"layer{layer - 1}.weight"]
            carried = product(carried, weight).mul_(slopes[layer - 1][edge:])
            hidden[layer - 1][edge:] = carried
            if layer < len(HIDDEN):
                gradient = left_transposed_product(hidden[layer - 1], signals[layer])
                self.parameters.gradient(f"layer{layer}.weight").copy_(gradient)
                torch.sum(signals[layer][:edge], 0, out=self.parameters.gradient(f"layer{layer}.bias"))
        torch.mm(hidden[-1].t(), self._loss_weights, out=self.parameters.gradient("output.weight"))
        # Fake and real have weights +1 and −1, so the bias of the score cancels; its gradient stays zero.


def _shapes(inputs: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, size in enumerate(HIDDEN):
        shapes[f"layer{layer}.weight"] = (inputs, size)
        shapes[f"layer{layer}.bias"] = (size,)
        inputs = size
    return {**shapes, "output.weight": (inputs, 1), "output.bias": (1,)}
