"""Dates and date-times as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.form import Reading, refuse_unless, refuse_unless_one_of
from pipeline.datasets.forms.moments import NO_MOMENT, SECOND, Moments, Wording, read_moments, write_moments
from pipeline.datasets.forms.month_names import CASES, LANGUAGES
from pipeline.datasets.forms.patterns import check_pattern, directives
from pipeline.datasets.forms.serials import MOST_DECIMALS, SERIALS, read_serials, write_serials
from pipeline.datasets.forms.zone_names import is_zone

_OFFSET = re.compile(r"|Z|z|[+\-−]\d\d(:?\d\d)?")
_NEEDED = (
    *({year, month, day} for year in "Yy" for month in "mbB" for day in "doO"),
    *({month, day} for month in "bB" for day in "doO"),
    {"Y", "j"},
    {"y", "j"},
    {"G", "V", "u"},
)
_ALLOWED = "doOmYyCbBjGVuaAHIMSfpPzZ"


@dataclass(frozen=True)
class DateForm:
    """How dates, with or without a time of day, are written.

    `pattern` is in the language of `patterns`, or "excel", "epoch_s", "epoch_ms" for numbers that
    count days or seconds. `also` are further patterns that are read, never written. `language` and
    `case` are those of month names. A two-digit year lies in the hundred years up to `latest_year`.

    Values are wall times (datetime64[ns]) as they are written. `offset` is what is written for `%z`; cells
    with another offset are moved to it, unless `offset_varies`: then every cell keeps its own wall time.
    Dates without a year lie in one that has a 29 February. `zone` is what is written for `%Z`: a name, or
    those of winter and summer ("CET/CEST"). Reading accepts numbers with and without leading zeros, names in
    every case and any digits of a fraction. `serial_decimals` are those of the pattern "excel", written as
    needed unless `serial_is_fixed`. Odd are other texts, other zones, days that no calendar has, and years
    before 1678 or after 2261.
    """

    pattern: str = "%Y-%m-%d"
    also: tuple[str, ...] = ()
    language: str = "en"
    case: str = "title"
    offset: str = ""
    offset_varies: bool = False
    latest_year: int = 2068
    zone: str = ""
    serial_decimals: int = MOST_DECIMALS
    serial_is_fixed: bool = False

    kind: ClassVar[str] = "date"

    def __post_init__(self) -> None:
        """Refuse what would not be read back."""
        object.__setattr__(self, "also", tuple(self.also))
        for pattern in (self.pattern, *self.also):
            if pattern not in SERIALS:
                check_pattern(self.kind, pattern, _NEEDED, _ALLOWED)
        refuse_unless_one_of(self.kind, "language", self.language, LANGUAGES)
        refuse_unless_one_of(self.kind, "case", self.case, CASES)
        refuse_unless(
            _OFFSET.fullmatch(self.offset) is not None and bool(self.offset) == self._has("z"),
            self.kind, "offset", self.offset, 'write it like "+05:30" or "Z" where the pattern has %z.',
        )  # fmt: skip
        refuse_unless(
            is_zone(self.zone) if self._has("Z") else not self.zone,
            self.kind, "zone", self.zone, 'write it like "CET" or "CET/CEST" where the pattern has %Z.',
        )  # fmt: skip
        refuse_unless(
            0 <= self.serial_decimals <= MOST_DECIMALS,
            self.kind, "serial_decimals", self.serial_decimals, f"use 0 to {MOST_DECIMALS}.",
        )  # fmt: skip
        refuse_unless(
            1777 <= self.latest_year <= 2261, self.kind, "latest_year", self.latest_year, "use 1777 to 2261."
        )

    @property
    def has_time(self) -> bool:
        """Whether a time of day is written."""
        return self._has("H") or self._has("I") or self.pattern.startswith("epoch")

    @property
    def has_year(self) -> bool:
        """Whether a year is written; days without one are those of a leap year."""
        return self.pattern in SERIALS or bool(set("YyG") & set(directives(self.pattern)))

    @property
    def is_day_first(self) -> bool | None:
        """Whether the day is before the month; None where the order is fixed (ISO, month names)."""
        names = directives(self.pattern)
        if "m" not in names or "d" not in names or names[0] in "Yy":
            return None
        return names.index("d") < names.index("m")

    @property
    def unit(self) -> str:
        """The precision of the form: "D" days, "m" minutes, "s" seconds, "ms", "us" or "ns"."""
        if self.pattern in SERIALS:
            return {"excel": "ms", "epoch_s": "s", "epoch_ms": "ms"}[self.pattern]
        width = re.search("%([1-9])f", self.pattern)
        if width:
            return "ms" if int(width[1]) <= 3 else "us" if int(width[1]) <= 6 else "ns"
        return "s" if self._has("S") else "m" if self._has("M") else "h" if self.has_time else "D"

    @property
    def wording(self) -> Wording:
        """What the pattern leaves open."""
        return Wording(self.language, self.case, self.latest_year, self.offset, self.zone)

    def read(self, texts: pd.Series) -> Reading:
        """Read dates as datetime64[ns]."""
        return self.read_cells(Cells.of(texts), texts)

    def read_cells(self, cells: Cells, texts: pd.Series) -> Reading:
        """Read cells that are grouped already; `texts` gives index and name."""
        nanoseconds = np.full(len(cells), NO_MOMENT)
        for pattern in (*reversed(self.also), self.pattern):
            found = self._read_pattern(cells, pattern)
            nanoseconds = np.where(found != NO_MOMENT, found, nanoseconds)
        odd = (nanoseconds == NO_MOMENT) & ~cells.is_missing
        values = pd.Series(nanoseconds.view("datetime64[ns]"), index=texts.index, name=texts.name)
        return Reading(values, odd)

    def write(self, values: pd.Series) -> pd.Series:
        """Write dates; what the pattern does not show is cut off."""
        moments = values.astype("datetime64[ns]").to_numpy()
        texts = np.full(len(moments), None, dtype=object)
        is_given = ~np.isnat(moments)
        given = moments[is_given].view(np.int64)
        if self.pattern in SERIALS:
            texts[is_given] = write_serials(given, self.pattern, self.serial_decimals, self.serial_is_fixed)
        else:
            texts[is_given] = write_moments(given, self.pattern, self.wording).to_numpy(zero_copy_only=False)
        return pd.Series(texts, index=values.index, name=values.name, dtype=object)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML: the kind, and what differs from ISO dates."""
        default = DateForm()
        names = [field.name for field in fields(self)]
        values = {key: getattr(self, key) for key in names if getattr(self, key) != getattr(default, key)}
        return {"kind": self.kind, **{k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}}

    def _read_pattern(self, cells: Cells, pattern: str) -> np.ndarray:
        if pattern in SERIALS:
            return read_serials(cells, pattern)
        moments = read_moments(cells, pattern, self.wording)
        if self.offset_varies or "z" not in directives(pattern):
            return moments.nanoseconds
        return _moved(moments, offset_minutes(self.offset))

    def _has(self, name: str) -> bool:
        return self.pattern not in SERIALS and name in directives(self.pattern)


def offset_minutes(offset: str) -> int:
    """Minutes east of UTC of an offset such as "+05:30", "+0530", "-08" or "Z"."""
    digits = re.sub(r"\D", "", offset).ljust(4, "0")
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if offset[:1] in ("-", "−") else 1)


def _moved(moments: Moments, minutes: int) -> np.ndarray:
    """The same instants as wall times at another offset."""
    shift = (minutes - moments.offsets) * 60 * SECOND
    return np.where(moments.is_read, moments.nanoseconds + shift, NO_MOMENT)
