"""Rows from a trained generator: batch norm with its running statistics, large batches, no gradients.

In evaluation batch norm is an affine map with fixed numbers, so it is folded into the weights before it.
A category is drawn by the Gumbel-max trick, argmax(l_j − ln e_j), which is what the Gumbel-softmax of
the training tends to and draws exactly from softmax(l).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from pipeline.synthesizers.ctgan.generator import BATCH_NORM_EPSILON, HIDDEN, NOISE_WIDTH
from pipeline.synthesizers.ctgan.layout import Layout
from pipeline.synthesizers.ctgan.noise import Noise
from pipeline.synthesizers.ctgan.transformer import EncodedRows
from pipeline.synthesizers.products import product_plus

_ROWS_AT_ONCE = 4_096
"""Rows whose activations stay within a processor's cache, and far from memory however many are asked for."""


class RowGenerator:
    """A trained generator, ready to draw."""

    def __init__(self, layout: Layout, arrays: Mapping[str, np.ndarray]) -> None:
        self._layout = layout
        with torch.inference_mode():
            self._layers = [_folded(arrays, layer) for layer in range(len(HIDDEN))]
            self._output = _tensor(arrays, "output.weight"), _tensor(arrays, "output.bias")

    def draw(self, rows: int, conditions: np.ndarray | None, noise: Noise) -> EncodedRows:
        """`rows` rows, each for its position of the condition vector (None without discrete fields)."""
        scalars = np.empty((rows, self._layout.scalars), dtype=np.float32)
        codes = np.empty((rows, len(self._layout.group_sizes)), dtype=np.int64)
        with torch.inference_mode():
            wanted = None if conditions is None else torch.from_numpy(conditions)
            for start in range(0, rows, _ROWS_AT_ONCE):
                part = slice(start, min(start + _ROWS_AT_ONCE, rows))
                logits = self._logits(part.stop - start, None if wanted is None else wanted[part], noise)
                scalars[part] = torch.tanh(logits[:, : self._layout.scalars]).numpy()
                codes[part] = self._categories(logits, noise)
        return EncodedRows(scalars, codes)

    def _logits(self, rows: int, conditions: torch.Tensor | None, noise: Noise) -> torch.Tensor:
        start = torch.empty(rows, NOISE_WIDTH)
        noise.fill_normal(start)
        parts = [start]
        for weight, bias in self._layers:
            parts.insert(0, _affine(parts, weight, bias, conditions).relu_())
        return _affine(parts, *self._output, conditions)

    def _categories(self, logits: torch.Tensor, noise: Noise) -> np.ndarray:
        """The drawn code of each one-hot group, rows × groups."""
        scalars = self._layout.scalars
        gumbel = noise.exponential(len(logits), self._layout.width - scalars).log_()
        # Transposed, a group is a block of rows and its maximum runs along contiguous memory.
        perturbed = (logits[:, scalars:] - gumbel).t().contiguous()
        groups = torch.split(perturbed, list(self._layout.group_sizes))
        return torch.stack([group.argmax(dim=0) for group in groups], dim=1).numpy()


def _affine(
    parts: list[torch.Tensor], weight: torch.Tensor, bias: torch.Tensor, conditions: torch.Tensor | None
) -> torch.Tensor:
    """[parts side by side | one-hot condition] · weight + bias, without ever putting the parts together."""
    width = sum(part.shape[1] for part in parts)
    if conditions is None:
        result = bias.expand(len(parts[0]), -1).contiguous()
    else:
        result = torch.index_select(weight[width:] + bias, 0, conditions)
    start = 0
    for part in parts:
        result = product_plus(part, weight[start : start + part.shape[1]], result)
        start += part.shape[1]
    return result


def _folded(arrays: Mapping[str, np.ndarray], layer: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of a layer with its batch norm: γ(xW − μ)/σ + β = x(Wγ/σ) + (β − μγ/σ)."""
    name = f"layer{layer}"
    deviation = torch.sqrt(_tensor(arrays, f"{name}.variance") + BATCH_NORM_EPSILON)
    factor = _tensor(arrays, f"{name}.scale") / deviation
    bias = _tensor(arrays, f"{name}.shift") - _tensor(arrays, f"{name}.mean") * factor
    return _tensor(arrays, f"{name}.weight") * factor, bias


def _tensor(arrays: Mapping[str, np.ndarray], name: str) -> torch.Tensor:
    return torch.from_numpy(np.array(arrays[name], dtype=np.float32))
