"""All weights of a network in one contiguous buffer; gradients and Adam's moments are laid out alike."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch

_ALIGNMENT = 16
_KEPT = ("weights", "first", "second", "average")
"""Every weight starts on a 64-byte boundary, so that vector units never meet a split cache line."""


class Parameters:
    """Named weights as views into one buffer; one fused Adam call updates them all.

    Adam as in ctgan: betas 0.5 and 0.9, epsilon 1e-8, and a weight decay that is added to the gradient.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], device: torch.device) -> None:
        self._shapes = dict(shapes)
        size = sum(_aligned(math.prod(shape)) for shape in shapes.values())
        self._buffers = {kind: torch.zeros(size, device=device) for kind in (*_KEPT, "gradients")}
        self._steps = torch.zeros((), device=device)
        self._weights = self._views("weights")
        self._gradients = self._views("gradients")
        self._average = self._views("average")

    def __getitem__(self, name: str) -> torch.Tensor:
        return self._weights[name]

    def gradient(self, name: str) -> torch.Tensor:
        """The gradient of a weight, to be written in place."""
        return self._gradients[name]

    def draw(self, name: str, fan_in: int, rng: np.random.Generator) -> None:
        """Start a weight evenly in ±1/√fan_in, as torch's `Linear` does for weights and biases."""
        bound = 1 / math.sqrt(fan_in)
        values = rng.uniform(-bound, bound, self._shapes[name]).astype(np.float32)
        self._weights[name].copy_(torch.from_numpy(values))

    def update(self, learning_rate: float, weight_decay: float) -> None:
        """Take one step of Adam along the gradients."""
        self._steps += 1
        # torch.optim.Adam(fused=True) calls this too, but importing it costs seconds (torch 2.13).
        torch._fused_adam_(
            [self._buffers["weights"]],
            [self._buffers["gradients"]],
            [self._buffers["first"]],
            [self._buffers["second"]],
            [],
            [self._steps],
            lr=learning_rate,
            beta1=0.5,
            beta2=0.9,
            weight_decay=weight_decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )

    def average(self, share: float) -> None:
        """Move the average of the weights by `share` (0–1) of the way towards them."""
        self._buffers["average"].lerp_(self._buffers["weights"], share)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of the weights by name."""
        return _copy(self._weights)

    @property
    def averages(self) -> dict[str, np.ndarray]:
        """Copies of the averaged weights by name."""
        return _copy(self._average)

    @property
    def training_state(self) -> dict[str, np.ndarray]:
        """Copies of everything that continuing a training needs."""
        state = {kind: self._buffers[kind].cpu().numpy().copy() for kind in _KEPT}
        return {**state, "steps": self._steps.cpu().numpy().copy()}

    def resume(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over a `training_state`."""
        for kind in _KEPT:
            self._buffers[kind].copy_(torch.from_numpy(state[kind]))
        self._steps.copy_(torch.from_numpy(state["steps"]))

    def _views(self, kind: str) -> dict[str, torch.Tensor]:
        views, start = {}, 0
        for name, shape in self._shapes.items():
            size = math.prod(shape)
            views[name] = self._buffers[kind][start : start + size].view(shape)
            start += _aligned(size)
        return views


def _copy(views: Mapping[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: view.cpu().numpy().copy() for name, view in views.items()}


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
