"""The random numbers inside a training step, drawn where the networks live."""

from __future__ import annotations

import numpy as np
import torch

_SMALLEST = 2.0**-25
"""Below the smallest distance between two float32 numbers in 0.5…1: keeps logarithms and quotients finite."""


class Noise:
    """One seeded stream on one device."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self._device = device
        self._generator = torch.Generator(device).manual_seed(seed)

    def fill_normal(self, out: torch.Tensor) -> None:
        """Standard normal numbers into `out`."""
        out.copy_(torch.randn(out.shape, generator=self._generator, device=self._device))

    def uniform(self, *shape: int) -> torch.Tensor:
        """Numbers in 0…1, 1 excluded."""
        return torch.rand(shape, generator=self._generator, device=self._device)

    def exponential(self, *shape: int) -> torch.Tensor:
        """Exponential numbers of rate 1, above zero; minus their logarithm is Gumbel noise."""
        return self.uniform(*shape).neg_().add_(1.0).log_().neg_().add_(_SMALLEST)

    def coins(self, *shape: int) -> torch.Tensor:
        """Zeros and ones in equal parts (uint8); 64 from each random word."""
        size = int(np.prod(shape))
        words = torch.empty(-(-size // 64), dtype=torch.int64, device=self._device)
        words.random_(-(2**63), None, generator=self._generator)
        places = torch.arange(8, dtype=torch.uint8, device=self._device)
        bits = words.view(torch.uint8)[:, None].bitwise_right_shift(places).bitwise_and_(1)
        return bits.view(-1)[:size].view(shape)

    @property
    def state(self) -> np.ndarray:
        """The position of the stream."""
        return self._generator.get_state().cpu().numpy().copy()

    def resume(self, state: np.ndarray) -> None:
        """Continue at a `state`."""
        self._generator.set_state(torch.from_numpy(state.copy()))
