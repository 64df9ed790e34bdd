"""Lengths of time as they are written: 27:03:00, PT1H30M, 3 days 04:00:00, 3d 4h."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.form import Reading, refuse_unless, refuse_unless_one_of
from pipeline.datasets.forms.hints import Hints, Proposal
from pipeline.datasets.forms.moments import DAY, NO_MOMENT, SECOND
from pipeline.datasets.forms.unit_spans import find_template, is_template, omits_zeros, read_spans, write_span

STYLES = ("hours", "hours_minutes", "days", "iso", "iso_days", "units")
_CLOCK = rb"(?P<s>-)?(?P<h>9{1,6}):(?P<m>99)"
_SHAPES = {
    "hours": re.compile(_CLOCK + rb":(?P<sec>99)(?:\.(?P<f>9{1,9}))?"),
    "hours_minutes": re.compile(_CLOCK),
    "days": re.compile(rb"(?P<s>-)?(?P<d>9{1,6}) days? (?P<h>99?):(?P<m>99):(?P<sec>99)(?:\.(?P<f>9{1,9}))?"),
    "iso": re.compile(
        rb"(?P<s>-)?P(?:(?P<d>9{1,6})D)?"
        rb"(?:T(?:(?P<h>9{1,8})H)?(?:(?P<m>9{1,8})M)?(?:(?P<sec>9{1,9})(?:\.(?P<f>9{1,9}))?S)?)?(?<=[DHMS])"
    ),
}
_SHAPES["iso_days"] = _SHAPES["iso"]
_UNITS = {"d": DAY, "h": 3600 * SECOND, "m": 60 * SECOND, "sec": SECOND}
_MOST_SECONDS = 9 * 10**9


@dataclass(frozen=True)
class DurationForm:
    """How lengths of time are written; values are timedelta64[ns].

    `style` is "hours" (27:03:00), "hours_minutes" (27:03), "days" (3 days 04:00:00), "iso" (PT27H3M) or
    "iso_days" (P1DT3H3M). `hour_width` is the least number of digits of hours, `decimals` those of
    seconds (always written in a clock, as needed in ISO). "units" writes the parts of `template`, such as
    "#d #h", those that are zero unless `omits_zeros`; lengths below zero cannot be written so.
    """

    style: str = "hours"
    hour_width: int = 2
    decimals: int = 0
    template: str = ""
    omits_zeros: bool = False

    kind: ClassVar[str] = "duration"

    def __post_init__(self) -> None:
        """Refuse what would not be read back."""
        refuse_unless_one_of(self.kind, "style", self.style, STYLES)
        refuse_unless_one_of(self.kind, "hour_width", self.hour_width, range(1, 7))
        refuse_unless(
            is_template(self.template) if self.style == "units" else not self.template,
            self.kind, "template", self.template, 'write it like "#d #h" for the style units.',
        )  # fmt: skip
        has_decimals = self.style != "hours_minutes" or self.decimals == 0
        refuse_unless(
            has_decimals and self.decimals in range(10), self.kind, "decimals", self.decimals, "use 0 to 9."
        )

    def read(self, texts: pd.Series) -> Reading:
        """Read lengths of time as timedelta64[ns]."""
        return self.read_cells(Cells.of(texts), texts)

    def read_cells(self, cells: Cells, texts: pd.Series) -> Reading:
        """Read cells that are grouped already; `texts` gives index and name."""
        nanoseconds = np.full(len(cells), NO_MOMENT)
        for code, shape in enumerate(cells.shapes):
            if self.style == "units":
                spans = read_spans(cells, code, self.template)
                nanoseconds[cells.rows[code]] = NO_MOMENT if spans is None else spans
                continue
            found = _SHAPES[self.style].fullmatch(shape)
            if found is not None:
                nanoseconds[cells.rows[code]] = _nanoseconds(cells, code, found, "iso" in self.style)
        values = pd.Series(nanoseconds.view("timedelta64[ns]"), index=texts.index, name=texts.name)
        return Reading(values, (nanoseconds == NO_MOMENT) & ~cells.is_missing)

    def write(self, values: pd.Series) -> pd.Series:
        """Write lengths of time, each distinct one once; what the form does not show is cut off."""
        codes, distinct = pd.factorize(values.astype("timedelta64[ns]"))
        texts = np.array(
            [*(self._text(int(span.value)) for span in pd.to_timedelta(distinct)), None], dtype=object
        )
        return pd.Series(texts[codes], index=values.index, name=values.name, dtype=object)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML: the kind, and what differs from 27:03:00."""
        default = DurationForm()
        keys = ("style", "hour_width", "decimals", "template", "omits_zeros")
        return {
            "kind": self.kind,
            **{key: getattr(self, key) for key in keys if getattr(self, key) != getattr(default, key)},
        }

    def _text(self, nanoseconds: int) -> str:
        if self.style == "units":
            return write_span(max(0, nanoseconds), self.template, self.omits_zeros)
        seconds, rest = divmod(abs(nanoseconds), SECOND)
        fraction = f"{rest:09d}"[: self.decimals]
        if self.style == "hours_minutes":
            seconds, fraction = seconds // 60 * 60, ""
        sign = "-" if nanoseconds < 0 and (seconds or fraction.strip("0")) else ""
        if "iso" in self.style:
            return sign + _iso(seconds, fraction.rstrip("0"), self.style == "iso_days")
        return sign + self._clock(seconds, fraction)

    def _clock(self, seconds: int, fraction: str) -> str:
        days, of_day = divmod(seconds, 86400) if self.style == "days" else (0, seconds)
        text = f"{of_day // 3600:0{self.hour_width}d}:{of_day // 60 % 60:02d}"
        if self.style == "hours_minutes":
            return text
        text += f":{of_day % 60:02d}" + (f".{fraction}" if fraction else "")
        return f"{days} days {text}" if self.style == "days" else text


def propose_duration(cells: Cells, hints: Hints) -> Proposal | None:
    """The form of lengths of time that most cells fit, or None."""
    counts = Counter[str]()
    for code, shape in enumerate(cells.shapes):
        counts.update({style: cells.count(code) for style in STYLES[:4] if _SHAPES[style].fullmatch(shape)})
    if not counts:
        return _propose_units(cells)
    style = counts.most_common(1)[0][0]
    if style == "iso" and any(b"D" in shape for shape in cells.shapes if _SHAPES[style].fullmatch(shape)):
        style = "iso_days"
    width, decimals = _widths(cells, style)
    why = "lengths of time, some of 24 hours and more" if "hours" in style else "lengths of time"
    return Proposal(DurationForm(style, width, decimals), why)


def _propose_units(cells: Cells) -> Proposal | None:
    template = find_template(cells)
    if not template:
        return None
    form = DurationForm("units", template=template, omits_zeros=omits_zeros(cells, template))
    return Proposal(form, "lengths of time")


def _widths(cells: Cells, style: str) -> tuple[int, int]:
    """The least digits of hours and the most decimals of seconds."""
    found = [match for shape in cells.shapes if (match := _SHAPES[style].fullmatch(shape))]
    hours = 2 if "iso" in style else min(len(match["h"]) for match in found)
    decimals = 0 if style == "hours_minutes" else max(len(match["f"] or b"") for match in found)
    return hours, decimals


def _nanoseconds(cells: Cells, code: int, found: re.Match[bytes], is_iso: bool) -> np.ndarray:
    total = np.zeros(cells.count(code), dtype=np.int64)
    is_possible = np.ones(cells.count(code), dtype=bool)
    for name, span in found.groupdict().items():
        if name in _UNITS and span is not None:
            number = cells.integers(code, list(range(*found.span(name))))
            is_possible &= number <= _MOST_SECONDS * SECOND // _UNITS[name]
            if name in ("m", "sec") and not is_iso:
                is_possible &= number < 60
            total += np.where(is_possible, number, 0) * _UNITS[name]
    if found.groupdict().get("f"):
        digits = found.end("f") - found.start("f")
        total += cells.integers(code, list(range(*found.span("f")))) * 10 ** (9 - digits)
    return np.where(is_possible, -total if found["s"] else total, NO_MOMENT)


@lru_cache(maxsize=65536)
def _iso(seconds: int, fraction: str, has_days: bool) -> str:
    days, seconds = divmod(seconds, 86400) if has_days else (0, seconds)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    clock = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes)
    if seconds or fraction:
        clock += f"{seconds}.{fraction}S" if fraction else f"{seconds}S"
    date = f"{days}D" * bool(days)
    if not clock and not date:
        return "PT0S"
    return f"P{date}" + (f"T{clock}" if clock else "")
