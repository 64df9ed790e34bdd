"""Whether cells such as 1.803 hold thousands, or are typing errors of 1,803, by what the other cells show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.datasets.forms.number_shapes import GROUP, Cut, looks_like_group
from pipeline.datasets.forms.number_sightings import Sighting, Signs, total_of

MOST_ODD = 0.2
"""Share of the cells of a column that may be odd ones."""

_PROVEN = 0.1  # of the cells with one group and no decimals: so many with two groups or both signs prove it
_FEWEST_OTHERS = 10


def is_supported(seen: Sequence[Sighting], signs: Signs) -> bool:
    """Whether the cells show that the grouping sign of `signs` groups thousands.

    It does where cells have several groups or both signs, or where all others are whole numbers. Beside
    cells with decimals a single group must be of their size: 1.250 is one thousand among 999,5 and
    12,75, and no number at all among 1,256 and 6,243.
    """
    cuts = [(one, cut) for one in seen if (cut := signs.cut(one.number.core)) is not None]
    grouped = [(one, cut) for one, cut in cuts if cut.is_grouped]
    single = [one for one, cut in grouped if _has_one_group(cut)]
    proven = total_of(one for one, cut in grouped if not _has_one_group(cut))
    if not single or proven >= max(1, _PROVEN * total_of(single)):
        return True
    others = [(one, cut) for one, cut in cuts if not cut.is_grouped]
    if not any(cut.decimals for _, cut in others):
        return True
    like = sum(one.count for one, cut in others if looks_like_group(cut))
    rest = [(one, cut) for one, cut in others if not looks_like_group(cut)]
    return like < total_of(single) and _are_as_large(single, rest, signs)


def has_few_groups(seen: Sequence[Sighting], signs: Signs) -> bool:
    """Whether so few cells are grouped that they may be the odd ones."""
    grouped = total_of(one for one in seen if (cut := signs.cut(one.number.core)) and cut.is_grouped)
    return grouped <= MOST_ODD * total_of(seen)


def count_grouped(seen: Iterable[Sighting], signs: Signs) -> int:
    """Number of cells with a grouping sign."""
    return total_of(one for one in seen if (cut := signs.cut(one.number.core)) and cut.is_grouped)


def without_like_groups(seen: list[Sighting], signs: Signs) -> list[Sighting]:
    """The shapes without those few that have a group behind the wrong sign: 7.120 among 4,171."""
    if signs.grouping not in (".", ","):
        return seen
    cuts = [(one, cut) for one in seen if (cut := signs.cut(one.number.core)) is not None]
    with_decimals = [(one, cut) for one, cut in cuts if cut.decimals]
    wrong = [one for one, cut in with_decimals if looks_like_group(cut)]
    is_all = len(wrong) == len(with_decimals) > 0
    return [one for one in seen if one not in wrong] if is_all and _are_few(wrong, seen, signs) else seen


def _are_few(wrong: list[Sighting], seen: list[Sighting], signs: Signs) -> bool:
    grouped = count_grouped(seen, signs)
    return 0 < total_of(wrong) <= MOST_ODD * grouped


def _has_one_group(cut: Cut) -> bool:
    return cut.is_grouped and not cut.decimals and GROUP < cut.integer <= 2 * GROUP


def _are_as_large(single: list[Sighting], others: Sequence[tuple[Sighting, Cut]], signs: Signs) -> bool:
    """Whether the smallest grouped number follows the largest of the others in size.

    Where one of the others has more than three digits, the column groups none.
    """
    if total_of(one for one, _ in others) < min(_FEWEST_OTHERS, total_of(single)):
        return False
    widest = max(cut.integer for _, cut in others)
    least = min(cut.integer for one in single if (cut := signs.cut(one.number.core)) is not None)
    return widest == GROUP and least == GROUP + 1
