"""Numbers that are written otherwise than all amounts of their column: "0" or "-999" among "$1.90"."""

from __future__ import annotations

from collections import Counter

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.number_sightings import Sighting, Signs, keeps_zeros, total_of

_RARE = 3
"""A text in fewer rows is no literal: it would never come back."""

_MOST_OF_OTHERS = 0.8
_MOST_OF_ALL = 0.7


def set_apart(cells: Cells, seen: list[Sighting], signs: Signs) -> tuple[list[Sighting], tuple[str, ...]]:
    """The shapes in the form of most cells, and the texts of other shapes that stand for no amount.

    Numbers of another form are literals where few texts make up most of them; otherwise they are amounts
    that were written differently.
    """
    usual = _of_one_form(cells, seen, signs)
    if total_of(usual) <= total_of(seen) / 2:
        return seen, ()
    others = [sighting for sighting in seen if sighting not in usual]
    return usual, _frequent_texts(cells, others)


def _of_one_form(cells: Cells, seen: list[Sighting], signs: Signs) -> list[Sighting]:
    """The shapes with a unit where there are any, or else those with a fixed number of decimals."""
    with_unit = [sighting for sighting in seen if sighting.number.unit]
    if with_unit:
        return with_unit
    fitting = [(s, cut) for s in seen if not s.number.exponent and (cut := signs.cut(s.number.core))]
    counts = Counter[int]()
    for sighting, cut in fitting:
        counts[cut.decimals] += sighting.count
    decimals = counts.most_common(1)[0][0] if counts else 0
    is_fixed = counts[decimals] >= _MOST_OF_ALL * total_of(seen) and keeps_zeros(cells, fitting, decimals)
    return [s for s, cut in fitting if cut.decimals == decimals] if is_fixed else seen


def _frequent_texts(cells: Cells, others: list[Sighting]) -> tuple[str, ...]:
    counts = Counter[str]()
    for sighting in others:
        counts.update(cells.texts_of(sighting.code).to_pylist())
    frequent = {text: count for text, count in counts.items() if count >= _RARE}
    is_most = sum(frequent.values()) >= _MOST_OF_OTHERS * counts.total()
    return tuple(sorted(frequent)) if frequent and is_most else ()
