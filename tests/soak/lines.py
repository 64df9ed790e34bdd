"""Lines of the one table that the soak prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.layout import print_columns


@dataclass(frozen=True)
class Line:
    """What was measured beside its limit; `is_kept` says whether the promise held."""

    part: str
    what: str
    measured: str
    limit: str
    is_kept: bool


def at_most(part: str, what: str, measured: float, limit: float, unit: str = "") -> Line:
    """A line whose number must not be above its limit; what is not a number is."""
    return Line(part, what, f"{measured:,.4g}{unit}", f"≤ {limit:,.4g}{unit}", measured <= limit)


def print_lines(lines: Sequence[Line]) -> bool:
    """Print the table; whether every promise held."""
    rows = [
        [line.part, line.what, line.measured, line.limit, "pass" if line.is_kept else "MISS"]
        for line in lines
    ]
    print_columns(["part", "what", "measured", "limit", "result"], rows)
    return all(line.is_kept for line in lines)
