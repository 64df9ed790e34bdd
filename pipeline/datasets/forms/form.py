"""What a form is, what reading with it gives, and the errors of an invalid form."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from pipeline.datasets.forms.cells import Cells
from pipeline.errors import MetadataError


@dataclass(frozen=True, eq=False)
class Reading:
    """What a form read: `values` are missing where a cell is empty or `odd` (not written in the form)."""

    values: pd.Series
    odd: np.ndarray


@runtime_checkable
class Form(Protocol):
    """How the values of a column are written in its source.

    `read(write(x))` is `x` up to what the form writes (its decimals, its precision), and
    `write(read(text))` is `text` for every text that the form writes.
    """

    kind: ClassVar[str]

    def read(self, texts: pd.Series) -> Reading:
        """Read texts; reading is more tolerant than writing, see each form."""
        ...

    def read_cells(self, cells: Cells, texts: pd.Series) -> Reading:
        """Read cells that are grouped already; `texts` gives index and name."""
        ...

    def write(self, values: pd.Series) -> pd.Series:
        """Write values as an object Series of str, None where a value is missing."""
        ...

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML: the kind, and what differs from the default form of the kind."""
        ...


def refuse_unless(condition: bool, kind: str, key: str, value: object, hint: str) -> None:
    """Raise MetadataError for a key of a form unless the condition holds."""
    if not condition:
        raise MetadataError(f'A form of kind "{kind}" has {key} {value!r}, which is invalid.', hint)


def refuse_unless_one_of(kind: str, key: str, value: object, allowed: Collection[object]) -> None:
    """Raise MetadataError for a key of a form unless its value is one of the allowed ones."""
    refuse_unless(value in allowed, kind, key, value, f"use one of {', '.join(map(repr, allowed))}.")
