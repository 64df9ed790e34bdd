"""The seam to sdmetrics: a metric gives a number or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import NamedTuple


class Measurement(NamedTuple):
    """A score in 0–1, or None with the reason."""

    score: float | None
    reason: str = ""


def sdmetrics_version() -> str:
    """The installed version of sdmetrics, recorded beside every score."""
    return version("sdmetrics")


def sdmetrics_errors() -> tuple[type[Exception], ...]:
    """Every error class of sdmetrics; each means that a metric could not be computed."""
    from sdmetrics import errors

    return (
        errors.IncomputableMetricError,
        errors.ConstantInputError,
        errors.InvalidDataError,
        errors.VisualizationUnavailableError,
    )


def measure(compute: Callable[[], float]) -> Measurement:
    """Run one metric; failures and NaN become a reason, never a number and never an exception."""
    failures: tuple[type[Exception], ...] = (*sdmetrics_errors(), ValueError, TypeError, ArithmeticError)
    try:
        score = float(compute())
    except failures as error:
        return Measurement(None, f"{type(error).__name__}: {error}")
    if not math.isfinite(score):
        return Measurement(None, "the metric is undefined for these values")
    # sdmetrics adds 1e-6 to unseen categories, which can carry a score just past its range.
    return Measurement(min(max(score, 0.0), 1.0))


def mean_score(scores: Iterable[float | None]) -> float | None:
    """Mean of the scores that were measured; None where there is none."""
    measured = [score for score in scores if score is not None]
    return sum(measured) / len(measured) if measured else None
