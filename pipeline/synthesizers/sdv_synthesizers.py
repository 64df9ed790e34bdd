"""SDV's other single-table synthesizers behind our protocol, for comparison.

TVAE and CopulaGAN can be followed and stopped between epochs; a copula is fitted in one piece, and STOP is
heard before it. None of them is resumed. A fitted one is an SDV object, kept as a pickle inside an array:
the caller must have checked where it comes from, as `pipeline.models.store` does with a signature.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.errors import RecipeError, SamplingError
from pipeline.progress import OnProgress, tell
from pipeline.synthesizers.ctgan.ctgan import NUMBER_WIDTH, count_units
from pipeline.synthesizers.encoding import TableEncoding, require_columns
from pipeline.synthesizers.protocol import Drawn, FitReport, Scorer, Shares, SynthesizerState
from pipeline.synthesizers.recipe import (
    Recipe,
    check_recipe,
    describe_setup,
    has_epochs,
    read_setup,
    torch_threads,
)
from pipeline.synthesizers.sdv_bridge import TABLE, make_metadata, sdv_session
from pipeline.synthesizers.sdv_epochs import EpochWatch
from pipeline.synthesizers.shares import ShareTarget, plan_cells, resolve_shares
from pipeline.synthesizers.turns import sdv_turn
from pipeline.synthesizers.width import (
    ColumnPlan,
    plan_columns,
    plan_learnable,
    require_repeating,
)

_MOST_ROUNDS = 10
_OBSERVED_ROWS = 5_000
_PACK = 10
"""Rows that upstream's discriminators score together."""


class _SDVSynthesizer:
    """What the adapters share; a subclass names SDV's class and its arguments."""

    name: ClassVar[str]
    sdv_class: ClassVar[str]

    def __init__(self, columns: tuple[ModelledColumn, ...], recipe: Recipe) -> None:
        check_recipe(recipe)
        if recipe.patience is not None or recipe.time_budget_s is not None:
            raise RecipeError(
                f"{self.name} does not support early stopping: SDV does not evaluate during training.",
                "omit patience and time budget, or choose ctgan or autoregressive.",
            )
        if recipe.device == "cuda":
            raise RecipeError(
                f"{self.name} trains on the CPU only.",
                "use device cpu, or choose ctgan or autoregressive for a GPU.",
            )
        if has_epochs(self.name) and recipe.batch_size % _PACK:
            raise RecipeError(
                f"{self.name} cannot train on batches of {recipe.batch_size} rows.",
                f"choose a batch size that is a multiple of {_PACK}.",
            )
        self._columns, self._recipe = columns, recipe
        self._encoding: TableEncoding | None = None
        self._model: Any = None
        self._plans: tuple[ColumnPlan, ...] = ()

    def plan(self, table: pd.DataFrame) -> tuple[ColumnPlan, ...]:
        """How each column would be treated; TrainingError names one that cannot be, or is too wide."""
        require_columns(table, self._columns)
        # SDV holds the whole one-hot table at once, so that a batch of it is all rows.
        rows = max(self._recipe.batch_size, len(table))
        return plan_learnable(table, self._columns, self._count_units, rows, NUMBER_WIDTH)

    @property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """How each column of the fitted table was treated, and why."""
        return self._plans

    def fit(
        self,
        table: pd.DataFrame,
        on_progress: OnProgress | None = None,
        scorer: Scorer | None = None,
        checkpoint: Path | None = None,
    ) -> FitReport:
        """Learn `table`; STOP ends it after the epoch that was reported.

        Quality is measured once, at the end, where a scorer is given. SDV has no checkpoints.
        """
        plans = self.plan(table)
        watch = EpochWatch(self._recipe.epochs if has_epochs(self.name) else 1, on_progress)
        tell(on_progress, watch.make_progress(0))
        self._encoding, self._plans = TableEncoding.learn(table, self._columns, plans), plans
        clean = self._encoding.clean(table, np.random.default_rng([self._recipe.seed, 0]))
        with watch.watched(), self._session():
            self._model = self._build()
            self._model.fit({TABLE: clean})
        quality = scorer(self.sample(min(len(table), 1_000), self._recipe.seed)) if scorer else None
        return self._finish(watch, on_progress, quality)

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """Give `rows` new rows; shares are met exactly, by rejection."""
        return self.draw(rows, seed, shares).table

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """The rows of `sample`, and how many of them had to be set to a share.

        SamplingError for fewer than one row, or shares that cannot be met.
        """
        if rows < 1:
            raise SamplingError(f"{rows} rows cannot be sampled.", "ask for at least one row.")
        encoding = self._fitted_encoding()
        names = tuple(column.name for column in encoding.columns)
        targets = resolve_shares(shares or {}, encoding.categories, names)
        with sdv_turn(), torch_threads(self._recipe.threads), sdv_session(self.name):
            self._model._set_random_state(seed % 2**32)
            clean, forced = (
                self._draw_with_shares(rows, targets, seed) if targets else (self._draw(rows), None)
            )
        return Drawn(encoding.restore(clean), forced)

    @property
    def state(self) -> SynthesizerState:
        """The encoding as values, SDV's object as the bytes of a pickle."""
        values = {
            **describe_setup(self._columns, self._recipe),
            "encoding": self._fitted_encoding().as_dict(),
            "plans": [plan.as_dict() for plan in self._plans],
        }
        return SynthesizerState(values, {"pickle": np.frombuffer(pickle.dumps(self._model), dtype=np.uint8)})

    @classmethod
    def from_state(cls, state: SynthesizerState) -> Self:
        """A fitted synthesizer again; the caller vouches for the pickle."""
        restored = cls(*read_setup(state.values))
        restored._encoding = TableEncoding.from_dict(state.values["encoding"])
        restored._plans = tuple(ColumnPlan.from_dict(plan) for plan in state.values.get("plans", ()))
        restored._model = pickle.loads(state.arrays["pickle"].tobytes())
        return restored

    def _count_units(self, plans: tuple[ColumnPlan, ...]) -> int:
        """Weights for each one-hot code: by default those of ctgan's two networks."""
        return count_units(plans)

    def _build(self) -> Any:
        from sdv import single_table

        # The encoding keeps rows inside protected ends; SDV would pile them up on the last value.
        arguments: dict[str, Any] = {"enforce_min_max_values": False}
        if has_epochs(self.name):
            arguments |= {"epochs": self._recipe.epochs, "batch_size": self._recipe.batch_size}
            arguments["enable_gpu"] = False
        return getattr(single_table, self.sdv_class)(
            make_metadata(self._fitted_encoding().fields), **arguments
        )

    @contextmanager
    def _session(self) -> Iterator[None]:
        threads, seed = self._recipe.threads, self._recipe.seed
        with sdv_turn(), torch_threads(threads), _global_seed(seed), sdv_session(self.name):
            yield

    def _finish(self, watch: EpochWatch, on_progress: OnProgress | None, quality: float | None) -> FitReport:
        """The report of a fit, whose last epoch carries the quality; nothing is left that STOP could end."""
        earlier, last = watch.history, watch.make_progress(watch.epoch, quality)
        if watch.was_stopped:
            earlier = earlier[:-1]
        elif on_progress:
            on_progress(last)
        return FitReport(last.epoch, last.epoch, last.seconds, watch.was_stopped, (*earlier, last))

    def _fitted_encoding(self) -> TableEncoding:
        if self._encoding is None:
            raise SamplingError(f"{self.name} has not been fitted.", "fit it first.")
        return self._encoding

    def _draw(self, rows: int) -> pd.DataFrame:
        return self._fitted_encoding().merge(self._model.sample(num_rows=rows)[TABLE])

    def _draw_with_shares(
        self, rows: int, targets: tuple[ShareTarget, ...], seed: int
    ) -> tuple[pd.DataFrame, np.ndarray]:
        """Rows in random order that fill every cell of the plan, and which were set to their category."""
        rng = np.random.default_rng([seed, 1])
        pool = self._draw(max(rows, _OBSERVED_ROWS))
        plan = plan_cells(targets, _groups(targets, pool), rows)
        left, kept = plan.ravel().copy(), []
        for _ in range(_MOST_ROUNDS):
            cells = np.ravel_multi_index(_groups(targets, pool), plan.shape)
            kept.append(pool[_take_from(cells, left)])
            if not left.any():
                break
            pool = self._draw(max(rows, _OBSERVED_ROWS))
        forced = int(left.sum())
        if forced:
            kept.append(_force(pool, np.repeat(np.arange(len(left)), left), plan.shape, targets, rng))
        order = rng.permutation(rows)
        return pd.concat(kept, ignore_index=True).iloc[order].reset_index(drop=True), order >= rows - forced


class GaussianCopula(_SDVSynthesizer):
    """A Gaussian copula over fitted marginals: quick and coarse."""

    name: ClassVar[str] = "gaussian_copula"
    sdv_class: ClassVar[str] = "GaussianCopulaSynthesizer"

    def plan(self, table: pd.DataFrame) -> tuple[ColumnPlan, ...]:
        """How each column would be treated; a copula holds it as one number, so that none is too wide."""
        require_columns(table, self._columns)
        plans = plan_columns(table, self._columns, max_categories=None, number_width=1)
        require_repeating(plans)
        return plans


class TVAE(_SDVSynthesizer):
    """A variational autoencoder (Xu et al. 2019, arXiv:1907.00503)."""

    name: ClassVar[str] = "tvae"
    sdv_class: ClassVar[str] = "TVAESynthesizer"

    def _count_units(self, plans: tuple[ColumnPlan, ...]) -> int:
        """Encoder and decoder have a layer of 128 units next to the codes."""
        return 2 * 128


class CopulaGAN(_SDVSynthesizer):
    """CTGAN after a Gaussian copula's transformation of the marginals."""

    name: ClassVar[str] = "copulagan"
    sdv_class: ClassVar[str] = "CopulaGANSynthesizer"


@contextmanager
def _global_seed(seed: int) -> Iterator[None]:
    """Seed what SDV's fits draw from, which has no other handle in SDV 2.0, and put it back afterwards."""
    import torch

    before = np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            np.random.set_state(before)


def _groups(targets: tuple[ShareTarget, ...], clean: pd.DataFrame) -> tuple[np.ndarray, ...]:
    return tuple(target.group_of_code[clean[target.column].to_numpy(dtype=np.int64)] for target in targets)


def _take_from(cells: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Which rows of a pool are still wanted, in order; takes them off `left`."""
    ranks = pd.Series(cells).groupby(cells).cumcount().to_numpy()
    is_wanted = ranks < left[cells]
    left -= np.bincount(cells[is_wanted], minlength=len(left))
    return is_wanted


def _force(
    pool: pd.DataFrame,
    cells: np.ndarray,
    shape: tuple[int, ...],
    targets: tuple[ShareTarget, ...],
    rng: np.random.Generator,
) -> pd.DataFrame:
    rows = pool.iloc[rng.integers(0, len(pool), len(cells))].reset_index(drop=True)
    for target, groups in zip(targets, np.unravel_index(cells, shape), strict=True):
        rows[target.column] = [rng.choice(target.codes_of(int(group))) for group in groups]
    return rows
