"""The first stage before CTGAN: SDV's HMA learns the real rows and writes the initial synthetic data."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from pipeline.dataset import ModelledColumn
from pipeline.errors import TrainingError
from pipeline.synthesizers.encoding import TableEncoding, require_columns
from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.protocol import OnProgress, Progress, Stage
from pipeline.synthesizers.sdv_bridge import TABLE, make_metadata, sdv_session
from pipeline.synthesizers.width import plan_columns, require_repeating


def sample_initial(
    table: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    rows: int,
    seed: int,
    on_progress: OnProgress | None = None,
) -> pd.DataFrame:
    """Fit HMA to the real rows of `table` and give `rows` initial synthetic rows of `columns`.

    The result has the dtypes and protected ranges of the input and its categories, except rare ones, which
    HMA would otherwise make frequent enough for the next synthesizer. A category that is not rare stays so:
    the next synthesizer, which counts rows again, has none to leave out. The same seed gives the same rows.
    Raises DataError where a column does not fit its kind and TrainingError where it cannot be learned.
    """
    if rows < 1:
        raise TrainingError(f"HMA was asked for {rows} rows.", "ask for at least one row.")
    started = time.monotonic()
    _report(on_progress, 0, started)
    require_columns(table, columns)
    # A copula holds a column as one number however many categories it has, so that none needs a split.
    plans = plan_columns(table, columns, max_categories=None, number_width=1)
    require_repeating(plans)
    encoding = TableEncoding.learn(table, columns, plans)
    fill_seed, sample_seed, keep_seed = np.random.SeedSequence(seed).spawn(3)
    clean = encoding.clean(table, np.random.default_rng(fill_seed))
    with sdv_session("HMA"):
        synthesizer = _fitted(clean, encoding)
        _seed_sampling(synthesizer, int(sample_seed.generate_state(1)[0] >> 1))
        sampled = synthesizer.sample(num_rows=rows, main_table_name=TABLE)[TABLE]
    _report(on_progress, 1, started)
    kept = _keep_categories(sampled, clean, tuple(encoding.categories), np.random.default_rng(keep_seed))
    return encoding.restore(kept)


def _fitted(clean: pd.DataFrame, encoding: TableEncoding) -> Any:
    from sdv.multi_table import HMASynthesizer

    synthesizer = HMASynthesizer(make_metadata(encoding.fields), verbose=False)
    # SDV would clip to the ends, which piles rows up there; the encoding mirrors them instead.
    synthesizer.set_table_parameters(TABLE, {"enforce_min_max_values": False})
    synthesizer.fit({TABLE: clean})
    return synthesizer


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
    if on_progress:
        on_progress(Progress(Stage.HMA, epoch, 1, time.monotonic() - started))
