"""The training of a table's network: given contexts, whole parents held out, calibrated biases."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from pipeline.synthesizers.autoregressive.layout import Layout, make_hats
from pipeline.synthesizers.autoregressive.network import Weights
from pipeline.synthesizers.autoregressive.trainer import Trainer

_UNITS, _UNITS_OF_FEW_CODES, _FEW_CODES = 48, 24, 4
_MOST_UNITS_IN_ALL, _FEWEST_UNITS = 1_536, 8
_CONTEXT_DROPOUT = 0.1
_HELD_SHARE, _MOST_HELD_PARENTS, _FEWEST_PARENTS = 10, 4_000, 40
_MOST_HELD_ROWS = 10_000
_CALIBRATED_ROWS, _CALIBRATIONS, _LARGEST_SHIFT = 20_000, 5, 1.0
_PSEUDO_SHARE = 1e-6


def make_layout(codes: np.ndarray, sizes: tuple[int, ...], ordered: tuple[int, ...], given: int) -> Layout:
    """The layout of `codes` (rows × variables), the first `given` of which are contexts without units."""
    counts = [np.bincount(column, minlength=size) for column, size in zip(codes.T, sizes, strict=True)]
    share = max(_FEWEST_UNITS, _MOST_UNITS_IN_ALL // max(len(sizes) - given, 1))
    units = [min(share, _UNITS if size > _FEW_CODES else _UNITS_OF_FEW_CODES) for size in sizes[given:]]
    hats = (make_hats(count, length) for count, length in zip(counts, ordered, strict=True))
    return Layout(sizes, (*[0] * given, *units), tuple(hats))


def hold_out_parents(groups: np.ndarray, seed: int) -> np.ndarray:
    """Which rows are held out: all of a tenth of the parents, since siblings tell of each other."""
    names, counts = np.unique(groups, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    share = max(1, len(names) // _HELD_SHARE if len(names) >= _FEWEST_PARENTS else min(4, len(names) // 4))
    held = order[: min(share, _MOST_HELD_PARENTS)]
    fits = np.cumsum(counts[held]) <= max(_MOST_HELD_ROWS, counts[held[0]])
    is_held = np.isin(groups, names[held[fits]])
    # One parent alone: its last rows stand in.
    return is_held if not is_held.all() else np.arange(len(groups)) >= len(groups) - max(1, len(groups) // 10)


class GivenTrainer(Trainer):
    """A trainer that predicts all variables but the first `given`; a tenth of those it sees are blanked."""

    def __init__(
        self,
        layout: Layout,
        codes: np.ndarray,
        given: int,
        groups: np.ndarray,
        seed: int,
        batch: int,
        device: str,
    ) -> None:
        super().__init__(layout, codes, seed, batch, device, hold_out_parents(groups, seed))
        self._given = given
        self._unknown = torch.tensor([size - 1 for size in layout.sizes[:given]], device=self._device)

    def calibrate(self, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """`weights` with biases that make the mean predictions the shares seen.

        A short training leaves rare codes off by a tenth, and the number of children among them.
        """
        tensors = {name: torch.from_numpy(array.copy()).to(self._device) for name, array in weights.items()}
        rows = self._training[
            torch.randperm(len(self._training), generator=self._generator, device=self._device)
        ]
        codes = self._codes[rows[:_CALIBRATED_ROWS]]
        with torch.no_grad():
            for _ in range(_CALIBRATIONS):
                self._shift(tensors, codes)
        return {name: tensor.cpu().numpy() for name, tensor in tensors.items()}

    def _shift(self, weights: Weights, codes: torch.Tensor) -> None:
        parts = [
            (self._network.compute_shares(weights, part + self._starts, self._given), len(part))
            for part in codes.split(4_096)
        ]
        for place, shares in enumerate(zip(*(part for part, _ in parts), strict=True), self._given):
            predicted = sum(share * rows for share, (_, rows) in zip(shares, parts, strict=True)) / len(codes)
            seen = torch.bincount(codes[:, place], minlength=len(predicted)) / len(codes)
            ratio = (seen + _PSEUDO_SHARE) / (predicted + _PSEUDO_SHARE)
            weights[f"logits_bias.{place}"] += ratio.log().clamp(-_LARGEST_SHIFT, _LARGEST_SHIFT)

    def _loss(
        self, weights: Weights, rows: torch.Tensor, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        codes = self._codes[rows]
        if generator is not None and self._given:
            drawn = torch.rand(len(rows), self._given, generator=generator, device=self._device)
            codes = codes.clone()
            codes[:, : self._given] = torch.where(
                drawn < _CONTEXT_DROPOUT, self._unknown, codes[:, : self._given]
            )
        return self._network.compute_losses(
            weights, codes + self._starts, codes, generator, self._given
        ).sum()
