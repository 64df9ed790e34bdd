"""Numbers and columns as benchmarks print them."""

from __future__ import annotations

from collections.abc import Sequence


def print_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns, the first one to the left."""
    lines = [header, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    for first, *others in lines:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join(["  " + first.ljust(widths[0]), *cells]).rstrip(), flush=True)


def tell(value: float | None, form: str = ".3f") -> str:
    """A number in a form, a dash for none."""
    return "–" if value is None else format(value, form)


def tell_interval(value: float | None, low: float | None, high: float | None) -> str:
    """A share with its interval, such as "0.512 (0.480–0.544)"."""
    return "–" if value is None else f"{value:.3f} ({low:.3f}–{high:.3f})"
