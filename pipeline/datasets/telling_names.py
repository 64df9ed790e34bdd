"""Names of columns that look like a person or an identifier: they would leave with every table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.datasets.person_names import read_names

_LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]{2,}", re.IGNORECASE)
_CODE = re.compile(r"\d(?:[ .\-/]?\d){7,}")
_TAX_NUMBER = re.compile(r"\d{3}-\d{2}-\d{4}")
_ACCOUNT = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}")
_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12]\\d|3[01])"
_DATE = re.compile(
    rf"(?:19|20)\d{{2}}[-./]?{_MONTH}[-./]?{_DAY}|\d{{1,2}}[-./]\d{{1,2}}[-./](?:19|20)\d{{2}}"
)
_WORDS = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)?")
_EAST_ASIAN = ("zh_CN", "zh_TW", "ja_JP", "ko_KR")  # family names come first, without a blank
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,6}")
_INITIAL = r"[A-Z]\.(?:[ -]?[A-Z]\.)?"
_WITH_INITIAL = re.compile(rf"{_INITIAL} ?(?P<last>[^\W\d_]+)|(?P<first>[^\W\d_]+),? {_INITIAL}")
_MOST_READ = 200  # characters of a name: patterns take the square of the time for longer ones


def say_telling(names: Sequence[str]) -> tuple[str, ...]:
    """A sentence on the columns whose names may be somebody's, by their places."""
    places = [str(place) for place, name in enumerate(names, start=1) if is_telling(str(name))]
    if not places:
        return ()
    many = len(places) > 1
    are = f"names of columns {', '.join(places)} look" if many else f"name of column {places[0]} looks"
    return (
        f"The {are} like a person or an identifier. Names of columns are part of every table that is "
        "made: if the file has no header, say so (header: none); otherwise rename the column.",
    )


def is_telling(name: str) -> bool:
    """Whether the name of a column looks like a person, an e-mail address, an account or a number of one."""
    name = name[:_MOST_READ]
    if _MAIL.search(name) or _TAX_NUMBER.search(name) or _ACCOUNT.search(name):
        return True
    return bool(_CODE.search(_DATE.sub(" ", name))) or _is_person(name)


def _is_person(name: str) -> bool:
    """Whether a first name, or its initial, and a last name stand beside each other."""
    if _UNSPACED.fullmatch(name.strip()):
        return _is_east_asian(name.strip())
    if found := _WITH_INITIAL.fullmatch(name.strip()):
        return (found["last"] or found["first"]) in _read_people()[1]
    words = _WORDS.findall(name)
    if not 2 <= len(words) <= 3 or not all(word[0].isupper() and not word.isupper() for word in words):
        return False
    if re.fullmatch(r"[^,]+,[^,]+", name):
        words = [*words[1:], words[0]]
    first, last = _read_people()
    return (words[0] in first or words[0].partition("-")[0] in first) and words[-1] in last


def _is_east_asian(name: str) -> bool:
    first, last = _read_people(_EAST_ASIAN)
    return any(name[:cut] in last and name[cut:] in first for cut in range(1, len(name)))


@cache
def _read_people(locales: tuple[str, ...] = _LOCALES) -> tuple[frozenset[str], frozenset[str]]:
    first = (read_names(one, "first_names", "first_names_male", "first_names_female") for one in locales)
    last = (read_names(one, "last_names", "last_names_male", "last_names_female") for one in locales)
    return frozenset().union(*first), frozenset().union(*last)
