"""The decimal sign and the grouping of a column of numbers, by its cells and what is known of its file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.hints import Hints
from pipeline.datasets.forms.number_evidence import count_grouped, has_few_groups, is_supported
from pipeline.datasets.forms.number_shapes import GROUP, GROUPINGS, PERCENT_SIGNS, has_dash
from pipeline.datasets.forms.number_sightings import Sighting, Signs, count_cells, total_of

_FEWEST_BARE_CELLS = 10
_MANY_HUNDREDS = 0.5  # of the numbers below a thousand: they spread up to it
_DOT_BEFORE = frozenset(
    ["$", "£", "₹", "US$", "USD", "GBP", "INR", "A$", "AU$", "C$", "CA$", "HK$", "S$", "NZ$"]
)
"""Currencies that are before a number where the decimal sign is a dot."""

_COMMA_AFTER = frozenset(["€", "kr", "kr.", "Kr", "zł", "Kč", "Ft", "lei", "лв"])
"""Currencies that are after a number where it is a comma."""


@dataclass(frozen=True)
class SignChoice:
    """The signs to read with, others that are as likely, whether to ask, and why."""

    signs: Signs
    others: tuple[Signs, ...] = ()
    is_ambiguous: bool = False
    why: str = ""


def choose_signs(cells: Cells, seen: list[Sighting], hints: Hints) -> SignChoice | None:
    """The signs that the most cells fit, or None where no cell fits any."""
    best = _fitting_signs(seen)
    if not best:
        return None
    chosen, is_ambiguous, why = _choose(cells, best, seen, hints)
    is_settled = chosen.decimal == hints.decimal or (not is_ambiguous and hints.voted_decimal)
    others = () if is_settled else tuple(signs for signs in best if signs != chosen)
    return SignChoice(chosen, others, is_ambiguous, why)


def _fitting_signs(seen: list[Sighting]) -> list[Signs]:
    """Decimal sign and grouping that the most cells fit; several only when they read other values."""
    used = {char for sighting in seen for char in sighting.number.core} - {"9"}
    candidates = [
        Signs(decimal, grouping, lakh)
        for decimal in (".", ",")
        for grouping in ("", *(sign for sign in GROUPINGS if sign in used and sign != decimal))
        for lakh in ((False, True) if grouping else (False,))
    ]
    fits = {signs: _fitting(seen, signs) for signs in candidates}
    most = max(fits.values())
    kept: dict[tuple[tuple[int, int] | None, ...], Signs] = {}
    for signs in candidates:
        if fits[signs] == most > 0:
            cuts = (signs.cut(sighting.number.core) for sighting in seen)
            kept.setdefault(tuple((cut.integer, cut.decimals) if cut else None for cut in cuts), signs)
    return [_with_usual_grouping(signs, seen) for signs in kept.values()]


def _fitting(seen: list[Sighting], signs: Signs) -> int:
    """Number of cells that fit; where nothing shows that a sign groups, only the cells that have it do.

    Few such cells are typing errors, which no column is read by.
    """
    if not signs.grouping or signs.grouping not in (".", ",") or is_supported(seen, signs):
        return sum(_fit(sighting, signs) for sighting in seen)
    return 0 if has_few_groups(seen, signs) else count_grouped(seen, signs)


def _fit(sighting: Sighting, signs: Signs) -> int:
    """Number of cells of a shape that fit: a group of more than one digit starts with no zero."""
    cut = signs.cut(sighting.number.core)
    if cut is None or (cut.is_grouped and sighting.number.exponent):
        return 0
    return sighting.count - (sighting.leading_zeros if cut.integer > 1 else 0)


def _with_usual_grouping(signs: Signs, seen: list[Sighting]) -> Signs:
    """The most frequent of the blanks or apostrophes that mean the same grouping."""
    if not signs.grouping:
        return signs
    grouped = [s for s in seen if (cut := signs.cut(s.number.core)) is not None and cut.is_grouped]
    used = count_cells(grouped, lambda sighting: next(c for c in sighting.number.core if c != "9"))
    return (
        Signs(signs.decimal, used.most_common(1)[0][0], signs.lakh)
        if used
        else Signs(signs.decimal, "", False)
    )


def _choose(cells: Cells, best: list[Signs], seen: list[Sighting], hints: Hints) -> tuple[Signs, bool, str]:
    """The signs to read with, whether that is a guess, and why."""
    if len(best) == 1:
        return best[0], False, ""
    dashes = {sighting.number.unit[:1] for sighting in seen if has_dash(sighting.number.unit)}
    before_dash = [signs for signs in best if signs.decimal in dashes]
    if len(before_dash) == 1:
        return before_dash[0], False, f'a dash stands in place of cents after "{before_dash[0].decimal}"'
    hinted = _widest(best, seen, hints.decimal)
    if hinted is not None:
        return hinted, False, f'the decimal sign is given as "{hints.decimal}"'
    small = [s for s in seen if set(s.number.core) == {"9"} and len(s.number.core) <= 3]
    voted = _widest(best, seen, hints.voted_decimal)
    if voted is not None:
        # Neither other columns nor a separator alone make thousands a thousand times smaller.
        is_doubtful = not voted.grouping and _follow_a_thousand(best, seen, small)
        return voted, is_doubtful, f'other columns have the decimal sign "{hints.voted_decimal}"'
    likely, source = _likely_decimal(seen, hints)
    chosen = _widest(best, seen, likely)
    bare = total_of(small)
    grouped = [signs for signs in best if signs.grouping]
    if grouped and bare and (bare < _FEWEST_BARE_CELLS or cells.has_two_values([s.code for s in small])):
        why = "numbers below a thousand have no sign, all others have three digits after it"
        is_doubtful = chosen is not None and not chosen.grouping and _follow_a_thousand(best, seen, small)
        is_rare = bare < _FEWEST_BARE_CELLS and chosen is None
        return chosen or grouped[0], is_doubtful or is_rare, why
    if chosen is not None:
        return chosen, False, f'{source} goes with the decimal sign "{likely}"'
    chosen = _widest(best, seen, ".") or best[0]
    sign = chosen.grouping or chosen.decimal
    why = f'"{sign}" may group thousands or be the decimal sign: three digits follow it everywhere'
    return chosen, True, why


def _follow_a_thousand(best: list[Signs], seen: list[Sighting], small: list[Sighting]) -> bool:
    """Whether a sign may group, numbers without it go on to hundreds, and those with it begin at 1,000."""
    if not any(signs.grouping for signs in best):
        return False
    hundreds = total_of(one for one in small if len(one.number.core) == GROUP)
    begins = any(re.fullmatch(r"9[.,]9{3}", one.number.core) for one in seen)
    return begins and hundreds >= max(_FEWEST_BARE_CELLS, _MANY_HUNDREDS * total_of(small))


def _widest(best: list[Signs], seen: list[Sighting], decimal: str | None) -> Signs | None:
    """Of the signs with a decimal sign those that read the most cells; None where there are none."""
    fitting = [signs for signs in best if signs.decimal == decimal]
    return max(fitting, key=lambda signs: sum(_fit(one, signs) for one in seen), default=None)


def _likely_decimal(seen: list[Sighting], hints: Hints) -> tuple[str | None, str]:
    """The decimal sign that the currency of the column or else the file speaks for, and what does."""
    for sighting in seen:
        before, _, after = sighting.number.template.partition("#")
        if before.strip(" -(+") in _DOT_BEFORE:
            return ".", f'the currency "{sighting.number.unit}" before the number'
        if after.strip(" -)+\u00a0\u202f") in _COMMA_AFTER:
            return ",", f'the currency "{sighting.number.unit}" after the number'
    used = {char for one in seen for char in one.number.core} & {".", ","}
    if len(used) > 1:
        # Some cells are wrong, and a separator does not say which.
        return None, ""
    if seen[0].number.unit in PERCENT_SIGNS:
        return next(iter(used), None), "a percent sign"
    if hints.likely_decimal == "." and used == {","}:
        return None, ""
    return hints.likely_decimal, "the separator of the file"
