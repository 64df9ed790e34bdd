"""What stands behind the digits of a number and changes its size or sign: "196.0K" and "2.2M", "330.53+"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.units import CURRENCIES

POWERS: Mapping[str, int] = MappingProxyType(
    {
        "K": 3, "k": 3, "T": 3, "Tsd.": 3, "Tsd": 3, "tsd.": 3, "tsd": 3, "thousand": 3, "mille": 3,
        "M": 6, "m": 6, "MM": 6, "mn": 6, "Mn": 6, "mln": 6, "Mio.": 6, "Mio": 6, "mio.": 6, "mio": 6,
        "million": 6, "millions": 6, "Millionen": 6,
        "B": 9, "b": 9, "bn": 9, "Bn": 9, "bln": 9, "Mrd.": 9, "Mrd": 9, "mrd.": 9, "mrd": 9, "G": 9,
        "billion": 9, "billions": 9, "Milliarden": 9, "lakh": 5, "crore": 7,
    }
)  # fmt: skip
"""Words behind a number and the power of ten that they stand for."""

_WORD = "|".join(map(re.escape, sorted(POWERS, key=len, reverse=True)))
_BLANK = "[ \u00a0\u202f]"
_MONEY = "|".join(map(re.escape, sorted(CURRENCIES, key=len, reverse=True))) + r"|[$€£¥₹₽₺₩₦]"
_SCALED = re.compile(
    rf"[-+−(]?(?P<before>(?:{_MONEY}){_BLANK}?)?(?P<number>[^A-Za-z]*9)(?P<scale>{_BLANK}?(?:{_WORD}))"
    rf"(?P<after>{_BLANK}?(?:{_MONEY}))?[)]?"
)
_BARE = re.compile(rf"[-+−(]?(?:(?:{_MONEY}){_BLANK}?)?[-+−]?9[9.,' ]*(?:{_BLANK}?(?:{_MONEY}))?[)]?")
_MOST_SHAPES = 1000
_MOSTLY, _ENOUGH = 0.5, 0.8  # of the cells have a scale, and of the cells have one or are bare numbers
_WITH_DECIMALS = 0.2  # of them, which codes such as 12K have not
_VISIBLE = 0.01
_OFTEN = 0.05
_CLEAR_WORD = 3
"""Letters of a scale that no code ends with."""


@dataclass(frozen=True)
class Affixes:
    """What to take off numbers: `scales` with the blank before them, the smallest first, and plus signs.

    Of scales of one size the last is written.
    """

    scales: tuple[str, ...] = ()
    has_plus: bool = False


def power_of(scale: str) -> int:
    """The power of ten of a scale; 0 for numbers without one."""
    return POWERS[scale.strip()] if scale else 0


def find_affixes(cells: Cells) -> Affixes | None:
    """The scales or the trailing plus signs of a column of numbers, None where it has none of them."""
    scales = _find_scales(cells)
    if scales:
        return Affixes(scales)
    ends = Counter[bytes]()
    for code, shape in enumerate(cells.shapes[:_MOST_SHAPES]):
        if re.fullmatch(rb"[9.,' ]*9[+-]?", shape):
            ends[shape[-1:]] += cells.count(code)
    is_signed = min(ends[b"+"], ends[b"-"]) >= max(1, _VISIBLE * cells.present)
    return Affixes(has_plus=True) if is_signed and ends[b"+"] > ends[b"9"] else None


def strip_affixes(cells: Cells, affixes: Affixes) -> Cells:
    """The same cells without their scales or trailing plus signs."""
    ends = [re.escape(scale) for scale in sorted(affixes.scales, key=len, reverse=True) if scale]
    pattern = rf"(\d)(?:{'|'.join(ends)})((?:{_BLANK}?(?:{_MONEY}))?[)]?)$" if ends else r"(\d)\+()$"
    texts = pc.replace_substring_regex(cells.texts, pattern, r"\1\2")
    return Cells.of(pd.Series(texts.to_pandas(), dtype=object))


def split_shape(
    shape: bytes, scales: Sequence[str], has_plus: bool, tails: Sequence[bytes] = (b"",)
) -> tuple[bytes, int]:
    """The shape without scale or trailing plus, and which of the scales it has (0 without one).

    `tails` are what may come behind a scale, such as a currency.
    """
    if has_plus and shape.endswith(b"9+"):
        return shape[:-1], 0
    for place, scale in enumerate(scales):
        for tail in tails if scale else ():
            end = scale.encode() + tail
            if shape.endswith(b"9" + end):
                return shape.removesuffix(end) + tail, place
    return shape, 0


def choose_scales(numbers: np.ndarray, scales: Sequence[str], starts: Sequence[float]) -> np.ndarray:
    """For each number the place of the scale that it is written with.

    It is the last one whose start it reaches, 0 for smaller ones; without `starts` one starts at its power.
    """
    limits = np.array(starts or [10.0 ** power_of(scale) for scale in scales], dtype=float)
    sizes = np.nan_to_num(np.abs(numbers))
    return np.maximum(np.searchsorted(limits, sizes, side="right") - 1, 0)


def find_starts(numbers: np.ndarray, places: np.ndarray, scales: Sequence[str]) -> tuple[float, ...]:
    """From which number on each scale is written, so that all come as often as they do; () where by powers.

    `places` says for each number which scale it has. Starts are rounded, and so no number of the column.
    """
    usual = tuple(10.0 ** power_of(scale) for scale in scales)
    if (choose_scales(numbers, scales, ()) == places).all():
        return ()
    sizes = np.sort(np.abs(numbers))
    starts = [0.0]
    for place in range(1, len(scales)):
        smaller, larger = np.abs(numbers[places < place]), np.abs(numbers[places >= place])
        if not len(larger) or power_of(scales[place]) == power_of(scales[place - 1]):
            starts.append(starts[-1] if len(larger) else usual[place])
        elif len(smaller) and smaller.max() < usual[place] <= larger.min():
            starts.append(usual[place])
        else:
            starts.append(_round_between(sizes, len(smaller)))
    return tuple(float(start) for start in np.maximum.accumulate(starts))


def _round_between(sizes: np.ndarray, smaller: int) -> float:
    """A number of two digits above so many of the smallest numbers."""
    low, high = float(sizes[max(0, smaller - 1)]), float(sizes[min(smaller, len(sizes) - 1)])
    return float(f"{(low + high) / 2:.1e}")


def _find_scales(cells: Cells) -> tuple[str, ...]:
    seen, bare, decimals, money = Counter[str](), 0, 0, 0
    for code, shape in enumerate(cells.shapes[:_MOST_SHAPES]):
        text = shape.decode(errors="replace")
        found = _SCALED.fullmatch(text)
        if found is not None:
            seen[found["scale"]] += cells.count(code)
            decimals += cells.count(code) * bool(re.search("9[.,]9", found["number"]))
            money += cells.count(code) * bool(found["before"] or found["after"] or "$" in found["number"])
        elif _BARE.fullmatch(text):
            bare += cells.count(code)
    common = [scale for scale, count in seen.items() if count >= _VISIBLE * cells.present]
    scaled = seen.total()
    is_clear = money > _ENOUGH * scaled or all(len(scale.strip(" .")) >= _CLEAR_WORD for scale in common)
    powers = {power_of(scale) for scale in common} | (
        {0} if is_clear and bare >= _VISIBLE * scaled else set()
    )
    is_enough = scaled >= (_OFTEN if is_clear else _MOSTLY) * cells.present
    if len(powers) < 2 or not is_enough or scaled + bare < _ENOUGH * cells.present:
        return ()
    if not is_clear and (
        len({power_of(one) for one in common}) < len(common) or decimals < _WITH_DECIMALS * scaled
    ):
        return ()
    return (*([""] if bare else []), *sorted(common, key=lambda scale: (power_of(scale), seen[scale])))
