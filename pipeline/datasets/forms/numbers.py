"""Numbers as they are written: decimal sign, grouping, unit, signs, decimals, exponent."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.form import Reading, refuse_unless, refuse_unless_one_of
from pipeline.datasets.forms.number_affixes import POWERS, choose_scales, power_of, split_shape
from pipeline.datasets.forms.number_shapes import (
    GROUPINGS,
    MINUS_SIGNS,
    PERCENT_SIGNS,
    PLAIN,
    Cut,
    NumberShape,
    cut_core,
    has_dash,
    has_minus,
    looks_like_group,
    parse_shape,
    template_unit,
    unit_of,
)
from pipeline.datasets.forms.number_text import NumberLayout, write_numbers
from pipeline.datasets.forms.units import negative_word

NOTATIONS = ("plain", "scientific", "general")
FIRST_CODE_LENGTH = 16
"""Whole numbers of so many digits, written without grouping, are codes: a float blurs the last ones."""

_LISTS = ("literals", "scales", "scale_starts", "scale_decimals")
FIRST_BLURRED = 2.0**53
_MOST_DECIMALS = 40


@dataclass(frozen=True)
class NumberForm:
    """How numbers are written.

    `positive` and `negative` show where sign and unit stand, with # for the digits: "$#" and "-$#",
    "#" and "(#)", "+#" and "-#", "# EUR" and "# EUR-", "# CR" and "# DR". Percent is a unit: "5.5 %" is 5.5.
    `grouping` is the sign between groups of three digits ("" for none); `lakh` groups 2, 2, 3.
    Between `min_decimals` and `max_decimals` decimals are written as needed; both equal is a fixed
    number, and `max_decimals=None` writes as many as identify the number. `notation` is plain,
    scientific (`exponent` shows letter, plus sign and width: "E+00") or general (as Python writes a
    float). Without `zero_before_point` 0.5 is written ".5". `literals` are texts that read as numbers but
    are written otherwise than all amounts ("0" or "-999" among "$1.90"): they are odd. Before decimals, whole
    digits are filled with zeros up to `integer_width`. `scales` are what stands behind thousands, millions
    and billions, the smallest first ("K", "M"; "" where smaller numbers have none): "2.2M" is 2200000,
    "8,0 Mio. EUR" 8000000. A number is written with the last scale whose start in `scale_starts` it reaches
    (its power of ten, where none are given), and with the scale's `scale_decimals` (-1: those of the form).

    Reading accepts any decimals, ungrouped digits, every style of sign, and cells without the unit
    unless it is a percent sign. Odd are other words and units, codes such as "007", and numbers that
    a float cannot hold, and 7.120 where whole numbers are written like 4,171.
    """

    decimal: str = "."
    grouping: str = ""
    lakh: bool = False
    positive: str = "#"
    negative: str = "-#"
    min_decimals: int = 0
    max_decimals: int | None = None
    notation: str = "plain"
    exponent: str = "e+00"
    zero_before_point: bool = True
    literals: tuple[str, ...] = ()
    integer_width: int = 1
    scales: tuple[str, ...] = ()
    scale_starts: tuple[float, ...] = ()
    scale_decimals: tuple[int, ...] = ()

    kind: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        """Refuse what would not be read back."""
        for key in _LISTS:
            object.__setattr__(self, key, tuple(getattr(self, key)))
        refuse_unless_one_of(self.kind, "decimal", self.decimal, (".", ","))
        refuse_unless_one_of(self.kind, "grouping", self.grouping, ("", *GROUPINGS))
        refuse_unless(
            self.grouping != self.decimal, self.kind, "grouping", self.grouping, "use another sign."
        )
        refuse_unless_one_of(self.kind, "notation", self.notation, NOTATIONS)
        self._refuse_bad_templates()
        self._refuse_bad_decimals()
        refuse_unless_one_of(self.kind, "integer_width", self.integer_width, range(1, FIRST_CODE_LENGTH))
        known = all(not scale or scale.strip() in POWERS for scale in self.scales)
        refuse_unless(known, self.kind, "scales", self.scales, f"use {', '.join(POWERS)}.")
        for key in _LISTS[2:]:
            found = getattr(self, key)
            is_number = all(isinstance(one, int | float) for one in found)
            fits = is_number and len(found) in (0, len(self.scales))
            refuse_unless(fits, self.kind, key, found, "give one number for each of the scales.")
        refuse_unless(
            re.fullmatch(r"[eE]\+?0{1,3}", self.exponent) is not None,
            self.kind, "exponent", self.exponent, 'write it like "E+00".',
        )  # fmt: skip

    @property
    def unit(self) -> str:
        """The currency, percent sign or other unit; "" without one."""
        return template_unit(self.positive)

    @property
    def negative_word(self) -> str:
        """The word that makes an amount negative ("DR" beside "CR"), "" without one."""
        return negative_word(self.unit, template_unit(self.negative))

    @property
    def is_whole(self) -> bool:
        """Whether numbers are written without decimals."""
        return self.notation == "plain" and self.max_decimals == 0

    def read(self, texts: pd.Series) -> Reading:
        """Read numbers as float64, or as int64 when they are whole by form and none is missing."""
        return self.read_cells(Cells.of(texts), texts)

    def read_cells(self, cells: Cells, texts: pd.Series) -> Reading:
        """Read cells that are grouped already; `texts` gives index and name."""
        numbers = np.full(len(cells), np.nan)
        plain: list[np.ndarray] = []
        for code, shape in enumerate(cells.shapes):
            bare, power = self._split(shape)
            number = self._parse(bare)
            cut = self.cut(number) if number is not None else None
            if number is None or cut is None:
                continue
            is_read = self._are_no_codes(cells, code, cut)
            if self.decimal == "." and PLAIN.fullmatch(shape):
                plain.append(cells.rows[code][is_read])
            else:
                values = _scaled(_values(cells, code, number, cut), power, cut)
                numbers[cells.rows[code][is_read]] = values[is_read]
        _read_plain(cells, plain, numbers)
        numbers[~np.isfinite(numbers) | self._is_blurred(numbers)] = np.nan
        if self.literals:
            numbers[cells.is_any_of(self.literals)] = np.nan
        odd = np.isnan(numbers) & ~cells.is_missing
        return Reading(self._as_series(numbers, texts), odd)

    def cut(self, number: NumberShape) -> Cut | None:
        """Cut a shape as this form does, or None when it is not in this form."""
        if number.unit != self.unit and (number.unit or self.unit in PERCENT_SIGNS or has_dash(self.unit)):
            return None
        cut = cut_core(number.core, self.decimal, self.grouping, self.lakh)
        if cut is None or (cut.is_grouped and number.exponent):
            return None
        if self.is_whole and self.grouping in (".", ",") and looks_like_group(cut):
            return None
        is_bare = not (cut.decimals or cut.is_grouped or number.exponent)
        return None if is_bare and cut.integer >= FIRST_CODE_LENGTH else cut

    def write(self, values: pd.Series) -> pd.Series:
        """Write numbers; what a float cannot say (missing, infinite) becomes None."""
        numbers = pd.to_numeric(values, errors="raise").to_numpy(dtype=float, na_value=np.nan)
        if self.scales:
            texts = self._write_scaled(numbers)
        else:
            texts = write_numbers(numbers, self._layout()).to_numpy(zero_copy_only=False)
        return pd.Series(texts, index=values.index, name=values.name, dtype=object)

    def _write_scaled(self, numbers: np.ndarray) -> np.ndarray:
        places = choose_scales(numbers, self.scales, self.scale_starts)
        texts = np.full(len(numbers), None, dtype=object)
        for place, scale in enumerate(self.scales):
            rows = np.flatnonzero(places == place)
            positive, negative = (sign.replace("#", f"#{scale}") for sign in (self.positive, self.negative))
            layout = self._layout()._replace(positive=positive, negative=negative)
            if self.scale_decimals and (decimals := self.scale_decimals[place]) >= 0:
                layout = layout._replace(min_decimals=decimals, max_decimals=decimals)
            written = write_numbers(numbers[rows] / 10.0 ** power_of(scale), layout)
            texts[rows] = written.to_numpy(zero_copy_only=False)
        return texts

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML; `decimals` is a number, or [least, most] when written as needed."""
        default = NumberForm()
        keys = ("decimal", "grouping", "lakh", "positive", "negative", "notation", "zero_before_point")
        values = {key: getattr(self, key) for key in keys if getattr(self, key) != getattr(default, key)}
        if (self.min_decimals, self.max_decimals) != (0, None):
            is_fixed = self.min_decimals == self.max_decimals
            values["decimals"] = self.max_decimals if is_fixed else [self.min_decimals, self.max_decimals]
        if self.notation == "scientific":
            values["exponent"] = self.exponent
        values |= {key: list(found) for key in _LISTS if (found := getattr(self, key))}
        if self.integer_width > 1:
            values["integer_width"] = self.integer_width
        return {"kind": self.kind, **values}

    def places(self, cells: Cells) -> np.ndarray:
        """For each cell the place of its scale, 0 for cells without one."""
        found = np.zeros(len(cells), dtype=np.int64)
        tails = _tails(self.positive, self.negative)
        for shape, rows in zip(cells.shapes, cells.rows, strict=True):
            found[rows] = split_shape(shape, self.scales, False, tails)[1]
        return found

    def _split(self, shape: bytes) -> tuple[bytes, int]:
        """A shape without its scale, and the power of ten of that."""
        tails = _tails(self.positive, self.negative)
        bare, place = split_shape(shape, self.scales, self.positive.endswith("+"), tails)
        return bare, power_of(self.scales[place]) if self.scales and bare != shape else 0

    def _parse(self, shape: bytes) -> NumberShape | None:
        """The number of a shape; one with the word of negative amounts is negative."""
        word = self.negative_word
        number = parse_shape(shape, self.unit) or (parse_shape(shape, word) if word else None)
        if number is None or not word or number.unit != word:
            return number
        return replace(number, unit=self.unit, is_negative=not number.is_negative)

    def _layout(self) -> NumberLayout:
        return NumberLayout(
            self.decimal, self.grouping, self.lakh, self.positive, self.negative, self.min_decimals,
            self.max_decimals, self.notation, self.exponent, self.zero_before_point, self.integer_width,
        )  # fmt: skip

    def _are_no_codes(self, cells: Cells, code: int, cut: Cut) -> np.ndarray:
        """Which cells of a shape are numbers: "007" is a code, "007.50" unless all are filled with zeros."""
        if cut.integer < 2 or (cut.decimals and cut.integer == self.integer_width):
            return np.ones(cells.count(code), dtype=bool)
        return ~cells.is_zero_at(code, cells.digit_positions(code)[0])

    def _as_series(self, numbers: np.ndarray, texts: pd.Series) -> pd.Series:
        is_whole = self.is_whole and not np.isnan(numbers).any() and (numbers == np.rint(numbers)).all()
        return pd.Series(
            numbers.astype(np.int64) if is_whole else numbers, index=texts.index, name=texts.name
        )

    def _is_blurred(self, numbers: np.ndarray) -> np.ndarray:
        if self.notation != "plain":
            return np.zeros(len(numbers), dtype=bool)
        return np.abs(numbers) >= FIRST_BLURRED

    def _refuse_bad_templates(self) -> None:
        for key in ("positive", "negative"):
            template = getattr(self, key)
            hint = 'show the digits as #, as in "# EUR" or "(#)".'
            refuse_unless(template.count("#") == 1, self.kind, key, template, hint)
            before, after = template.split("#")
            after = after.removesuffix("+") if key == "positive" else after
            has_unit = unit_of(before, after, self.unit) in (self.unit, self.negative_word or self.unit)
            refuse_unless(has_unit, self.kind, key, template, hint)
        is_negative = self.negative_word or has_minus(self.negative)
        refuse_unless(bool(is_negative), self.kind, "negative", self.negative, "show the sign.")
        is_positive = not has_minus(self.positive)
        refuse_unless(is_positive, self.kind, "positive", self.positive, "show no minus sign.")

    def _refuse_bad_decimals(self) -> None:
        most = _MOST_DECIMALS if self.max_decimals is None else self.max_decimals
        refuse_unless(
            0 <= self.min_decimals <= most <= _MOST_DECIMALS,
            self.kind, "decimals", [self.min_decimals, self.max_decimals],
            f"use numbers from 0 to {_MOST_DECIMALS}, the smaller one first.",
        )  # fmt: skip


def _tails(*templates: str) -> tuple[bytes, ...]:
    """What may come behind a scale."""
    tails = {template.partition("#")[2] for template in templates}
    return tuple(tail.encode() for tail in sorted({*tails, ""}))


def _scaled(numbers: np.ndarray, power: int, cut: Cut) -> np.ndarray:
    """Numbers times a power of ten, without the noise of the multiplication."""
    return np.round(numbers * 10.0**power, max(0, cut.decimals - power)) if power else numbers


def _values(cells: Cells, code: int, number: NumberShape, cut: Cut) -> np.ndarray:
    """The numbers of all cells of a shape, rounded once: whole digits divided by a power of ten."""
    if number.exponent or cut.integer + cut.decimals > 15 or cut.decimals > 22:
        return _values_by_text(cells, code, number, cut)
    digits = cells.integers(code, cells.digit_positions(code))
    numbers = digits / 10.0**cut.decimals
    return -numbers if number.is_negative else numbers


def _values_by_text(cells: Cells, code: int, number: NumberShape, cut: Cut) -> np.ndarray:
    mantissa = cut.integer + cut.decimals
    sign = "-" if number.is_negative else ""
    power_sign = "-" if any(minus in number.exponent for minus in MINUS_SIGNS) else ""
    numbers = []
    for text in cells.texts_of(code).to_pylist():
        digits = re.sub(r"\D", "", text)
        whole, decimals, power = digits[: cut.integer], digits[cut.integer : mantissa], digits[mantissa:]
        numbers.append(float(f"{sign}{whole}.{decimals}e{power_sign}{power or 0}"))
    return np.array(numbers)


def _read_plain(cells: Cells, groups: list[np.ndarray], numbers: np.ndarray) -> None:
    """Read the cells that mean the same in any language, in one cast."""
    if sum(map(len, groups)) == len(cells):
        numbers[:] = pc.cast(cells.texts, pa.float64()).to_numpy()
    elif groups:
        rows = np.concatenate(groups)
        numbers[rows] = pc.cast(cells.texts.take(pa.array(rows)), pa.float64()).to_numpy()
