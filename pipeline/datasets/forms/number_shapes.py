"""What the shape of a number says: its sign, its unit, where its digits are grouped and cut."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.datasets.forms.units import is_prefix, is_scaled_currency, is_suffix

BLANKS = " \u00a0\u202f\u2009"
APOSTROPHES = "'’"
MINUS_SIGNS = "-−"
PERCENT_SIGNS = ("%", "‰", "‱")
GROUPINGS = (",", ".", *BLANKS, *APOSTROPHES, "_")

_SEPARATORS = re.escape("".join(GROUPINGS))
_CORE = re.compile(rf"(?P<core>[.,]?9(?:[9{_SEPARATORS}]*9)?)(?P<exponent>[eE][+\-−]?9{{1,3}})?")
_DASH = re.compile("[.,][-–—]{1,2}")
"""What stands in place of cents: "1234,-"."""

GROUP = 3
"""Digits of a group, and decimals that look like one."""

_AROUND_UNITS = f"{BLANKS}+{MINUS_SIGNS}()"
PLAIN = re.compile(rb"-?9+(\.9+)?([eE][+-]?9{1,3})?")
"""Shapes that every language reads as the same number."""


@dataclass(frozen=True)
class NumberShape:
    """One shape of numbers: `-$9,999.99` has the core `9,999.99`, the template `-$#` and the unit `$`."""

    core: str
    exponent: str
    template: str
    unit: str
    is_negative: bool

    @property
    def has_plus(self) -> bool:
        return "+" in self.template


@dataclass(frozen=True)
class Cut:
    """How many digits are before and after the decimal sign, and whether any are grouped."""

    integer: int
    decimals: int
    is_grouped: bool


@lru_cache(maxsize=4096)
def parse_shape(shape: bytes, known_unit: str = "") -> NumberShape | None:
    """The number that a shape stands for, or None: `BR-9999` and `99/99/9999` are none.

    `known_unit` is a unit besides those on the list.
    """
    if len(shape) > 60 or b"9" not in shape or b"#" in shape:
        return None
    text = shape.decode()
    found = _CORE.search(text)
    if found is None or "9" in text[found.end() :]:
        return None
    before, after = text[: found.start()], text[found.end() :]
    unit = unit_of(before, after, known_unit)
    if unit is None:
        return None
    template = f"{before}#{after}"
    return NumberShape(found["core"], found["exponent"] or "", template, unit, has_minus(template))


def template_unit(template: str) -> str:
    """The unit of a template such as "-# EUR", on the list or not; "" without one."""
    before, _, after = template.partition("#")
    dash, rest = _split_dash(after)
    return dash + before.strip(_AROUND_UNITS) + rest.strip(_AROUND_UNITS)


def has_minus(template: str) -> bool:
    """Whether a template shows a minus sign or parentheses; a dash in place of cents is none."""
    before, _, after = template.partition("#")
    return "(" in before or any(sign in before + _split_dash(after)[1] for sign in MINUS_SIGNS)


def has_dash(unit: str) -> bool:
    """Whether a unit starts with a dash in place of cents."""
    return bool(_split_dash(unit)[0])


def _split_dash(after: str) -> tuple[str, str]:
    """The dash in place of cents behind a number, and what comes after it."""
    found = _DASH.match(after)
    return (found[0], after[found.end() :]) if found else ("", after)


def unit_of(before: str, after: str, known_unit: str = "") -> str | None:
    """The unit among the characters around a number ("" without one), or None when they make no number."""
    dash, after = _split_dash(after)
    if dash:
        rest = unit_of(before, after, known_unit.removeprefix(dash))
        return None if rest is None else dash + rest
    around = before + after
    signs = sum(around.count(sign) for sign in "+" + MINUS_SIGNS)
    parentheses = (before.count("("), before.count(")"), after.count("("), after.count(")"))
    is_closed = parentheses in ((0, 0, 0, 0), (1, 0, 0, 1))
    if not is_closed or signs + parentheses[0] > 1 or "+" in after:  # "65+" is no number
        return None
    prefix, suffix = (part.strip(_AROUND_UNITS) for part in (before, after))
    if suffix and is_scaled_currency(before.lstrip(_AROUND_UNITS), after.rstrip(_AROUND_UNITS)):
        return prefix + suffix
    if prefix and suffix:
        return None
    if prefix:
        return prefix if prefix == known_unit or is_prefix(prefix) else None
    if suffix:
        return suffix if suffix == known_unit or is_suffix(suffix, after[0] in BLANKS) else None
    return "" if not around.strip("+()" + MINUS_SIGNS + BLANKS) else None


@lru_cache(maxsize=16384)
def cut_core(core: str, decimal: str, grouping: str, lakh: bool) -> Cut | None:
    """Cut the core of a number at a decimal sign, or None when it is not written so.

    Where the grouping sign is a blank or an apostrophe, any other one of them is accepted too, and
    digits need not be grouped.
    """
    found = _core_pattern(decimal, grouping, lakh).fullmatch(core)
    if found is None:
        return None
    integer, decimals = found["integer"] or "", found["decimals"] or ""
    digits = integer.count("9")
    return Cut(digits, len(decimals), digits < len(integer))


def looks_like_group(cut: Cut) -> bool:
    """Whether a number with three decimals would be one with a group behind the other sign."""
    return not cut.is_grouped and cut.decimals == GROUP and 1 <= cut.integer <= GROUP


@lru_cache(maxsize=64)
def _core_pattern(decimal: str, grouping: str, lakh: bool) -> re.Pattern[str]:
    integer = "9+"
    if grouping:
        same = next((kind for kind in (BLANKS, APOSTROPHES) if grouping in kind), grouping)
        middle = rf"(?:[{same}]99)*" if lakh else rf"(?:[{same}]999)*"
        first = "9{1,2}" if lakh else "9{1,3}"
        integer = rf"9+|{first}{middle}[{same}]999"
    return re.compile(rf"(?P<integer>{integer})?(?:[{decimal}](?P<decimals>9+))?(?<=9)")
