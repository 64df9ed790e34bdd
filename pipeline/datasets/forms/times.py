"""Times of day as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.date_shapes import dotted_time_pattern, time_pattern
from pipeline.datasets.forms.form import Reading
from pipeline.datasets.forms.hints import Hints, Proposal
from pipeline.datasets.forms.moments import DAY, NO_MOMENT, SECOND, Wording, read_moments, write_moments
from pipeline.datasets.forms.pattern_learning import MOST_SHAPES, finish_pattern, without_digits
from pipeline.datasets.forms.patterns import check_pattern

_MOST_DOTTED_SHAPES, _FEWEST_DOTTED, _FEWEST_HOURS = 2, 20, 3
_FEWEST_MINUTES, _LATE_MINUTE, _QUARTERS = 12, 50, {0, 15, 30, 45}
_MINUTE = 60 * SECOND
_NEEDED = ({"H", "M"}, {"I", "M", "p"}, {"I", "M", "P"})


@dataclass(frozen=True)
class TimeForm:
    """How times of day are written; values are timedelta64[ns] since midnight, below 24 hours.

    Reading accepts hours with and without a leading zero and any digits of a fraction. `also` are
    further patterns that are read, never written.
    """

    pattern: str = "%H:%M:%S"
    also: tuple[str, ...] = ()

    kind: ClassVar[str] = "time"

    def __post_init__(self) -> None:
        """Refuse what would not be read back."""
        object.__setattr__(self, "also", tuple(self.also))
        for pattern in (self.pattern, *self.also):
            check_pattern(self.kind, pattern, _NEEDED, "HIMSfpP")

    def read(self, texts: pd.Series) -> Reading:
        """Read times of day as timedelta64[ns]."""
        return self.read_cells(Cells.of(texts), texts)

    def read_cells(self, cells: Cells, texts: pd.Series) -> Reading:
        """Read cells that are grouped already; `texts` gives index and name."""
        nanoseconds = np.full(len(cells), NO_MOMENT)
        for pattern in (*reversed(self.also), self.pattern):
            found = read_moments(cells, pattern, Wording())
            nanoseconds = np.where(found.is_read, found.nanoseconds, nanoseconds)
        values = pd.Series(nanoseconds.view("timedelta64[ns]"), index=texts.index, name=texts.name)
        return Reading(values, (nanoseconds == NO_MOMENT) & ~cells.is_missing)

    def write(self, values: pd.Series) -> pd.Series:
        """Write times of day; a day that is over is cut off, and so is what the pattern does not show."""
        spans = values.astype("timedelta64[ns]").to_numpy()
        is_given = ~np.isnat(spans)
        texts = np.full(len(spans), None, dtype=object)
        written = write_moments(spans[is_given].view(np.int64) % DAY, self.pattern, Wording())
        texts[is_given] = written.to_numpy(zero_copy_only=False)
        return pd.Series(texts, index=values.index, name=values.name, dtype=object)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML: the kind, and what differs from "%H:%M:%S"."""
        pattern = {"pattern": self.pattern} if self.pattern != TimeForm.pattern else {}
        return {"kind": self.kind, **pattern, **({"also": list(self.also)} if self.also else {})}


def propose_time(cells: Cells, hints: Hints) -> Proposal | None:
    """The form of times of day that most cells fit, or None."""
    counts: dict[str, int] = {}
    for code, shape in enumerate(cells.shapes[:MOST_SHAPES]):
        pattern = time_pattern(shape.decode())
        if pattern is not None:
            pattern = without_digits(pattern)
            counts[pattern] = counts.get(pattern, 0) + cells.count(code)
    if not counts:
        return None
    patterns = [finish_pattern(cells, p, "en") for p in sorted(counts, key=lambda p: -counts[p])[:4]]
    why = "all are below 24 hours"
    return Proposal(TimeForm(patterns[0], tuple(patterns[1:])), why)


def propose_dotted_time(cells: Cells) -> Proposal | None:
    """The form of times such as 17.57, which all cells are; numbers with two decimals keep no such limits.

    Of amounts, two in five have more than 59 hundredths: with so many values none of them is one.
    """
    shapes = [shape.decode() for shape in cells.shapes[:_MOST_DOTTED_SHAPES]]
    patterns = {dotted_time_pattern(shape) for shape in shapes}
    if None in patterns or len(patterns) != 1 or len(cells.shapes) > _MOST_DOTTED_SHAPES:
        return None
    form = TimeForm(finish_pattern(cells, str(patterns.pop()), "en"))
    moments = read_moments(cells, form.pattern, Wording())
    found = np.unique(moments.nanoseconds[~cells.is_missing])
    if not moments.is_read[~cells.is_missing].all() or len(found) < _FEWEST_DOTTED:
        return None
    minutes, hours = np.unique(found // _MINUTE % 60), np.unique(found // (60 * _MINUTE))
    is_spread = len(minutes) >= _FEWEST_MINUTES and minutes.max() >= _LATE_MINUTE
    if len(hours) < _FEWEST_HOURS or not (is_spread or set(minutes.tolist()) == _QUARTERS):
        return None
    return Proposal(form, "no hour is above 23 and no minute above 59, which decimals would be")
