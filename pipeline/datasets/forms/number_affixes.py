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

POWERS: Mapping[str, int] = MappingProxyType(
    {
        "K": 3, "k": 3, "T": 3, "Tsd.": 3, "Tsd": 3, "M": 6, "mn": 6, "mln": 6, "Mio.": 6, "Mio": 6,
        "B": 9, "bn": 9, "Bn": 9, "bln": 9, "Mrd.": 9, "Mrd": 9, "G": 9,
    }
)  # fmt: skip
"""Words behind a number and the power of ten that they stand for."""

_WORD = "|".join(map(re.escape, sorted(POWERS, key=len, reverse=True)))
_SCALED = re.compile(rf"(?P<number>[^A-Za-z]*9)(?P<scale> ?(?:{_WORD}))")
_MOST_SHAPES = 1000
_MOSTLY, _ENOUGH = 0.5, 0.8  # of the cells have a scale, and of the cells have one or are bare numbers
_WITH_DECIMALS = 0.2  # of them, which codes such as 12K have not
_VISIBLE = 0.01


@dataclass(frozen=True)
class Affixes:
    """What to take off numbers: `scales` with the blank before them, the smallest first, and plus signs."""

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
    ends = [re.escape(scale) for scale in affixes.scales if scale] + ([r"\+"] if affixes.has_plus else [])
    texts = pc.replace_substring_regex(cells.texts, rf"(\d)(?:{'|'.join(ends)})$", r"\1")
    return Cells.of(pd.Series(texts.to_pandas(), dtype=object))


def split_shape(shape: bytes, scales: Sequence[str], has_plus: bool) -> tuple[bytes, int]:
    """The shape without scale or trailing plus, and the power of ten that it stands for."""
    if has_plus and shape.endswith(b"9+"):
        return shape[:-1], 0
    for scale in scales:
        if scale and shape.endswith(b"9" + scale.encode()):
            return shape.removesuffix(scale.encode()), power_of(scale)
    return shape, 0


def choose_scales(numbers: np.ndarray, scales: Sequence[str]) -> np.ndarray:
    """For each number the place of the largest scale that it reaches, 0 for smaller ones."""
    limits = np.array([10.0 ** power_of(scale) for scale in scales])
    sizes = np.nan_to_num(np.abs(numbers))
    return np.maximum(np.searchsorted(limits, sizes, side="right") - 1, 0)


def _find_scales(cells: Cells) -> tuple[str, ...]:
    seen, bare, decimals = Counter[str](), 0, 0
    for code, shape in enumerate(cells.shapes[:_MOST_SHAPES]):
        found = _SCALED.fullmatch(shape.decode(errors="replace"))
        if found is not None:
            seen[found["scale"]] += cells.count(code)
            decimals += cells.count(code) * bool(re.search("9[.,]9", found["number"]))
        elif re.fullmatch(rb"[-+]?9[9.,' ]*", shape):
            bare += cells.count(code)
    common = [scale for scale, count in seen.items() if count >= _VISIBLE * cells.present]
    powers = {power_of(scale) for scale in common}
    scaled = seen.total()
    is_enough = scaled >= _MOSTLY * cells.present and scaled + bare >= _ENOUGH * cells.present
    if len(powers) < 2 or len(powers) < len(common) or not is_enough or decimals < _WITH_DECIMALS * scaled:
        return ()
    return (*([""] if bare else []), *sorted(common, key=power_of))
