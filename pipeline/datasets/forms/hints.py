"""What is known about a column from elsewhere, and what learning a form gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.forms.form import Form


@dataclass(frozen=True)
class Hints:
    """What settles a column that its own cells leave open.

    `decimal` ("." or ",") and `day_first` decide only where both readings fit equally well.
    `likely_decimal` is what the file speaks for, which decides where nothing else does, and
    `voted_decimal` what its other columns are written with.
    `missing` are further words that say "no value"; their cells stay odd, but do not count against a
    form. `serial` allows day numbers of a spreadsheet and seconds or milliseconds since 1970 as dates.
    `kept` are columns whose texts stay as they are, whatever they hold.
    `name_says` is what a column's name says that digits are ("day", "week", "code"), "" where it says none.
    `reference_year` places two-digit years: none is read later than 20 years after it.
    """

    decimal: str | None = None
    likely_decimal: str | None = None
    voted_decimal: str | None = None
    day_first: bool | None = None
    missing: tuple[str, ...] = ()
    serial: bool = False
    reference_year: int | None = None
    kept: tuple[str, ...] = ()
    name_says: str = ""

    @property
    def latest_year(self) -> int:
        """The last year that a two-digit year may mean."""
        return 2068 if self.reference_year is None else self.reference_year + 20


@dataclass(frozen=True)
class Proposal:
    """A form that some cells are written in, before it is known how many."""

    form: Form
    why: str
    alternatives: tuple[Form, ...] = ()
    is_ambiguous: bool = False


@dataclass(frozen=True, eq=False)
class Learned:
    """The form of a column.

    `values` is what the form reads of the column, and `odd` marks the cells that hold something else.
    `share` (0-1) is the part of the cells that hold something which fit. `alternatives` fit just as many
    cells; where nothing settled which of them is right, `is_ambiguous` is set: ask the user.
    """

    form: Form
    values: pd.Series
    odd: np.ndarray
    share: float
    why: str
    alternatives: tuple[Form, ...] = ()
    is_ambiguous: bool = False
