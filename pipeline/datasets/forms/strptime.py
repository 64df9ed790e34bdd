"""Forms of dates in the language of `datetime.strptime`, which other programs read."""

from __future__ import annotations

import re

from pipeline.datasets.forms.dates import DateForm
from pipeline.datasets.forms.form import Form
from pipeline.datasets.forms.patterns import Token, parse_pattern
from pipeline.datasets.forms.periods import PeriodForm
from pipeline.datasets.forms.serials import SERIALS

_SAID = frozenset("dmYyjbBaAHIMSfpPz")
_NAMES = frozenset("bBaA")
_OFFSET = re.compile(r"[+-]\d\d:?\d\d|Z")
_LATEST_YEAR = 2068  # strptime reads 69 as 1969


def strptime_pattern(form: Form) -> str | None:
    """The pattern by which `datetime.strptime` and pandas read what a form of dates or periods writes.

    None for a form that it cannot say: several patterns, numbers of days or seconds, quarters, halves and
    weeks, zones by name, days with an ending or without a year, months in another language than English.
    """
    if not isinstance(form, DateForm | PeriodForm) or form.pattern in SERIALS:
        return None
    tokens = parse_pattern(form.pattern)
    names = {token.name for token in tokens if token.name}
    is_said = names <= _SAID and not (names & _NAMES and form.language != "en")
    if not is_said or ("y" in names and form.latest_year != _LATEST_YEAR) or not _reads_rest(form):
        return None
    return "".join(map(_write_token, tokens))


def _reads_rest(form: DateForm | PeriodForm) -> bool:
    """Whether nothing but the pattern is needed, and offsets are written as strptime reads them."""
    if isinstance(form, PeriodForm):
        return True
    # strptime has days without a year in 1900, which has no 29 February.
    return not form.also and form.has_year and (not form.offset or _OFFSET.fullmatch(form.offset) is not None)


def _write_token(token: Token) -> str:
    if not token.name:
        return token.text
    return "%p" if token.name == "P" else f"%{token.name}"
