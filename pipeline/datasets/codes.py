"""Codes as a column writes them: what stays, what changes, how wide, with which check digit.

Nothing is decided by a single value: a character is taken over from the table only where at least
`FEWEST_SHARING` distinct values have it in this place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import prod

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.check_digits import CHECK_SCHEMES, CheckScheme, character_values, check_points
from pipeline.datasets.code_blanks import hide_hard_blanks, put_back
from pipeline.datasets.code_characters import (
    FEWEST_SHARING,
    LOWER,
    UPPER,
    list_allowed,
    list_present,
    narrowest,
)
from pipeline.datasets.code_order import ordered
from pipeline.datasets.code_patterns import DIGITS, CodeField, merge_fields
from pipeline.datasets.code_ranges import confine, find_calendar
from pipeline.datasets.code_template import CodeShape, CodeTemplate

__all__ = ["FEWEST_SHARING", "CodeTemplate", "learn_code"]

_SAMPLE = 20_000
_MOST_SHAPES = 12
_FEWEST_SHAPED = 3  # distinct values make a shape of its own, without anything taken over
_COVERED = 0.98  # of the distinct values have one of the shapes; the others are odd cells
_LONGEST = 64
_MOST_WORDS, _LONGEST_WORD = 12, 4
_ROOMY = 20  # codes for each real value; below, digits that the sample does not show are allowed too
_CHECKED = 0.98  # of the distinct values satisfy a scheme that the column is taken to have
_FEWEST_CHECKED = 20
_FEWEST_UNPADDED = 44

_SIGNATURE = ((r"\d", "9"), ("[A-Z]", "A"), ("[a-z]", "a"))
_SKELETON = (("[0-9A-Za-z]", "x"),)


def learn_code(texts: Sequence[str] | pd.Series) -> CodeTemplate | None:
    """The template of a column's codes, in row order; None where they have no form in common.

    Whole numbers may come as numbers. Words and free text have no template.
    """
    values, is_integer = _as_texts(texts)
    values, blank = hide_hard_blanks(values)
    template = _learn(values, is_integer)
    return template and put_back(template, blank)


def _learn(values: pa.Array, is_integer: bool) -> CodeTemplate | None:
    distinct = values.unique()
    if len(distinct) < FEWEST_SHARING:
        return None
    sample = distinct.take(pa.array(np.arange(0, len(distinct), -(-len(distinct) // _SAMPLE))))
    lead = _common_lead(sample)
    is_unpadded = is_integer or _are_unpadded(sample)
    shapes = [shape for group in _group(sample) for shape in _split(group, is_unpadded, lead)]
    if not shapes or len(shapes) > 2 * _MOST_SHAPES or _are_words(shapes):
        return None
    return _finish(shapes, distinct, is_integer)


def _finish(shapes: list[_Learned], distinct: pa.Array, is_integer: bool) -> CodeTemplate | None:
    """The template of learned shapes, with its check digit and its order."""
    total = sum(len(shape.points) for shape in shapes)
    learned = (CodeShape(shape.fields, len(shape.points) / total) for shape in shapes)
    confined = [confine(shape, one.points) for shape, one in zip(learned, shapes, strict=True)]
    template = CodeTemplate(tuple(one for parts in confined for one in parts), is_integer=is_integer)
    checked = _find_check(template, shapes)
    found = distinct.filter(pc.match_substring_regex(distinct, rf"\A(?:{checked.pattern})\z"))
    if len(found) < _COVERED * len(distinct):
        return None
    return checked if checked.check else ordered(checked, found)


def _as_texts(texts: Sequence[str] | pd.Series) -> tuple[pa.Array, bool]:
    """Present values as stripped texts, and whether they are whole numbers by type."""
    series = (texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)).dropna()
    if pd.api.types.is_bool_dtype(series) or not pd.api.types.is_numeric_dtype(series):
        plain = pa.array(series.to_numpy(dtype=object), type=pa.string(), from_pandas=True)
        plain = pc.utf8_trim_whitespace(plain)
        return plain.filter(pc.not_equal(plain, "")), False
    numbers = series.to_numpy(dtype=np.float64 if series.dtype.kind == "f" else np.int64)
    if (numbers != np.round(numbers)).any():
        return pa.array([], type=pa.string()), False
    return pc.cast(pa.array(numbers.astype(np.int64)), pa.string()), True


def _are_unpadded(texts: pa.Array) -> bool:
    """Whether texts are whole numbers none of which begins with 0, where chance would have some do."""
    is_number = pc.match_substring_regex(texts, r"^-?[1-9]\d+$")
    return len(texts) >= _FEWEST_UNPADDED and bool(pc.all(is_number).as_py())


def _common_lead(texts: pa.Array) -> int:
    """The length of the prefix that all texts share; letters and separators alone."""
    ends = pc.min_max(texts)
    pairs = zip(ends["min"].as_py(), ends["max"].as_py(), strict=False)
    width = 0
    for first, last in pairs:
        if first != last or first in DIGITS:
            break
        width += 1
    return width


@dataclass(frozen=True, eq=False)
class _Group:
    """Distinct values of one signature, as code points (values × width), and its signature."""

    signature: str
    points: np.ndarray


@dataclass(frozen=True, eq=False)
class _Learned:
    """The fields of a shape and the values that it was learned from."""

    fields: tuple[CodeField, ...]
    points: np.ndarray


def _group(distinct: pa.Array) -> list[_Group]:
    """Values with equal runs of digits and letters; where these are too many, with equal separators."""
    for replacements in (_SIGNATURE, _SKELETON):
        signatures = distinct
        for pattern, replacement in replacements:
            signatures = pc.replace_substring_regex(signatures, pattern, replacement)
        codes, found = pd.factorize(signatures.to_numpy(zero_copy_only=False))
        counts = np.bincount(codes)
        kept = np.flatnonzero((counts >= _FEWEST_SHAPED) & [_is_plain(text) for text in found])
        if 0 < len(kept) <= _MOST_SHAPES and counts[kept].sum() >= _COVERED * len(distinct):
            texts = distinct.to_numpy(zero_copy_only=False)
            return [_Group(found[at], _points(texts[codes == at])) for at in kept]
    return []


def _is_plain(signature: str) -> bool:
    return signature.isascii() and len(signature) <= _LONGEST and signature.isprintable()


def _points(texts: np.ndarray) -> np.ndarray:
    plain = texts.astype(str)
    return plain.view(np.uint32).reshape(len(plain), -1)


def _split(group: _Group, is_unpadded: bool, lead: int) -> Iterator[_Learned]:
    """The shape of a group, or one for each word (a year, a prefix of countries) that many values share."""
    for first, end in _runs(group.signature):
        words = _words(group.points[:, first:end], len(group.points))
        if words is not None and len(np.unique(words)) > 1:
            for word in range(int(words.max()) + 1):
                yield from _split(_Group(group.signature, group.points[words == word]), is_unpadded, lead)
            return
    fields = _learn_fields(group, is_unpadded, lead)
    if any(len(field.choices) > 1 for field in fields):
        yield _Learned(fields, group.points)


def _runs(signature: str) -> list[tuple[int, int]]:
    """First position and end of each run of characters of one class."""
    runs, position = [], 0
    for _, part in groupby(signature):
        width = len(list(part))
        runs.append((position, position + width))
        position += width
    return runs


def _words(points: np.ndarray, rows: int) -> np.ndarray | None:
    """Number of each row's word, where a run holds few words that many values share; None elsewhere."""
    width = points.shape[1]
    if not 2 <= width <= _LONGEST_WORD or rows < 2 * FEWEST_SHARING:
        return None
    codes, found = pd.factorize(np.ascontiguousarray(points).view(f"U{width}").ravel())
    possible = np.prod([len(np.unique(column)) for column in points.T])
    is_restricted = len(found) <= 2 or len(found) < possible / 2
    is_shared = np.bincount(codes).min() >= FEWEST_SHARING
    return codes if len(found) <= _MOST_WORDS and is_shared and is_restricted else None


def _learn_fields(group: _Group, is_unpadded: bool, lead: int) -> tuple[CodeField, ...]:
    rows = len(group.points)
    counts = [np.bincount(column, minlength=128)[:128] for column in group.points.T]
    classes = _classes(group, counts)
    allowed = [list_allowed(count, rows, possible) for count, possible in zip(counts, classes, strict=True)]
    first = int(group.signature[0] == "-")
    if is_unpadded and group.points.shape[1] > first + 1 and allowed[first] == DIGITS:
        allowed[first] = DIGITS[1:]
    allowed[:lead] = [list_present(count) for count in counts[:lead]]
    for first, end in _runs(group.signature):
        _widen(allowed, first, end, rows, classes)
    return merge_fields(_with_calendar(allowed, group))


def _with_calendar(allowed: list[tuple[str, ...]], group: _Group) -> list[CodeField]:
    """The fields of single characters, runs of two digits that are months or days as one where codes do."""
    fields = [CodeField(choices) for choices in allowed]
    for first, end in reversed(_runs(group.signature)):
        found = find_calendar(group.points[:, first:end]) if end - first == 2 else None
        rest = [*fields[:first], *fields[end:]]
        if found is not None and prod(field.size for field in rest) >= _ROOMY * len(group.points):
            fields[first:end] = [CodeField(found)]
    return fields


def _classes(group: _Group, counts: list[np.ndarray]) -> list[tuple[str, ...]]:
    """The characters that may be at each position by their class."""
    # What never changes, such as the "0x" of hexadecimal numbers, says nothing about what does.
    changing = [count for count, sign in zip(counts, group.signature, strict=True) if sign == "x"]
    changing = [count for count in changing if not _is_fixed(count)] or changing
    mixed = np.sum(changing, axis=0)
    plain = {"9": DIGITS, "A": UPPER, "a": LOWER}
    if "x" in group.signature:
        together = np.asarray(mixed)
        plain["x"] = list_allowed(together, int(together.sum()), narrowest(list_present(together)))
    return [
        plain.get(sign, list_present(count)) if sign != "x" else _narrow(plain["x"], count)
        for sign, count in zip(group.signature, counts, strict=True)
    ]


def _is_fixed(count: np.ndarray) -> bool:
    return len(list_present(count)) == 1 and int(count.sum()) >= FEWEST_SHARING


def _narrow(mixed: tuple[str, ...], count: np.ndarray) -> tuple[str, ...]:
    """Digits alone where a position of mixed characters holds nothing else in many values."""
    if count.sum() >= 5 * FEWEST_SHARING and set(list_present(count)) <= set(DIGITS):
        return DIGITS
    return mixed


def _widen(
    allowed: list[tuple[str, ...]], first: int, end: int, rows: int, classes: list[tuple[str, ...]]
) -> None:
    """Allow more digits in a run that changes, from its right end on, until there are codes to spare."""
    run = allowed[first:end]
    if classes[first] != DIGITS or all(len(choices) == 1 for choices in run):
        return
    for at in range(end - 1, first - 1, -1):
        if np.prod([float(len(choices)) for choices in allowed]) >= _ROOMY * rows:
            return
        keeps_lead = at == first and "0" not in allowed[at]
        allowed[at] = DIGITS[1:] if keeps_lead else DIGITS


def _are_words(shapes: list[_Learned]) -> bool:
    """Whether most of what changes is small letters, as in words."""
    changing = [field for shape in shapes for field in shape.fields if len(field.choices) > 1]
    total = sum(field.width for field in changing)
    small = sum(field.width for field in changing if set(field.choices) <= set(LOWER))
    return small > total / 2


def _find_check(template: CodeTemplate, shapes: list[_Learned]) -> CodeTemplate:
    """The template with the scheme that nearly all values satisfy, and its scope."""
    total = sum(len(shape.points) for shape in shapes)
    if total < _FEWEST_CHECKED:
        return template
    for scheme in CHECK_SCHEMES.values():
        for scope in ("all",) if scheme.reads_letters else ("digits", "tail"):
            counted = [_count_checked(scheme, scope, shape) for shape in shapes]
            if sum(counted) >= _CHECKED * total:
                return _with_check(replace(template, check=scheme.name, scope=scope), scheme.width)
    return template


def _count_checked(scheme: CheckScheme, scope: str, shape: _Learned) -> int:
    """How many values of a shape end in the check digits that the scheme gives them."""
    body, end = shape.points[:, : -scheme.width], shape.points[:, -scheme.width :]
    columns = CodeShape(shape.fields).columns_of(scope, scheme.width)
    if columns is None or len(columns) < 2 * scheme.width or shape.fields[-1].is_literal:
        return 0
    numbers = scheme.compute(character_values(body[:, columns]))
    return int((check_points(scheme, numbers) == end).all(axis=1).sum())


def _with_check(template: CodeTemplate, width: int) -> CodeTemplate:
    """Digits (and X where it was seen) at the end, since what was seen there followed from the rest."""
    return replace(template, shapes=tuple(_open_end(shape, width) for shape in template.shapes))


def _open_end(shape: CodeShape, width: int) -> CodeShape:
    fields = shape.singles
    has_x = any("X" in field.choices for field in fields[-width:])
    end = CodeField((*DIGITS, "X") if has_x else DIGITS)
    return replace(shape, fields=merge_fields([*fields[:-width], *[end] * width]))
