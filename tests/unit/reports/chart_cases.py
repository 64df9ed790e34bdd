"""What several tests of charts share."""

from __future__ import annotations

import numpy as np

from pipeline.datasets.spec import ModelledType

CATEGORICAL, NUMERICAL = ModelledType.CATEGORICAL, ModelledType.NUMERICAL


def bar_heights(figure) -> list[list[float]]:
    return [list(np.asarray(trace.y, dtype=float)) for trace in figure.data]
