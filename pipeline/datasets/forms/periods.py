"""Weeks, months, quarters, halves and years as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.form import Reading, refuse_unless_one_of
from pipeline.datasets.forms.hints import Hints, Proposal
from pipeline.datasets.forms.moments import NO_MOMENT, Wording, read_moments, write_moments
from pipeline.datasets.forms.month_names import CASES, LANGUAGES
from pipeline.datasets.forms.pattern_learning import MOST_SHAPES, finish_pattern, names_of_months
from pipeline.datasets.forms.patterns import check_pattern, directives, match_shape

_NEEDED = ({"Y"}, {"y"}, {"G", "V"})
_CLEAR = (
    "%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%YM%m", "%b %Y", "%b-%Y", "%b. %Y", "%b, %Y", "%b/%Y", "%b%Y",
    "%b-%y", "%b %y", "%b/%y", "%b%y", "%Y %b", "%Y-%b", "%YQ%q", "%Y-Q%q", "%Y Q%q", "%Y/Q%q", "Q%q %Y",
    "Q%q-%Y", "Q%q/%Y", "Q%q%Y", "Q%q %y", "%qQ%Y", "%qQ%y", "FY%Y", "FY %Y", "FY%y", "CY%Y",
    "%G-W%V", "%GW%V", "%G W%V", "%G/W%V", "W%V %G", "W%V-%G", "W%V/%G", "%G-KW%V", "%G KW%V", "%G/KW%V",
    "KW%V/%G", "KW %V/%G", "KW%V %G", "KW %V %G", "KW%V-%G", "CW%V/%G", "CW%V %G", "%G-CW%V", "%GCW%V",
    "H%h %Y", "H%h-%Y", "H%h/%Y", "H%h%Y", "H%h %y", "%Y-H%h", "%YH%h", "%Y H%h", "%Y/H%h", "%hH%Y", "%hH%y",
    "%Y-M%m", "%Y M%m", "FY%Y Q%q", "FY%YQ%q", "FY%Y-Q%q", "FY%y Q%q", "FY%yQ%q", "FY%y-Q%q", "Q%q FY%Y",
    "Q%q FY%y", "Q%qFY%y", "Q%q-%y", "Q%q/%y", "Q%q'%y", "FY%y/%N", "FY %y/%N", "FY%y-%N", "FY%Y/%N",
    "FY %Y/%N", "FY%Y-%N", "FY %Y-%N", "FY%Y/%L", "FY %Y/%L", "FY%Y-%L", "FY %Y-%L", "GJ%Y/%N", "GJ %Y/%N",
    "GJ %Y/%L", "%Y/%N", "%Y-%N", "%Y/%L", "%Y-%L",
)  # fmt: skip


@dataclass(frozen=True)
class PeriodForm:
    """How weeks, months, quarters, halves or years are written; values are their first days (datetime64[ns]).

    `pattern` is in the language of `patterns`: "%Y-%m", "%b %Y", "Q%q %Y", "FY%Y", "%G-W%V". Without a day
    it needs a year. `language`, `case` and `latest_year` are as in a DateForm.
    """

    pattern: str = "%Y-%m"
    language: str = "en"
    case: str = "title"
    latest_year: int = 2068

    kind: ClassVar[str] = "period"

    def __post_init__(self) -> None:
        """Refuse what would not be read back."""
        check_pattern(self.kind, self.pattern, _NEEDED, "YymbBqhGVNL")
        refuse_unless_one_of(self.kind, "language", self.language, LANGUAGES)
        refuse_unless_one_of(self.kind, "case", self.case, CASES)

    @property
    def unit(self) -> str:
        """What a period is: "week", "month", "quarter", "half" or "year"."""
        names = set(directives(self.pattern))
        units = {"week": "V", "quarter": "q", "half": "h", "month": "mbB"}
        return next((unit for unit, letters in units.items() if names & set(letters)), "year")

    def read(self, texts: pd.Series) -> Reading:
        """Read periods as datetime64[ns] of their first days."""
        return self.read_cells(Cells.of(texts), texts)

    def read_cells(self, cells: Cells, texts: pd.Series) -> Reading:
        """Read cells that are grouped already; `texts` gives index and name."""
        nanoseconds = read_moments(cells, self.pattern, self._wording).nanoseconds
        values = pd.Series(nanoseconds.view("datetime64[ns]"), index=texts.index, name=texts.name)
        return Reading(values, (nanoseconds == NO_MOMENT) & ~cells.is_missing)

    def write(self, values: pd.Series) -> pd.Series:
        """Write the periods that days lie in."""
        days = values.astype("datetime64[ns]").to_numpy()
        is_given = ~np.isnat(days)
        texts = np.full(len(days), None, dtype=object)
        written = write_moments(days[is_given].view(np.int64), self.pattern, self._wording)
        texts[is_given] = written.to_numpy(zero_copy_only=False)
        return pd.Series(texts, index=values.index, name=values.name, dtype=object)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML: the kind, and what differs from "%Y-%m"."""
        default = PeriodForm()
        keys = ("pattern", "language", "case", "latest_year")
        return {
            "kind": self.kind,
            **{key: getattr(self, key) for key in keys if getattr(self, key) != getattr(default, key)},
        }

    @property
    def _wording(self) -> Wording:
        return Wording(self.language, self.case, self.latest_year)


def propose_period(cells: Cells, hints: Hints) -> Proposal | None:
    """The form of periods that most cells fit, or None."""
    # Needed where a form is learned, not where tables are read and written by it.
    from pipeline.datasets.forms.period_evidence import count_told, list_doubtful

    names = names_of_months(cells)
    wording = Wording(names.language, latest_year=hints.latest_year)
    counts = {}
    doubtful = list_doubtful(hints)
    # Of patterns that fit as many cells the first one is taken.
    for clear in (*doubtful, *_CLEAR) if hints.name_says == "week" else (*_CLEAR, *doubtful):
        pattern = clear.replace("%b", "%" + names.directive)
        if not any(match_shape(shape, pattern, names.language) for shape in cells.shapes[:MOST_SHAPES]):
            continue
        is_doubtful = pattern in doubtful
        counts[pattern] = (
            count_told(cells, pattern, wording, hints) if is_doubtful else _fitting(cells, pattern, wording)
        )
    best = max(counts, key=lambda pattern: counts[pattern], default=None)
    if best is None or counts[best] == 0:
        return None
    has_names = re.search("%[bB]", best) is not None
    form = PeriodForm(
        finish_pattern(cells, best, names.language),
        language=names.language if has_names else "en",
        case=names.case if has_names else "title",
        latest_year=hints.latest_year if "%y" in best else PeriodForm.latest_year,
    )
    return Proposal(form, f"each names a {form.unit}{' of a year' if form.unit == 'half' else ''}")


def _fitting(cells: Cells, pattern: str, wording: Wording) -> int:
    """Number of cells that a pattern reads."""
    return int(read_moments(cells, pattern, wording).is_read.sum())
