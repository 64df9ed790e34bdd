"""The generator of CTGAN: residual layers with batch norm, forward and backward written out.

A residual layer gives [relu(batchnorm(x W)), x]. All activations of a batch lie in one buffer that
grows to the left, [h₂ | h₁ | z], so that the input of each layer is a contiguous run of columns and
nothing is ever concatenated. The one-hot condition would stand at the right end; its product with the
last rows of W is a row lookup and its gradient an `index_add`. W has no bias before batch norm, which
would subtract it again: it does not change a single row that the network gives.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from pipeline.synthesizers.ctgan.layout import Layout
from pipeline.synthesizers.ctgan.parameters import Parameters
from pipeline.synthesizers.products import (
    left_transposed_product,
    product,
    product_plus,
    right_transposed_product,
)

NOISE_WIDTH = 128
HIDDEN = (256, 256)
BATCH_NORM_EPSILON = 1e-5
_MOMENTUM = 0.1


class Generator:
    """One generator with the buffers for batches of a fixed size."""

    def __init__(self, layout: Layout, batch: int, rng: np.random.Generator, device: torch.device) -> None:
        self._layout = layout
        self.parameters = Parameters(_shapes(layout), device)
        self._start_weights(rng)
        self._means = [torch.zeros(size, device=device) for size in HIDDEN]
        self._variances = [torch.ones(size, device=device) for size in HIDDEN]
        self._average_means = [torch.zeros(size, device=device) for size in HIDDEN]
        self._average_variances = [torch.ones(size, device=device) for size in HIDDEN]
        self._activations = torch.zeros(batch, sum(HIDDEN) + NOISE_WIDTH, device=device)
        self._before_norm = [torch.empty(0)] * len(HIDDEN)
        self._after_relu = [torch.empty(0)] * len(HIDDEN)
        self._batch_statistics = [(torch.empty(0), torch.empty(0))] * len(HIDDEN)

    @property
    def noise(self) -> torch.Tensor:
        """Where the caller writes the noise of the next batch, batch × NOISE_WIDTH."""
        return self._activations[:, sum(HIDDEN) :]

    def forward(self, condition: torch.Tensor | None) -> torch.Tensor:
        """The logits of a batch, whose noise the caller has written; `condition` holds positions."""
        for layer, size in enumerate(HIDDEN):
            before = self._product(f"layer{layer}", self._inputs(layer), condition)
            normed, mean, deviation = torch.native_batch_norm(
                before,
                self.parameters[f"layer{layer}.scale"],
                self.parameters[f"layer{layer}.shift"],
                self._means[layer],
                self._variances[layer],
                True,
                _MOMENTUM,
                BATCH_NORM_EPSILON,
            )
            self._before_norm[layer], self._after_relu[layer] = before, normed.relu_()
            self._batch_statistics[layer] = (mean, deviation)
            start = self._start(layer)
            self._activations[:, start - size : start].copy_(normed)
        return self._product("output", self._activations, condition).add_(self.parameters["output.bias"])

    def backward(self, logit_gradients: torch.Tensor, condition: torch.Tensor | None) -> None:
        """Write all gradients of the last forward pass, given the gradient by its logits."""
        self._weight_gradient("output", self._activations, logit_gradients, condition)
        torch.sum(logit_gradients, 0, out=self.parameters.gradient("output.bias"))
        hidden = sum(HIDDEN)
        gradients = right_transposed_product(logit_gradients, self.parameters["output.weight"][:hidden])
        for layer in reversed(range(len(HIDDEN))):
            start = self._start(layer)
            before_gradient = self._norm_backward(layer, gradients[:, start - HIDDEN[layer] : start])
            self._weight_gradient(f"layer{layer}", self._inputs(layer), before_gradient, condition)
            if layer:
                weight = self.parameters[f"layer{layer}.weight"][: hidden - start]
                gradients[:, start:].add_(right_transposed_product(before_gradient, weight))

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Weights and running statistics, all that sampling needs."""
        return {**self.parameters.arrays, **_name_statistics(self._means, self._variances)}

    @property
    def averages(self) -> dict[str, np.ndarray]:
        """Averaged weights and running statistics, under the names of `arrays`."""
        statistics = _name_statistics(self._average_means, self._average_variances)
        return {**self.parameters.averages, **statistics}

    def average(self, share: float) -> None:
        """Move the averages by `share` (0–1) of the way towards the present weights and statistics."""
        self.parameters.average(share)
        pairs = (self._average_means, self._means), (self._average_variances, self._variances)
        for averages, present in pairs:
            for average, statistic in zip(averages, present, strict=True):
                average.lerp_(statistic, share)

    @property
    def statistics(self) -> dict[str, np.ndarray]:
        """Running statistics and their averages by name, for `resume_statistics`."""
        averages = _name_statistics(self._average_means, self._average_variances)
        present = _name_statistics(self._means, self._variances)
        return {**present, **{f"average.{name}": array for name, array in averages.items()}}

    def resume_statistics(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over `statistics`."""
        for layer in range(len(HIDDEN)):
            self._means[layer].copy_(torch.from_numpy(arrays[f"layer{layer}.mean"]))
            self._variances[layer].copy_(torch.from_numpy(arrays[f"layer{layer}.variance"]))
            self._average_means[layer].copy_(torch.from_numpy(arrays[f"average.layer{layer}.mean"]))
            self._average_variances[layer].copy_(torch.from_numpy(arrays[f"average.layer{layer}.variance"]))

    def _start_weights(self, rng: np.random.Generator) -> None:
        inputs = NOISE_WIDTH + self._layout.conditions
        for layer, size in enumerate(HIDDEN):
            self.parameters.draw(f"layer{layer}.weight", inputs, rng)
            self.parameters[f"layer{layer}.scale"].fill_(1.0)
            inputs += size
        self.parameters.draw("output.weight", inputs, rng)
        self.parameters.draw("output.bias", inputs, rng)

    def _start(self, layer: int) -> int:
        """Where the input of a layer starts in the activations; its output ends there."""
        return sum(HIDDEN[layer:])

    def _inputs(self, layer: int) -> torch.Tensor:
        return self._activations[:, self._start(layer) :]

    def _product(self, name: str, inputs: torch.Tensor, condition: torch.Tensor | None) -> torch.Tensor:
        weight, width = self.parameters[f"{name}.weight"], inputs.shape[1]
        if condition is None:
            return product(inputs, weight)
        looked_up = torch.index_select(weight[width:], 0, condition)
        return product_plus(inputs, weight[:width], looked_up)

    def _weight_gradient(
        self, name: str, inputs: torch.Tensor, gradients: torch.Tensor, condition: torch.Tensor | None
    ) -> None:
        target, width = self.parameters.gradient(f"{name}.weight"), inputs.shape[1]
        target[:width].copy_(left_transposed_product(inputs, gradients))
        if condition is not None:
            target[width:].zero_().index_add_(0, condition, gradients)

    def _norm_backward(self, layer: int, output_gradients: torch.Tensor) -> torch.Tensor:
        passed = torch.ops.aten.threshold_backward(output_gradients, self._after_relu[layer], 0)
        mean, deviation = self._batch_statistics[layer]
        before_gradient, scale_gradient, shift_gradient = torch.ops.aten.native_batch_norm_backward(
            passed,
            self._before_norm[layer],
            self.parameters[f"layer{layer}.scale"],
            self._means[layer],
            self._variances[layer],
            mean,
            deviation,
            True,
            BATCH_NORM_EPSILON,
            [True, True, True],
        )
        self.parameters.gradient(f"layer{layer}.scale").copy_(scale_gradient)
        self.parameters.gradient(f"layer{layer}.shift").copy_(shift_gradient)
        return before_gradient


def _name_statistics(means: list[torch.Tensor], variances: list[torch.Tensor]) -> dict[str, np.ndarray]:
    arrays = {}
    for layer in range(len(HIDDEN)):
        arrays[f"layer{layer}.mean"] = means[layer].cpu().numpy().copy()
        arrays[f"layer{layer}.variance"] = variances[layer].cpu().numpy().copy()
    return arrays


def _shapes(layout: Layout) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    inputs = NOISE_WIDTH + layout.conditions
    for layer, size in enumerate(HIDDEN):
        shapes[f"layer{layer}.weight"] = (inputs, size)
        shapes[f"layer{layer}.scale"] = (size,)
        shapes[f"layer{layer}.shift"] = (size,)
        inputs += size
    return {**shapes, "output.weight": (inputs, layout.width), "output.bias": (layout.width,)}
