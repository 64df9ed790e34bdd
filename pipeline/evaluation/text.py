"""Whole columns as text and tests of it, in Arrow (RE2: linear time, no loop over rows)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_GUARD = r"\A\s*'+\s*"
_ADDRESS = r"@|://|\A\s*\d{1,3}(\.\d{1,3}){3}\s*\z|::"


def as_text(values: pd.Series) -> pa.Array:
    """A column as text without nulls: "" where a value is missing, ISO form for dates, 7 for 7.0."""
    if values.dtype.kind == "M":
        days = pa.array(values.to_numpy().astype("datetime64[D]"))
        return pc.fill_null(pc.cast(days, pa.string()), "")
    if values.dtype.kind == "f":
        values = _without_empty_decimals(values)
    try:
        text = pa.array(values, type=pa.string(), from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        text = pa.array([None if pd.isna(value) else str(value) for value in values], type=pa.string())
    text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    return pc.fill_null(text, "")


def _without_empty_decimals(values: pd.Series) -> pd.Series:
    present = values.dropna()
    # From 2**53 on a float is a whole number of its own making, and may be too large for any integer.
    is_exact = bool(np.isfinite(present).all() and (present.abs() < 2**53).all())
    is_whole = is_exact and bool((present == present.round()).all())
    return values.astype("Int64") if is_whole else values


def matches(text: pa.Array, pattern: str) -> np.ndarray:
    """Which texts match an RE2 pattern from the first to the last character."""
    found = pc.match_substring_regex(text, rf"\A(?:{pattern})\z")
    return found.to_numpy(zero_copy_only=False)


def extract(text: pa.Array, pattern: str) -> dict[str, pa.Array]:
    """The named groups of an RE2 pattern, "" wherever a whole text does not match."""
    groups = pc.extract_regex(text, rf"\A(?:{pattern})\z")
    return {field.name: pc.fill_null(pc.struct_field(groups, field.name), "") for field in groups.type}


def part_at_edge(lists: pa.Array, first: bool) -> pa.Array:
    """The first or the last entry of each list; every list needs at least one."""
    offsets = lists.offsets.to_numpy()
    return lists.values.take(pa.array(offsets[:-1] if first else offsets[1:] - 1))


def is_among(text: pa.Array, values: pa.Array) -> np.ndarray:
    """Which texts occur in `values`."""
    return pc.is_in(text, value_set=values).to_numpy(zero_copy_only=False)


def normalise(text: pa.Array) -> pa.Array:
    """Letters and digits alone, in lower case and one form (NFKC), so that overlap cannot hide.

    Addresses of mail and of networks keep their signs, which distinguish them. The apostrophe that an export
    puts before what a spreadsheet could run as a formula does not count.
    """
    plain = pc.utf8_lower(pc.utf8_normalize(text, form="NFKC"))
    plain = pc.replace_substring_regex(plain, _GUARD, "")
    bare = pc.replace_substring_regex(plain, r"[^\pL\pN]", "")
    is_address = pc.match_substring_regex(plain, _ADDRESS)
    if not pc.any(is_address).as_py():
        return bare
    return pc.if_else(is_address, pc.replace_substring_regex(plain, r"[\pZ\pC\s]", ""), bare)


def repeats_any(text: pa.Array, known: pa.Array) -> np.ndarray:
    """Which texts equal a known one but for case, form and separators; empty ones equal none.

    Where all known ones are digits, leading zeros do not count either: a spreadsheet drops them.
    """
    text, known = _normalise_alike(text, known)
    return is_among(text, known.filter(pc.not_equal(known, "")))


def code_alike(real: pd.Series, synthetic: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes (0, 1, …) of two columns, equal where `repeats_any` finds texts equal; -1 for missing ones."""
    known = as_text(real)
    joint = pa.concat_arrays([known, as_text(synthetic)]).dictionary_encode()
    # Each text is normalised once, however many rows hold it.
    alike, _ = _normalise_alike(joint.dictionary, known.unique())
    encoded = alike.dictionary_encode()
    empty = pc.index(encoded.dictionary, "").as_py()
    codes = encoded.indices.take(joint.indices).to_numpy(zero_copy_only=False)
    codes = np.where(codes == empty, -1, codes)
    return codes[: len(known)], codes[len(known) :]


def _normalise_alike(text: pa.Array, known: pa.Array) -> tuple[pa.Array, pa.Array]:
    text, known = normalise(text), normalise(known)
    present = known.filter(pc.not_equal(known, "")).unique()
    if pc.all(pc.match_substring_regex(present, r"\A\d+\z")).as_py():
        return pc.utf8_ltrim(text, "0"), pc.utf8_ltrim(known, "0")
    return text, known


def characters(text: pa.Array, width: int) -> np.ndarray:
    """Texts of `width` ASCII characters each as a matrix of their codes (uint8), without copying."""
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset :]
    return np.frombuffer(text.buffers()[2], np.uint8, len(text) * width, offsets[0]).reshape(-1, width)


def strings(text: pa.Array) -> np.ndarray:
    """Text as a fixed-width numpy array, for comparisons row by row with `numpy.strings`."""
    return text.to_numpy(zero_copy_only=False).astype(str)
