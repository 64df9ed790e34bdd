"""Columns in the Arrow types of a source: decimals, zones, times, durations, categories, booleans."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_DECIMAL = re.compile(r"decimal(?:128|256)?\((\d+), ?(-?\d+)\)")
_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), tz=(.+)\]")
_CATEGORIES = re.compile(r"dictionary<values=(\w+), indices=(\w+), ordered=([01])>")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_TRUE, _FALSE = frozenset({"true", "1", "1.0"}), frozenset({"false", "0", "0.0"})


def read_type(name: str) -> pa.DataType | None:
    """The type of that name, as Arrow prints it; None for nested types and names that are unknown."""
    import pyarrow as pa

    if found := _DECIMAL.fullmatch(name):
        return pa.decimal128(int(found[1]), int(found[2]))
    if found := _ZONED.fullmatch(name):
        return pa.timestamp(found[1], tz=found[2])
    if found := _CATEGORIES.fullmatch(name):
        values, indices = read_type(found[1]), read_type(found[2])
        return pa.dictionary(indices, values, found[3] == "1") if values and indices else None
    try:
        return pa.type_for_alias(name)
    except ValueError:
        return None


def as_type(values: pa.Array, name: str) -> pa.Array:
    """The values in the type of that name, or as they are where one of them cannot be in it."""
    import pyarrow as pa

    wanted = read_type(name)
    if wanted is None or values.type == wanted:
        return values
    try:
        return _convert(values, wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, ValueError, InvalidOperation):
        return values


def _convert(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_decimal(wanted):
        # A decimal that is text keeps digits that a float would lose.
        read = Decimal if pa.types.is_string(values.type) else float
        texts = [None if one is None else f"{read(one):.{wanted.scale}f}" for one in values.to_pylist()]
        return pa.array(texts, pa.string()).cast(wanted)
    if pa.types.is_boolean(wanted) and not pa.types.is_boolean(values.type):
        return pa.array([_read_boolean(one) for one in values.to_pylist()], wanted)
    if pa.types.is_integer(wanted) and pa.types.is_string(values.type):
        return pa.array([_read_integer(one, wanted) for one in values.to_pylist()], wanted)
    if pa.types.is_dictionary(wanted):
        return values.cast(wanted.value_type).dictionary_encode().cast(wanted)
    if (pa.types.is_duration(wanted) or pa.types.is_time(wanted)) and pa.types.is_floating(values.type):
        values = values.cast(pa.int64(), safe=False)
    if pa.types.is_duration(wanted) and pa.types.is_time64(values.type):
        # Durations below a day that were read as times of day, in microseconds.
        return values.cast(pa.int64()).cast(pa.duration("us")).cast(wanted)
    if pa.types.is_duration(wanted) and pa.types.is_integer(values.type):
        return pc.multiply(values, _PER_SECOND[wanted.unit]).cast(wanted)
    if pa.types.is_time(wanted) and pa.types.is_integer(values.type):
        whole = pa.int32() if wanted.bit_width == 32 else pa.int64()
        return pc.multiply(values, _PER_SECOND[wanted.unit]).cast(whole).cast(wanted)
    # A number of 32 bits is rounded.
    return values.cast(wanted, safe=not (pa.types.is_floating(wanted) or pa.types.is_timestamp(wanted)))


def _read_integer(text: str | None, wanted: pa.DataType) -> int | None:
    """A code of digits; the first ones of a code beyond the type give way, so that its width stays."""
    if text is None:
        return None
    most = 2 ** (wanted.bit_width - (0 if "u" in str(wanted) else 1)) - 1
    number = int(text)
    step = 10 ** max(0, len(text) - 2)
    return number if number <= most else number - step * -(-(number - most) // step)


def _read_boolean(value: object) -> bool | None:
    text = str(value).strip().lower()
    if value is None:
        return None
    if text not in _TRUE | _FALSE:
        raise ValueError(text)
    return text in _TRUE
