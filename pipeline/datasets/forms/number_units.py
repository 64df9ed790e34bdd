"""A unit that no list knows ("12Stk", "X 4.50"): the same short one in all cells of amounts."""

from __future__ import annotations

import re
from collections import Counter

import pyarrow.compute as pc

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.number_sightings import Sighting, find_sightings, total_of

_UNIT = r"[^\W\d_]{1,4}\.?|[^\w\s.,'’+\-−()\"/:;#&@*=<>|?!\\\[\]{}]{1,2}"
_AFTER = re.compile(rf"[+\-−(]?[.,]?9(?:[9.,'’ ]*9)? ?(?P<unit>{_UNIT})\)?[\-−]?")
_BEFORE = re.compile(rf"[+\-−(]?(?P<unit>{_UNIT}) ?[+\-−]?[.,]?9(?:[9.,'’ ]*9)?\)?[\-−]?")
_NEARLY_ALL = 0.95
_VISIBLE = 0.05
_FEWEST_VALUES, _FEWEST_BEFORE_A_UNIT = 20, 10


def find_unlisted(cells: Cells) -> list[Sighting]:
    """The shapes of numbers with one unlisted unit, none where the cells are codes or words."""
    units = Counter[tuple[str, bool]]()
    for code, shape in enumerate(cells.shapes[:1000]):
        for is_before, pattern in ((False, _AFTER), (True, _BEFORE)):
            found = pattern.fullmatch(shape.decode()) if b"9" in shape else None
            if found is not None:
                units[found["unit"], is_before] += cells.count(code)
    if not units:
        return []
    (unit, is_before), count = units.most_common(1)[0]
    if count < _NEARLY_ALL * cells.present:
        return []
    seen = [sighting for sighting in find_sightings(cells, unit) if sighting.number.unit in ("", unit)]
    return seen if _are_amounts(cells, seen, is_before) else []


def _are_amounts(cells: Cells, seen: list[Sighting], is_before: bool) -> bool:
    """Whether cells are written as no code is: some negative, of several widths, or most with decimals.

    Codes such as "A1.5" have decimals and several widths as well, where their letter comes first.
    """
    total = total_of(seen)
    if any(s.leading_zeros and re.match("99", s.number.core) for s in seen):
        return False
    if _VISIBLE * total <= total_of(s for s in seen if s.number.is_negative) <= _NEARLY_ALL * total:
        return True
    widths = Counter[int]()
    for sighting in seen:
        widths[len(re.match("9*", sighting.number.core)[0])] += sighting.count  # type: ignore[index]
    is_varied = sum(count >= _VISIBLE * total for count in widths.values()) > 1
    with_decimals = total_of(s for s in seen if re.search("[.,]9+$", s.number.core))
    has_decimals = with_decimals > total / 2
    values = len(pc.unique(cells.texts))
    if is_before:
        return is_varied and has_decimals and values >= _FEWEST_VALUES
    return is_varied or (has_decimals and values >= _FEWEST_BEFORE_A_UNIT)
