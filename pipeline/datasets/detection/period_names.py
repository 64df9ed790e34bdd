"""Names of periods that no form of dates holds, such as FY20/27 or week 12: categories, never identifiers."""

from __future__ import annotations

import re

from pipeline.datasets.detection.profile import Profile

_YEAR = r"(?:(?:19|20)\d\d|\d\d)"
_PART = r"(?:Q[1-4]|[1-4]Q|H[12]|[12]H|W\d\d?|KW ?\d\d?|CW ?\d\d?)"
_NAME = re.compile(
    rf"(?:FY|CY|GJ|WJ|SY) ?'?{_YEAR}(?:[/–-]{_YEAR})?(?:[ /-]?{_PART})?|{_PART}[ /'-]?(?:FY ?)?'?{_YEAR}"
    rf"|(?:FY ?)?{_YEAR}[ /-]{_PART}|(?:19|20)\d\d{_PART}|(?:KW|CW|Week|Woche) ?\d\d?",
    re.IGNORECASE,
)
_ROWS_EACH = 5  # of categories; periods with fewer rows are many


def are_period_names(profile: Profile) -> bool:
    """Whether all texts of a column name years, halves, quarters or weeks, each in several rows."""
    if profile.is_number or profile.rows_each < _ROWS_EACH:
        return False
    return all(_NAME.fullmatch(text) for text in profile.texts)
