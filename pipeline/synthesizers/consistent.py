"""A fitted synthesizer whose rows keep the functional dependencies of the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from pipeline.synthesizers.dependencies import Dependency
from pipeline.synthesizers.protocol import DEPENDENCIES_KEY, Drawn, Sampler, Shares, SynthesizerState
from pipeline.synthesizers.width import ColumnPlan

_STREAM = 0x64657065
_PASSES = 3
"""A column that follows a finer one may break what one before it determines; a pass more puts that right."""


class ConsistentSynthesizer:
    """Draws rows of a fitted synthesizer, and puts those right that break a dependency."""

    def __init__(self, plain: Sampler, dependencies: Sequence[Dependency]) -> None:
        self.plain, self.dependencies = plain, tuple(dependencies)

    @property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """How the synthesizer treated each column."""
        return self.plain.plans

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """Give `rows` new rows; shares are met exactly, to the rounding of one row."""
        return self.draw(rows, seed, shares).table

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """The rows of `sample`, and how many of them had to be set to a share.

        Where shares of a column and of one that it determines contradict each other, the shares are kept.
        """
        drawn = self.plain.draw(rows, seed, shares)
        return replace(drawn, table=repair(drawn.table, self.dependencies, seed, tuple(shares or ())))

    @property
    def state(self) -> SynthesizerState:
        """The state of the plain synthesizer and the dependencies."""
        plain = self.plain.state
        return SynthesizerState(
            {**plain.values, DEPENDENCIES_KEY: [asdict(one) for one in self.dependencies]}, plain.arrays
        )


def repair(
    table: pd.DataFrame, dependencies: Sequence[Dependency], seed: int, kept: Sequence[str] = ()
) -> pd.DataFrame:
    """The table with its rows put right; columns in `kept` are left as they are."""
    repaired = table.copy()
    rng = np.random.default_rng(np.random.SeedSequence([seed, _STREAM]))
    for _ in range(_PASSES):
        were_broken = [one.repair(repaired, rng, kept) for one in dependencies]
        if not any(were_broken):
            break
    return repaired


def restore_consistent(plain: Sampler, state: SynthesizerState) -> ConsistentSynthesizer:
    """A consistent synthesizer again from the state of both."""
    found = [Dependency.from_dict(values) for values in state.values[DEPENDENCIES_KEY]]
    return ConsistentSynthesizer(plain, found)
