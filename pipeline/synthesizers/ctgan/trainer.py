"""The training of CTGAN: one discriminator step and one generator step for each batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pipeline.synthesizers.ctgan.activations import Activations
from pipeline.synthesizers.ctgan.conditions import ConditionOdds, RowLookup
from pipeline.synthesizers.ctgan.discriminator import Discriminator
from pipeline.synthesizers.ctgan.generator import Generator
from pipeline.synthesizers.ctgan.layout import Layout
from pipeline.synthesizers.ctgan.noise import Noise
from pipeline.synthesizers.ctgan.transformer import EncodedRows
from pipeline.synthesizers.protocol import take_arrays
from pipeline.synthesizers.recipe import Recipe

_STEPS_AT_ONCE = 256
"""Steps whose conditions and rows are drawn together: a whole epoch up to 128,000 rows, bounded beyond."""
_AVERAGED_PART = 10
"""The averaged weights are those of about one part in so many of the steps."""


@dataclass(frozen=True)
class TrainingOptions:
    """What a trainer needs of a recipe: ctgan's defaults.

    Where `is_averaged`, the model is an average over about the last tenth of the steps instead of the last
    weights, which swing from step to step (Yazıcı et al. 2019, arXiv:1806.04498).
    """

    batch_size: int = 500
    is_averaged: bool = False
    generator_rate: float = 2e-4
    discriminator_rate: float = 2e-4
    weight_decay: float = 1e-6

    @classmethod
    def of_recipe(cls, recipe: Recipe) -> TrainingOptions:
        """The part of a recipe that concerns a step."""
        return cls(recipe.batch_size, not recipe.upstream, recipe.generator_rate, recipe.discriminator_rate)


@dataclass(frozen=True)
class _Draws:
    """Conditions and real rows of some steps; a table without categories has no conditions.

    `discriminator` is steps × 2 batches, the conditions of the fake rows before those of the real ones;
    `generator` and `rows` are steps × batch.
    """

    discriminator: torch.Tensor | None
    generator: torch.Tensor | None
    rows: torch.Tensor


class Trainer:
    """Generator and discriminator over one encoded table.

    Two streams feed it: a numpy generator on the host draws conditions and rows for many steps at once,
    and `Noise` draws on the device, so that nothing leaves the device inside a step. On a GPU
    `index_add_` sums in no fixed order: there, equal seeds give nearly but not bitwise equal weights.
    """

    def __init__(
        self, rows: EncodedRows, layout: Layout, options: TrainingOptions, seed: int, device: str = "cpu"
    ) -> None:
        start_seed, draw_seed, noise_seed = np.random.SeedSequence(seed).spawn(3)
        self._layout, self._options, self._device = layout, options, torch.device(device)
        self._rng = np.random.default_rng(draw_seed)
        self._noise = Noise(int(noise_seed.generate_state(1, np.uint64)[0] >> 1), self._device)
        self._lookup = RowLookup(rows.codes, layout)
        self._odds = ConditionOdds.of_counts(self._lookup.counts, layout, logarithmic=True)
        self._scalars = torch.from_numpy(rows.scalars).to(self._device)
        self._positions = torch.from_numpy(rows.codes + layout.group_starts).to(self._device)
        self._steps = 0
        batch, start_rng = options.batch_size, np.random.default_rng(start_seed)
        with torch.inference_mode():
            self.generator = Generator(layout, batch, start_rng, self._device)
            self.discriminator = Discriminator(layout, batch, start_rng, self._noise, self._device)
            self._activations = Activations(layout, self._device)
            self._batch = torch.empty(2 * batch, layout.width, device=self._device)
            self._logit_gradients = torch.empty(batch, layout.width, device=self._device)
            self._condition_mask = self._mask_of_fields()
            self._field_of_condition = self._to_device(layout.group_of_condition)

    def run_epoch(self) -> dict[str, float]:
        """Train on as many batches as the table fills, at least one; give the losses of the last batch."""
        left = max(len(self._scalars) // self._options.batch_size, 1)
        while left:
            steps = min(left, _STEPS_AT_ONCE)
            losses = self.run_steps(steps)
            left -= steps
        return losses

    def run_steps(self, steps: int) -> dict[str, float]:
        """Train on `steps` batches."""
        with torch.inference_mode():
            draws = self._draw(steps)
            for step in range(steps):
                discriminator_loss = self.learn_discriminator(draws, step)
                generator_loss = self.learn_generator(draws, step)
            return {"generator": float(generator_loss), "discriminator": float(discriminator_loss)}

    def learn_discriminator(self, draws: _Draws, step: int) -> torch.Tensor:
        """One step of the discriminator; the fake rows are constants to it."""
        conditions = None if draws.discriminator is None else draws.discriminator[step]
        self._make_rows(None if conditions is None else conditions[: self._options.batch_size])
        self._place_real_rows(draws.rows[step])
        loss = self.discriminator.learn(self._batch, conditions)
        self.discriminator.parameters.update(self._options.discriminator_rate, self._options.weight_decay)
        return loss

    def learn_generator(self, draws: _Draws, step: int) -> torch.Tensor:
        """One step of the generator: fool the discriminator, and give the category that was asked for."""
        conditions = None if draws.generator is None else draws.generator[step]
        logits = self._make_rows(conditions)
        rows = self._batch[: self._options.batch_size]
        score, row_gradients = self.discriminator.score(rows, conditions)
        self._activations.backward(rows, row_gradients, self._logit_gradients)
        loss = -score
        if conditions is not None:
            loss = loss + self._add_condition_loss(logits, conditions)
        self.generator.backward(self._logit_gradients, conditions)
        self.generator.parameters.update(self._options.generator_rate, self._options.weight_decay)
        self._steps += 1
        if self._options.is_averaged:
            self.generator.average(_AVERAGED_PART / (self._steps + _AVERAGED_PART - 1))
        return loss

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The generator's weights and running statistics by name, averaged where the options say so."""
        return self.generator.averages if self._options.is_averaged else self.generator.arrays

    @property
    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """JSON-able values and arrays from which `resume` continues as if nothing had happened."""
        arrays = {f"generator.{name}": array for name, array in self.generator.statistics.items()}
        for network, parameters in self._networks:
            arrays.update({f"{network}/{key}": array for key, array in parameters.training_state.items()})
        values = {"rng": self._rng.bit_generator.state, "steps": self._steps}
        return values, {**arrays, "noise": self._noise.state}

    def resume(self, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Take over a `state`."""
        self._rng.bit_generator.state, self._steps = values["rng"], values["steps"]
        self._noise.resume(arrays["noise"])
        with torch.inference_mode():
            for network, parameters in self._networks:
                parameters.resume(take_arrays(arrays, f"{network}/"))
            self.generator.resume_statistics(take_arrays(arrays, "generator."))

    @property
    def _networks(self) -> tuple[tuple[str, Any], ...]:
        return ("generator", self.generator.parameters), ("discriminator", self.discriminator.parameters)

    def _draw(self, steps: int) -> _Draws:
        """Draws for `steps` steps; real rows meet the conditions of the fake ones in another order."""
        shape = (steps, self._options.batch_size)
        if not self._layout.conditions:
            rows = self._rng.integers(0, len(self._scalars), shape)
            return _Draws(None, None, self._to_device(rows))
        fake, generator = self._odds.draw(self._rng, 2 * steps * shape[1]).reshape(2, *shape)
        real = self._rng.permuted(fake, axis=1)
        rows = self._lookup.draw(self._rng, real)
        both = np.concatenate([fake, real], axis=1)
        return _Draws(*(self._to_device(array) for array in (both, generator, rows)))

    def _to_device(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

    def _make_rows(self, conditions: torch.Tensor | None) -> torch.Tensor:
        """Write fake rows into the first half of the batch and give their logits."""
        self._noise.fill_normal(self.generator.noise)
        logits = self.generator.forward(conditions)
        fake = self._batch[: self._options.batch_size]
        exponential = self._noise.exponential(len(fake), self._layout.width - self._layout.scalars)
        self._activations.forward(logits, exponential, fake)
        return logits

    def _place_real_rows(self, rows: torch.Tensor) -> None:
        real = self._batch[self._options.batch_size :].zero_()
        real[:, : self._layout.scalars] = self._scalars[rows]
        real.scatter_(1, self._positions[rows], 1.0)

    def _add_condition_loss(self, logits: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of the demanded category in its field, mean over the batch; its gradient is added.

        That gradient is (softmax − one-hot)/batch in the demanded field and zero in the others.
        """
        scalars, size = self._layout.scalars, self._layout.conditions
        fields = slice(scalars, scalars + size)
        mask = self._condition_mask[self._field_of_condition[conditions]]
        log_odds = torch.log_softmax(logits[:, fields] + mask, dim=1)
        gradient = log_odds.exp()
        gradient.scatter_add_(1, conditions[:, None], torch.full_like(gradient[:, :1], -1.0))
        self._logit_gradients[:, fields].add_(gradient, alpha=1 / len(logits))
        return -log_odds.gather(1, conditions[:, None]).mean()

    def _mask_of_fields(self) -> torch.Tensor:
        """0 for the positions of a field and −∞ elsewhere, discrete fields × conditions."""
        fields = np.arange(len(self._layout.category_sizes))
        is_own = np.equal.outer(fields, self._layout.group_of_condition)
        return self._to_device(np.where(is_own, 0.0, -np.inf).astype(np.float32))
