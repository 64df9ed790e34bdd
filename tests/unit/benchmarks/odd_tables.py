"""Tiny tables whose scores are known beforehand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.benchmarks.subjects import Subject
from tests.benchmarks.tables import modelled_columns


def make_related(rows: int, seed: int) -> pd.DataFrame:
    """A number that follows from a category, beside a little chance."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, rows)
    return pd.DataFrame(
        {"kind": np.array(["a", "b", "c"])[codes], "size": codes * 10.0 + rng.normal(size=rows)}
    )


def make_subject(rows: int = 120) -> Subject:
    """Related rows to train on and as many others."""
    training = make_related(rows, 0)
    return Subject(modelled_columns(training), training, make_related(rows, 1))
