"""The first stage before CTGAN: SDV's HMA learns the real rows and writes the initial synthetic data.

HMA gets the columns as normal scores and learns how they depend on each other; what each column looks like,
and how those pairs depend that a copula of ranks loses, comes from `normal_scores`. Left to itself HMA fits
a beta distribution to every column, which on bank marketing costs nine points of column shapes.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.errors import TrainingError
from pipeline.progress import OnProgress, Progress, Stage, tell
from pipeline.synthesizers.encoding import Field, learn_unsplit
from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.normal_scores import NormalScores
from pipeline.synthesizers.sdv_bridge import TABLE, make_metadata, sdv_session
from pipeline.synthesizers.turns import sdv_turn

_PARAMETERS = {"default_distribution": "norm", "enforce_min_max_values": False, "enforce_rounding": False}
"""For columns of normal scores: the fitted families of HMA have nothing left to bend."""


def sample_initial(
    table: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    rows: int,
    seed: int,
    on_progress: OnProgress | None = None,
    uses_tree: bool = True,
) -> pd.DataFrame:
    """Fit HMA to the real rows of `table` and give `rows` initial synthetic rows of `columns`.

    The result has the dtypes and protected ranges of the input and its categories, except rare ones, which
    HMA would otherwise make frequent enough for the next synthesizer. A category that is not rare stays so:
    the next synthesizer, which counts rows again, has none to leave out. The same seed gives the same rows.
    Without `uses_tree` columns depend on each other by their ranks alone.
    Raises DataError where a column does not fit its kind and TrainingError where it cannot be learned.
    """
    if rows < 1:
        raise TrainingError(f"HMA cannot sample {rows} rows.", "ask for at least one row.")
    started = time.monotonic()
    _report(on_progress, 0, started)
    # A copula holds a column as one number however many categories it has, so that none needs a split.
    encoding = learn_unsplit(table, columns)
    fill_seed, sample_seed, draw_seed = np.random.SeedSequence(seed).spawn(3)
    clean = encoding.clean(table, np.random.default_rng(fill_seed))
    normal, scores = NormalScores.learn(clean, encoding, uses_tree)
    sampled = _sample_scores(scores, rows, int(sample_seed.generate_state(1)[0] >> 1))
    _report(on_progress, 1, started)
    rng = np.random.default_rng(draw_seed)
    drawn = normal.draw(sampled, rng)
    return encoding.restore(_keep_categories(drawn, clean, tuple(encoding.categories), rng))


def _sample_scores(scores: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """`rows` rows that HMA draws after learning `scores`."""
    with sdv_turn(), sdv_session("HMA"):
        from sdv.multi_table import HMASynthesizer

        fields = tuple(Field(str(name), None) for name in scores)
        synthesizer = HMASynthesizer(make_metadata(fields), verbose=False)
        synthesizer.set_table_parameters(TABLE, _PARAMETERS)
        synthesizer.fit({TABLE: scores})
        _seed_sampling(synthesizer, seed)
        return synthesizer.sample(num_rows=rows, main_table_name=TABLE)[TABLE]


def _keep_categories(
    sampled: pd.DataFrame, clean: pd.DataFrame, names: tuple[str, ...], rng: np.random.Generator
) -> pd.DataFrame:
    """`sampled` with some codes exchanged: each comes `FEWEST_ROWS` times where its share allows."""
    columns = {
        name: _keep_codes(sampled[name].to_numpy(dtype=np.int64), clean[name].to_numpy(), rng)
        for name in names
    }
    return sampled.assign(**columns)


def _keep_codes(sampled: np.ndarray, clean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    counts = np.bincount(clean, minlength=int(sampled.max()) + 1)
    least = np.minimum(counts * len(sampled) // len(clean), FEWEST_ROWS)
    short = np.maximum(least - np.bincount(sampled, minlength=len(counts)), 0)
    order, kept = rng.permutation(len(sampled)), sampled.copy()
    ranks = pd.Series(sampled[order]).groupby(sampled[order]).cumcount().to_numpy()
    spare = order[ranks >= least[sampled[order]]]
    kept[spare[: short.sum()]] = np.repeat(np.arange(len(short)), short)
    return kept


def _seed_sampling(synthesizer: Any, seed: int) -> None:
    """Seed both places from which SDV 2.0 draws: the sampler of keys, and the copula of each table.

    A fit leaves both at fixed numbers and puts numpy's global state aside, which is why global seeds
    have no effect and every first sample of a fit is the same.
    """
    synthesizer._numpy_seed = seed
    for table_synthesizer in synthesizer._table_synthesizers.values():
        table_synthesizer._set_random_state(seed)


def _report(on_progress: OnProgress | None, epoch: int, started: float) -> None:
    tell(on_progress, Progress(Stage.HMA, epoch, 1, time.monotonic() - started))
