"""Clean fields ↔ what the networks see: mode-specific normalisation and category codes.

A number becomes a mixture component, drawn from its responsibilities, and its distance from that
component's mean in units of four deviations (Xu et al. 2019, section 4.2). A value that many rows share,
such as 0 or 40 hours, is a component of its own without deviation, as in the mixed encoding of CTAB-GAN
(Zhao et al. 2021, arXiv:2102.08369): a network cannot hit a single number by a continuous output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from pipeline.synthesizers.ctgan.layout import Layout
from pipeline.synthesizers.ctgan.mixture import Mixture, fit_mixture
from pipeline.synthesizers.encoding import Field
from pipeline.synthesizers.ends import FEWEST_SHARING

_DEVIATIONS = 4.0
_LARGEST_SCALAR = 0.99
_LEAST_RESPONSIBILITY = 1e-6
_SHARED_PART = 1 / 64
"""A value that at least this part of the rows holds is a component of its own."""


@dataclass(frozen=True)
class EncodedRows:
    """Rows for the networks: float32 `scalars` in −1…1 (rows × numbers), int64 `codes` (rows × groups)."""

    scalars: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Modes:
    """The active mixture components of one number; a shared value has deviation 0."""

    means: np.ndarray
    deviations: np.ndarray

    def numbers(self, scalars: np.ndarray, components: np.ndarray) -> np.ndarray:
        """The numbers that `scalars` stand for in `components`."""
        return scalars * (_DEVIATIONS * self.deviations)[components] + self.means[components]


@dataclass(frozen=True)
class ModeTransformer:
    """The fields of a clean table and the modes of its numbers, in field order."""

    fields: tuple[Field, ...]
    modes: tuple[Modes, ...]

    @property
    def layout(self) -> Layout:
        """The layout of the row vectors."""
        categories = tuple(field.cardinality for field in self.fields if field.cardinality is not None)
        return Layout(categories, tuple(len(modes.means) for modes in self.modes))

    @property
    def discrete_names(self) -> tuple[str, ...]:
        """Names of the discrete fields, in the order of their groups."""
        return tuple(field.name for field in self.fields if field.is_discrete)

    @property
    def number_names(self) -> tuple[str, ...]:
        """Names of the numeric fields, in the order of their scalars."""
        return tuple(field.name for field in self.fields if not field.is_discrete)

    @classmethod
    def learn(
        cls,
        clean: pd.DataFrame,
        fields: tuple[Field, ...],
        rng: np.random.Generator,
        shared_values: int = 0,
    ) -> tuple[Self, EncodedRows]:
        """Fit the mixtures and encode the rows of `clean`; `rng` starts the mixtures and draws components.

        Up to `shared_values` values of a number become components of their own.
        """
        modes: list[Modes] = []
        scalars = np.empty((len(clean), sum(not field.is_discrete for field in fields)), dtype=np.float32)
        components: list[np.ndarray] = []
        for position, name in enumerate(field.name for field in fields if not field.is_discrete):
            column_modes, scalars[:, position], component = _learn_number(
                clean[name].to_numpy(), rng, shared_values
            )
            modes.append(column_modes)
            components.append(component)
        categories = [clean[field.name].to_numpy() for field in fields if field.is_discrete]
        return cls(fields, tuple(modes)), EncodedRows(scalars, np.column_stack(categories + components))

    def decode(self, rows: EncodedRows) -> dict[str, np.ndarray]:
        """The clean fields of encoded rows."""
        discrete = self.discrete_names
        clean = {name: rows.codes[:, group] for group, name in enumerate(discrete)}
        for position, (name, modes) in enumerate(zip(self.number_names, self.modes, strict=True)):
            components = rows.codes[:, len(discrete) + position]
            clean[name] = modes.numbers(rows.scalars[:, position].astype(np.float64), components)
        return clean

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The modes by name, for `from_arrays`."""
        arrays: dict[str, np.ndarray] = {}
        for position, modes in enumerate(self.modes):
            arrays[f"modes.{position}.means"] = modes.means
            arrays[f"modes.{position}.deviations"] = modes.deviations
        return arrays

    @classmethod
    def from_arrays(cls, fields: tuple[Field, ...], arrays: Mapping[str, np.ndarray]) -> Self:
        """The transformer again from its fields and `arrays`."""
        numbers = sum(not field.is_discrete for field in fields)
        modes = (
            Modes(arrays[f"modes.{position}.means"], arrays[f"modes.{position}.deviations"])
            for position in range(numbers)
        )
        return cls(fields, tuple(modes))


def _learn_number(
    numbers: np.ndarray, rng: np.random.Generator, shared_values: int
) -> tuple[Modes, np.ndarray, np.ndarray]:
    """Modes of a number, with the scalar and the component of each row."""
    shared = _find_shared(numbers, shared_values)
    is_shared = np.isin(numbers, shared)
    modes, scalars, components = _learn_modes(numbers[~is_shared], rng)
    first = len(modes.means)
    all_modes = Modes(np.append(modes.means, shared), np.append(modes.deviations, np.zeros(len(shared))))
    every_scalar, every_component = np.zeros(len(numbers)), np.empty(len(numbers), dtype=np.int64)
    every_scalar[~is_shared], every_component[~is_shared] = scalars, components
    every_component[is_shared] = first + np.searchsorted(shared, numbers[is_shared])
    return all_modes, every_scalar, every_component


def _find_shared(numbers: np.ndarray, most: int) -> np.ndarray:
    """At most `most` values, sorted, of which each is held by enough rows to stand alone."""
    values, counts = np.unique(numbers, return_counts=True)
    heaviest = np.argsort(-counts, kind="stable")[:most]
    least = max(FEWEST_SHARING, len(numbers) * _SHARED_PART)
    return np.sort(values[heaviest[counts[heaviest] >= least]])


def _learn_modes(numbers: np.ndarray, rng: np.random.Generator) -> tuple[Modes, np.ndarray, np.ndarray]:
    if not len(numbers):
        return Modes(np.empty(0), np.empty(0)), np.empty(0), np.empty(0, dtype=np.int64)
    values, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    mixture = fit_mixture(values, counts, rng)
    active = mixture.is_active
    modes = Modes(mixture.means[active], mixture.deviations[active])
    components = _draw_components(mixture, values, inverse, rng)
    scalars = (numbers - modes.means[components]) / (_DEVIATIONS * modes.deviations[components])
    return modes, np.clip(scalars, -_LARGEST_SCALAR, _LARGEST_SCALAR), components


def _draw_components(
    mixture: Mixture, values: np.ndarray, inverse: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """One active component for each row, by its responsibility for the row's value."""
    odds = mixture.responsibilities(values)[:, mixture.is_active] + _LEAST_RESPONSIBILITY
    cumulative = np.cumsum(odds, axis=1)
    cumulative /= cumulative[:, -1:]
    return (rng.random(len(inverse))[:, None] >= cumulative[inverse]).sum(axis=1)
