"""Scores as every surface shows them: cut, never rounded up, so that only a perfect one reads as 1."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

NOT_MEASURED = "not measured"


def cut_score(score: float, places: int = 3) -> float:
    """A 0–1 score without what follows its first decimal places."""
    return float(_cut(score, places))


def format_score(score: float | None, places: int = 3) -> str:
    """A 0–1 score as 0.850."""
    return NOT_MEASURED if score is None else f"{_cut(score, places)}"


def format_percent(score: float | None) -> str:
    """A 0–1 score as 85.0%, with the same digits as `format_score`."""
    return NOT_MEASURED if score is None else f"{_cut(score, 3):.1%}"


def _cut(score: float, places: int) -> Decimal:
    # A sum of floats may miss its value in the last digits: nine places are without that noise.
    return Decimal(f"{score:.9f}").quantize(Decimal(1).scaleb(-places), ROUND_FLOOR)
