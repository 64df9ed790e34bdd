"""The shapes of numbers that a column has, and how often it has each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.number_shapes import Cut, NumberShape, cut_core, parse_shape

_WITH_DECIMALS = re.compile(r"(?P<whole>9+)[.,]9+")


@dataclass(frozen=True)
class Sighting:
    """A shape of numbers and how often it was seen; `leading_zeros` counts cells whose first digit is 0."""

    code: int
    number: NumberShape
    count: int
    leading_zeros: int


@dataclass(frozen=True)
class Signs:
    """The decimal sign and the grouping that a column may be written with."""

    decimal: str
    grouping: str
    lakh: bool

    def cut(self, core: str) -> Cut | None:
        """Cut the core of a number, or None when it is not written with these signs."""
        return cut_core(core, self.decimal, self.grouping, self.lakh)


def find_sightings(cells: Cells, unit: str = "") -> list[Sighting]:
    """The shapes of a column that are numbers; `unit` is one that need not be on the list of units."""
    seen = []
    for code, shape in enumerate(cells.shapes):
        number = parse_shape(shape, unit)
        if number is not None:
            zeros = int(cells.is_zero_at(code, cells.digit_positions(code)[0]).sum())
            seen.append(Sighting(code, number, cells.count(code), zeros))
    return seen


def find_padding(seen: Iterable[Sighting]) -> int | None:
    """The one number of whole digits that zeros fill up before decimals ("066.17"); None where none do."""
    widths, zeros = set[int](), 0
    for sighting in seen:
        found = _WITH_DECIMALS.fullmatch(sighting.number.core)
        if found is None or sighting.number.exponent:
            return None
        widths.add(len(found["whole"]))
        zeros += sighting.leading_zeros
    width = widths.pop() if len(widths) == 1 else 0
    return width if width > 1 and zeros else None


def total_of(seen: Iterable[Sighting]) -> int:
    """Number of cells of all the shapes."""
    return sum(sighting.count for sighting in seen)


def count_cells(seen: Iterable[Sighting], key: Callable[[Sighting], str]) -> Counter[str]:
    """Number of cells by what `key` says of their shape."""
    counts = Counter[str]()
    for sighting in seen:
        counts[key(sighting)] += sighting.count
    return counts


def keeps_zeros(cells: Cells, fitting: Iterable[tuple[Sighting, Cut]], decimals: int) -> bool:
    """Whether a visible share of the cells with so many decimals ends with a zero."""
    ending = total = 0
    for sighting, cut in fitting:
        if cut.decimals == decimals > 0:
            last = cells.digit_positions(sighting.code)[cut.integer + cut.decimals - 1]
            ending += int(cells.is_zero_at(sighting.code, last).sum())
            total += sighting.count
    return ending > 0.02 * total
