"""The texts of a column, grouped by shape: every digit becomes a 9, all else stays.

A million amounts have some tens of shapes. What a cell is made of is decided once for each shape, and
the digits are then taken out of the bytes of all its cells at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_DIGIT = ord("9")
_SHAPE_OF_BYTE = np.arange(256, dtype=np.uint8)
_SHAPE_OF_BYTE[ord("0") : _DIGIT + 1] = _DIGIT


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a column: their texts without outer blanks, and the rows of each shape.

    `shapes` are UTF-8 bytes, the most frequent first; `rows[k]` are the positions of the cells of
    `shapes[k]`. An empty or blank cell is missing and has no shape.
    """

    texts: pa.Array
    is_missing: np.ndarray
    shapes: list[bytes]
    rows: list[np.ndarray]
    _data: np.ndarray
    _starts: np.ndarray

    @classmethod
    def of(cls, texts: pd.Series) -> Self:
        """Group the cells of a column; what is no text is taken as Python writes it."""
        trimmed = pc.utf8_trim_whitespace(_as_arrow(texts))
        validity, offsets, data = trimmed.buffers()
        starts = np.frombuffer(offsets, dtype=np.int64)[: len(trimmed) + 1]
        bytes_ = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
        shaped = pa.Array.from_buffers(
            pa.large_binary(), len(trimmed), [validity, offsets, pa.py_buffer(_SHAPE_OF_BYTE[bytes_])]
        ).dictionary_encode()
        codes = shaped.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        shapes, rows = _group(codes, shaped.dictionary.to_pylist())
        is_missing = np.ones(len(trimmed), dtype=bool)
        for positions in rows:
            is_missing[positions] = False
        return cls(trimmed, is_missing, shapes, rows, bytes_, starts)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def present(self) -> int:
        """Number of cells that hold something."""
        return len(self) - int(self.is_missing.sum())

    def count(self, shape: int) -> int:
        """Number of cells of a shape."""
        return len(self.rows[shape])

    def digit_positions(self, shape: int) -> list[int]:
        """Where the digits of a shape stand, in bytes."""
        return [at for at, byte in enumerate(self.shapes[shape]) if byte == _DIGIT]

    def integers(self, shape: int, positions: list[int]) -> np.ndarray:
        """The digits at these positions of every cell of a shape, read as one int64 (18 digits at most)."""
        starts = self._starts[self.rows[shape]]
        numbers = np.zeros(len(starts), dtype=np.int64)
        for position in positions:
            numbers *= 10
            numbers += self._data[starts + position]
            numbers -= ord("0")
        return numbers

    def is_zero_at(self, shape: int, position: int) -> np.ndarray:
        """Which cells of a shape have the digit 0 at a position."""
        return self._data[self._starts[self.rows[shape]] + position] == ord("0")

    def texts_of(self, shape: int) -> pa.Array:
        """The texts of the cells of a shape."""
        return self.texts.take(pa.array(self.rows[shape]))

    def has_two_values(self, shapes: Iterable[int]) -> bool:
        """Whether the cells of some shapes hold more than one text, by the first thousand of each shape."""
        texts: set[str] = set()
        for shape in shapes:
            texts.update(self.texts_of(shape).slice(0, 1000).unique().to_pylist())
        return len(texts) > 1

    def is_any_of(self, texts: Collection[str]) -> np.ndarray:
        """Which cells hold one of the texts."""
        values = pa.array(list(texts), type=pa.large_string())
        return pc.is_in(self.texts, value_set=values).to_numpy(zero_copy_only=False)

    def distinct_texts(self, mask: np.ndarray) -> dict[str, int]:
        """The distinct texts of the cells in `mask`, with their counts."""
        counted = pc.value_counts(self.texts.filter(pa.array(mask)))
        return dict(
            zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
        )


def _as_arrow(texts: pd.Series) -> pa.Array:
    try:
        array = pa.array(texts, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        array = pa.array(
            [None if gone else str(value) for value, gone in zip(texts, texts.isna(), strict=True)],
            type=pa.large_string(),
        )
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _group(codes: np.ndarray, shapes: list[bytes]) -> tuple[list[bytes], list[np.ndarray]]:
    """Shapes and their rows, the most frequent first; the empty shape is left out."""
    narrow = codes.astype(np.int16) if len(shapes) < 2**15 else codes  # numpy sorts 16 bits by radix
    order = np.argsort(narrow, kind="stable")
    bounds = np.searchsorted(narrow[order], np.arange(len(shapes) + 1))
    counts = np.diff(bounds)
    by_count = [code for code in np.argsort(-counts, kind="stable") if shapes[code] != b""]
    return [shapes[code] for code in by_count], [order[bounds[code] : bounds[code + 1]] for code in by_count]
