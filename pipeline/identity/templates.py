"""Fixed-width texts as numbers: a template renders codes as texts and reads texts back as codes.

Texts are made and read whole columns at a time, as matrices of code points (uint32, one row a
text) that numpy sees as an array of strings without copying.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CHUNK = 4


@dataclass(frozen=True, eq=False)
class Template:
    """Fields side by side; each is a sorted array of texts of one length, and a code picks one of each."""

    fields: tuple[np.ndarray, ...]

    @property
    def size(self) -> int:
        """How many distinct texts there are."""
        return prod(len(options) for options in self.fields)

    @property
    def width(self) -> int:
        """Characters of a text."""
        return sum(_width(options) for options in self.fields)

    def render(self, codes: np.ndarray) -> np.ndarray:
        """Texts (object array) of codes below `size`; distinct codes give distinct texts."""
        return as_texts(self.render_points(codes))

    def render_points(self, codes: np.ndarray) -> np.ndarray:
        """Code points (rows × width, uint32) of codes below `size`."""
        points = np.empty((len(codes), self.width), dtype=np.uint32)
        rest, end = codes, self.width
        for options in reversed(self.fields):
            start = end - _width(options)
            if len(options) > 1:
                rest, picks = np.divmod(rest, np.uint64(len(options)))
                points[:, start:end] = _points(options)[picks]
            else:
                points[:, start:end] = _points(options)
            end = start
        return points

    def read(self, texts: Sequence[str] | np.ndarray) -> np.ndarray:
        """Codes (uint64) of those texts that this template can give; the others are left out."""
        # numpy would cut longer texts until they fit; one character may be missing where `?` left it out.
        width = self.width
        candidates = [text for text in texts if width - 1 <= len(text) <= width]
        points = _points(np.asarray(candidates, dtype=f"U{width}"))
        codes = np.zeros(len(points), dtype=np.uint64)
        start = 0
        for options in self.fields:
            end = start + _width(options)
            part = np.ascontiguousarray(points[:, start:end]).view(options.dtype).ravel()
            picks = np.minimum(np.searchsorted(options, part), len(options) - 1)
            fits = options[picks] == part
            points = points[fits]
            codes = codes[fits] * np.uint64(len(options)) + picks[fits].astype(np.uint64)
            start = end
        return codes


def as_texts(points: np.ndarray) -> np.ndarray:
    """Object array of texts from code points (rows × width); zeros at the end of a row are not part of it."""
    return np.ascontiguousarray(points).view(f"U{points.shape[1]}").ravel().astype(object)


def options_field(texts: Sequence[str]) -> np.ndarray:
    """A field that holds one of these texts, all of one length."""
    return np.unique(np.asarray(texts, dtype=str))


def literal_field(text: str) -> np.ndarray:
    """A field that always reads the same."""
    return options_field([text])


@lru_cache(maxsize=8)
def _number_field(width: int) -> np.ndarray:
    return options_field([f"{number:0{width}d}" for number in range(10**width)])


def digit_fields(width: int) -> tuple[np.ndarray, ...]:
    """Fields for `width` digits; a few wide fields render faster than many narrow ones."""
    wide, narrow = divmod(width, _CHUNK)
    return (_number_field(_CHUNK),) * wide + ((_number_field(narrow),) if narrow else ())


_TOKEN = re.compile(r"#+|\[([A-Z0-9])-([A-Z0-9])\]|\[([A-Z0-9]+)\]|.")


@lru_cache(maxsize=128)
def parse_pattern(pattern: str) -> Template:
    """A template from a published format.

    `#` is a digit, `A` a letter, `*` either, `?` at the end a digit or nothing, `[3-9]` a range,
    `[ABC]` a choice; any other character stands for itself.
    """
    fields: list[np.ndarray] = []
    for token in _TOKEN.finditer(pattern):
        fields.extend(_token_fields(token))
    return Template(tuple(fields))


def _token_fields(token: re.Match[str]) -> tuple[np.ndarray, ...]:
    first, last, choice = token.groups()
    if token[0].startswith("#"):
        return digit_fields(len(token[0]))
    if first:
        return (options_field([chr(point) for point in range(ord(first), ord(last) + 1)]),)
    alphabets = {"A": LETTERS, "*": DIGITS + LETTERS, "?": ["", *DIGITS]}
    return (options_field(list(choice or alphabets.get(token[0], token[0]))),)


def _width(options: np.ndarray) -> int:
    return options.dtype.itemsize // 4


def _points(texts: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), _width(texts))
