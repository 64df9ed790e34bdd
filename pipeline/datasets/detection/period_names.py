"""What column names say of digits, and names of periods that no form of dates holds (FY20/27, week 12).

The latter are categories, never identifiers.
"""

from __future__ import annotations

import re

from pipeline.datasets.detection.names import read_name
from pipeline.datasets.detection.profile import Profile

_YEAR = r"(?:(?:19|20)\d\d|\d\d)"
_PART = r"(?:Q[1-4]|[1-4]Q|H[12]|[12]H|W\d\d?|KW ?\d\d?|CW ?\d\d?)"
_NAME = re.compile(
    rf"(?:FY|CY|GJ|WJ|SY) ?'?{_YEAR}(?:[/–-]{_YEAR})?(?:[ /-]?{_PART})?|{_PART}[ /'-]?(?:FY ?)?'?{_YEAR}"
    rf"|(?:FY ?)?{_YEAR}[ /-]{_PART}|(?:19|20)\d\d{_PART}|(?:KW|CW|Week|Woche) ?\d\d?",
    re.IGNORECASE,
)
_ROWS_EACH = 5  # of categories; periods with fewer rows are many

_WEEK_WORDS = frozenset(
    {"week", "weeks", "wk", "kw", "cw", "woche", "kalenderwoche", "semaine", "semana", "settimana", "tydzien",
     "vecka", "uge", "yw", "yearweek", "yyyyww", "jahrwoche", "jahreswoche", "isoweek", "weekno", "weeknr",
     "wochennummer", "wochennr", "kalenderwochen", "jahrkw", "kwjahr"}
)  # fmt: skip
_DAY_WORDS = frozenset(
    {"julian", "doy", "yday", "yyyyddd", "ordinal", "date", "datum", "day", "tag", "jour", "fecha", "dia",
     "giorno", "dzien"}
)  # fmt: skip


def say_digits(name: str) -> str:
    """What a column's name says that digits are: "week", "day" or "code", "" where it says none."""
    hints = read_name(name)
    if _WEEK_WORDS & set(hints.words):
        return "week"
    if _DAY_WORDS & set(hints.words):
        return "day"
    return "code" if hints.is_identifier or hints.is_entity or hints.is_code else ""


def are_period_names(profile: Profile) -> bool:
    """Whether all texts of a column name years, halves, quarters or weeks, each in several rows."""
    if profile.is_number or profile.rows_each < _ROWS_EACH:
        return False
    return all(_NAME.fullmatch(text) for text in profile.texts)
