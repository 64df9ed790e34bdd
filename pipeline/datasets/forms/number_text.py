"""Numbers into text, whole columns at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_FIRST_INEXACT = 1e15
"""From here on a float times a power of ten may miss its whole number by more than a half."""


class NumberLayout(NamedTuple):
    """The fields of a NumberForm that writing needs."""

    decimal: str
    grouping: str
    lakh: bool
    positive: str
    negative: str
    min_decimals: int
    max_decimals: int | None
    notation: str
    exponent: str
    zero_before_point: bool
    integer_width: int = 1


def write_numbers(numbers: np.ndarray, layout: NumberLayout) -> pa.Array:
    """Texts of float64 numbers, null where a number is missing or infinite."""
    is_given = np.isfinite(numbers)
    sizes = np.where(is_given, np.abs(numbers), 0.0)
    whole, fraction, power = _digits(sizes, layout)
    is_zero = _is_zero(whole, fraction)
    is_negative = pa.array((numbers < 0) & ~is_zero)
    core = _join_core(whole, fraction, power, layout)
    before, after = layout.negative.split("#")
    negative = _joined(before, core, after)
    before, after = layout.positive.split("#")
    texts = pc.if_else(is_negative, negative, _joined(before, core, after))
    return pc.if_else(pa.array(is_given), texts, pa.scalar(None, pa.large_string()))


def _digits(sizes: np.ndarray, layout: NumberLayout) -> tuple[pa.Array, pa.Array, pa.Array | None]:
    """Whole digits, decimals (already as many as are written) and exponents of numbers from 0 upwards."""
    most = layout.max_decimals
    if layout.notation == "plain" and most is not None and most <= 15:
        with np.errstate(over="ignore"):
            scaled = sizes * 10.0**most
        if (scaled < _FIRST_INEXACT).all():
            whole, fraction = np.divmod(np.rint(scaled).astype(np.int64), 10**most)
            return _text(whole), _trimmed(_padded(fraction, most), layout), None
    if layout.notation == "plain":
        texts = pa.array([repr(size) for size in sizes.tolist()], type=pa.large_string())
        if not _needs_rounding(texts, layout):
            return _split(texts, layout)
    distinct, codes = np.unique(sizes, return_inverse=True)
    parts = [_digits_of(size, layout) for size in distinct.tolist()]
    columns = [
        pa.array([part[k] for part in parts], type=pa.large_string()).take(pa.array(codes)) for k in range(3)
    ]
    return columns[0], columns[1], columns[2] if layout.notation != "plain" else None


def _needs_rounding(texts: pa.Array, layout: NumberLayout) -> bool:
    """Whether some number, as Python writes it, is scientific or has more decimals than are written."""
    too_long = "e" if layout.max_decimals is None else rf"e|\.\d{{{layout.max_decimals}}}\d*[1-9]"
    return bool(pc.any(pc.match_substring_regex(texts, too_long)).as_py())


def _split(texts: pa.Array, layout: NumberLayout) -> tuple[pa.Array, pa.Array, None]:
    """Whole digits and decimals, without the zeros that are not needed."""
    fraction = pc.utf8_rtrim(pc.replace_substring_regex(texts, r"^\d+\.", ""), "0")
    return (
        pc.replace_substring_regex(texts, r"\.\d+$", ""),
        pc.utf8_rpad(fraction, layout.min_decimals, "0"),
        None,
    )


def _digits_of(size: float, layout: NumberLayout) -> tuple[str, str, str]:
    if layout.notation == "plain":
        return *_plain_digits(repr(size), layout), ""
    if layout.notation == "scientific":
        text = f"{size:.{layout.max_decimals}e}" if layout.max_decimals is not None else _shortest(size)
        mantissa, power = text.split("e")
        return *_plain_digits(mantissa, layout), _power(int(power), layout.exponent)
    mantissa, _, power = repr(size).partition("e")
    if not power:
        return *_plain_digits(mantissa, layout), ""
    return *_plain_digits(mantissa, layout._replace(min_decimals=0)), _power(int(power), layout.exponent)


def _shortest(size: float) -> str:
    """The shortest scientific text that reads as the same float."""
    return next((text for digits in range(17) if float(text := f"{size:.{digits}e}") == size), f"{size:.17e}")


def _plain_digits(text: str, layout: NumberLayout) -> tuple[str, str]:
    """Whole digits and decimals of a number that Python wrote, rounded where it has too many decimals."""
    whole, _, fraction = text.partition(".")
    if "e" in text or (layout.max_decimals is not None and len(fraction) > layout.max_decimals):
        most = "" if layout.max_decimals is None else f".{layout.max_decimals}"
        whole, _, fraction = format(Decimal(text), f"{most}f").partition(".")
    return whole, fraction.rstrip("0").ljust(layout.min_decimals, "0")


def _power(power: int, exponent: str) -> str:
    sign = "-" if power < 0 else "+" if "+" in exponent else ""
    return f"{exponent[0]}{sign}{str(abs(power)).zfill(exponent.count('0'))}"


def _text(numbers: np.ndarray) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.large_string())


def _padded(numbers: np.ndarray, width: int) -> pa.Array:
    if width == 0:
        return pa.array([""], type=pa.large_string()).take(pa.array(np.zeros(len(numbers), dtype=np.int64)))
    return pc.utf8_lpad(_text(numbers), width, "0")


def _trimmed(fraction: pa.Array, layout: NumberLayout) -> pa.Array:
    """Decimals without the zeros that are not needed."""
    least = layout.min_decimals
    if least == layout.max_decimals:
        return fraction
    kept = pc.utf8_slice_codeunits(fraction, 0, least) if least else ""
    needed = pc.utf8_rtrim(pc.utf8_slice_codeunits(fraction, least), "0")
    return _joined(kept, needed)


def _is_zero(whole: pa.Array, fraction: pa.Array) -> np.ndarray:
    is_zero = pc.and_(pc.equal(pc.utf8_trim(whole, "0"), ""), pc.equal(pc.utf8_trim(fraction, "0"), ""))
    return is_zero.to_numpy(zero_copy_only=False)


def _join_core(whole: pa.Array, fraction: pa.Array, power: pa.Array | None, layout: NumberLayout) -> pa.Array:
    has_fraction = pc.not_equal(fraction, "")
    shown = _grouped(whole, layout) if layout.grouping else whole
    if layout.integer_width > 1:
        shown = pc.if_else(has_fraction, pc.utf8_lpad(shown, layout.integer_width, "0"), shown)
    if not layout.zero_before_point:
        shown = pc.if_else(pc.and_(has_fraction, pc.equal(whole, "0")), "", shown)
    core = pc.if_else(has_fraction, _joined(shown, layout.decimal, fraction), shown)
    return core if power is None else _joined(core, power)


def _grouped(whole: pa.Array, layout: NumberLayout) -> pa.Array:
    """Digits with a sign between groups, set from the right: RE2 has no look-ahead, so mirrored."""
    mirrored = pc.utf8_reverse(whole)
    first = pc.utf8_slice_codeunits(mirrored, 0, 3)
    size = 2 if layout.lakh else 3
    rest = pc.replace_substring_regex(
        pc.utf8_slice_codeunits(mirrored, 3), rf"(\d{{1,{size}}})", rf"{layout.grouping}\1"
    )
    return pc.utf8_reverse(_joined(first, rest))


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(
        *(pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts),
        pa.scalar("", pa.large_string()),
    )
