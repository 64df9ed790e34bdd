"""The patterns that a shape may be a date, a time or a period in."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.datasets.forms.month_names import FULL_NAMES, SHORT_NAMES
from pipeline.datasets.forms.zone_names import ZONES, day_words

_WORDS = sorted(
    {word.lower() for table in (FULL_NAMES, SHORT_NAMES) for words in table.values() for word in words},
    key=len,
    reverse=True,
)
_WORD = "(?P<word>" + "|".join(map(re.escape, _WORDS)) + r")"
_DAY = "(?P<day>99?)(?P<nth>st|nd|rd|th)?"
_CLOCK = (
    r"(?P<hour>99?)(?P<s1>[:.h])99(?P<second>(?P=s1)99)?(?P<fraction>[.,]9{1,9})?(?P<oclock> ?uhr| h)?"
    r"(?P<b1> ?)(?P<meridiem>[ap]\.?m\.?)?(?P<b2> ?)(?P<offset>z|[+\-−]99(?::?99)?)?"
)
_TIME = rf"(?P<gap>[t:,]? ?|-){_CLOCK}"
_DATES = tuple(
    re.compile(rf"(?:{date})(?:{_TIME})?", re.IGNORECASE)
    for date in (
        r"(?P<compact>9{8})",
        r"(?P<numeric>(?:9999|99?)(?P<s>[-/. ])99?(?P=s)(?:9999|99?))",
        rf"{_DAY}(?P<s>\. ?| of |[-/ ]?){_WORD}(?P<dot>\.?)(?P<s2>, ?|[-/ ]?)(?P<year>9999|99)",
        rf"{_WORD}(?P<dot>\.?)(?P<s>[-/ ]?){_DAY}(?P<s2>, ?|[-/ ])(?P<year>9999|99)",
        rf"{_DAY}(?P<s>\. ?| of |[-/ ]){_WORD}(?P<dot>\.?)",
        rf"{_WORD}(?P<dot>\.?)(?P<s>[-/ ]){_DAY}",
        rf"(?P<year>9999)(?P<s>[-/ ])(?P<dot>){_WORD}(?P<s2>[-/ ]){_DAY}",
    )
)
_LONG_DAYS, _SHORT_DAYS = (
    "|".join(sorted({word for language in ("en", "de", "fr", "es", "it") for word in day_words(d, language)}))
    for d in ("A", "a")
)
_WEEKDAY = re.compile(rf"(?:(?P<long>{_LONG_DAYS})|(?:{_SHORT_DAYS}))(?P<gap>\.?,? )", re.IGNORECASE)
_ZONE = re.compile(rf"(?P<rest>.*9(?: ?[ap]m)?)(?P<gap> ?)(?P<zone>{'|'.join(ZONES)})", re.IGNORECASE)
_YEAR_LAST = re.compile(
    rf"(?P<date>{_WORD} 99?) (?P<clock>99?:99(?::99)?)(?: (?P<zone>{'|'.join(ZONES)}))? 9999", re.IGNORECASE
)
_TIME_OF_DAY = re.compile(rf"(?P<gap>){_CLOCK}", re.IGNORECASE)
_GLUED = re.compile(r"9{8}(?P<gap>[t ]?)9999(?P<second>99)?(?P<offset>z|[+\-−]99:?99)?", re.IGNORECASE)
_COMPACT = ("%Y%m%d", "%d%m%Y", "%m%d%Y")


@lru_cache(maxsize=16384)
def date_patterns(shape: str) -> tuple[str, ...]:
    """Patterns of dates that a shape may be written in, the likelier first; numbers are padded in them."""
    named = _around_names(shape)
    if named is not None:
        return named
    glued = _GLUED.fullmatch(shape)
    if glued is not None:
        clock = f"{glued['gap']}%H%M{'%S' if glued['second'] else ''}{'%z' if glued['offset'] else ''}"
        return tuple(date + clock for date in _COMPACT)
    found = next((found for expression in _DATES if (found := expression.fullmatch(shape))), None)
    time = "" if found is None or not found["hour"] else _time_pattern(found)
    if found is None or time is None:
        return ()
    return tuple(date + time for date in _day_patterns(found))


@lru_cache(maxsize=4096)
def time_pattern(shape: str) -> str | None:
    """The pattern of a time of day that a shape may be written in; 17.57 may as well be a number."""
    found = _TIME_OF_DAY.fullmatch(shape)
    if found is None or found["offset"] or (found["s1"] == "." and not found["oclock"]):
        return None
    return _time_pattern(found)


def dotted_time_pattern(shape: str) -> str | None:
    """The pattern of a time of day with dots, such as 17.57, that a shape may be written in."""
    found = _TIME_OF_DAY.fullmatch(shape)
    return None if found is None or found["s1"] != "." or found["offset"] else _time_pattern(found)


def month_word(shape: str) -> str:
    """The name of a month in a shape, as it is written; "" without one."""
    found = re.search(
        rf"(?<![^\W\d_]){_WORD}(?![^\W\d_])|(?<=9){_WORD.replace('word', 'other')}(?=9)", shape, re.IGNORECASE
    )
    return (found["word"] or found["other"]) if found else ""


def day_word(shape: str) -> str:
    """The name of a day of the week that a shape starts with; "" without one."""
    found = _WEEKDAY.match(shape)
    return found[0][: found.start("gap")] if found else ""


def _around_names(shape: str) -> tuple[str, ...] | None:
    """Patterns of a shape with the name of a day before it, or of a zone after its clock."""
    found = _WEEKDAY.match(shape)
    if found is not None:
        name = "%A" if found["long"] else "%a"
        return tuple(name + found["gap"] + rest for rest in date_patterns(shape[found.end() :]))
    found = _YEAR_LAST.fullmatch(shape)
    if found is not None:
        clock = f"{found['clock']} {found['zone']}" if found["zone"] else found["clock"]
        rests = date_patterns(f"{found['date']}, 9999 {clock}")
        return tuple(rest.replace(", %Y", "", 1) + " %Y" for rest in rests)
    found = _ZONE.fullmatch(shape)
    if found is None:
        return None
    rests = date_patterns(found["rest"])
    return tuple(f"{rest}{found['gap']}%Z" for rest in rests if "%H" in rest or "%I" in rest)


def _day_patterns(found: re.Match[str]) -> tuple[str, ...]:
    parts = found.groupdict()
    if "compact" in parts:
        return _COMPACT
    return _numeric_patterns(parts["numeric"], parts["s"]) if "numeric" in parts else _worded_patterns(found)


def _numeric_patterns(date: str, s: str) -> tuple[str, ...]:
    first, _, last = date.split(s)
    if len(first) == 4:
        return (f"%Y{s}%m{s}%d",) if len(last) < 3 else ()
    if len(last) == 4:
        return f"%d{s}%m{s}%Y", f"%m{s}%d{s}%Y"
    if len(last) == 1:
        return (f"%y{s}%m{s}%d",) if len(first) == 2 else ()
    orders = (f"%d{s}%m{s}%y", f"%m{s}%d{s}%y")
    return (*orders, f"%y{s}%m{s}%d") if len(first) == 2 else orders


def _worded_patterns(found: re.Match[str]) -> tuple[str, ...]:
    day = "%d" if not found["nth"] else "%O" if found["nth"].isupper() else "%o"
    parts = {"day": day, "word": "%b" + found["dot"]}
    if "year" not in found.groupdict():
        first, second = sorted(parts, key=found.start)
        return (f"{parts[first]}{found['s']}{parts[second]}",)
    parts["year"] = "%Y" if len(found["year"]) == 4 else "%y"
    order = sorted(parts, key=found.start)
    return (f"{parts[order[0]]}{found['s']}{parts[order[1]]}{found['s2']}{parts[order[2]]}",)


def _time_pattern(found: re.Match[str]) -> str | None:
    """The pattern of the clock in a shape, with the gap before it; None for what is no clock."""
    s, meridiem = found["s1"], found["meridiem"]
    if meridiem and "." in meridiem:
        return None
    hour = "%I" if meridiem else "%H"
    second = f"{s}%S" if found["second"] else ""
    fraction = found["fraction"] if found["second"] else ""
    if found["fraction"] and not found["second"]:
        return None
    digits = f"{fraction[0]}%{len(fraction) - 1}f" if fraction else ""
    half = ("%p" if meridiem.isupper() else "%P") if meridiem else ""
    offset = "%z" if found["offset"] else ""
    word = found["oclock"] or ""
    return f"{found['gap']}{hour}{s}%M{second}{digits}{word}{found['b1']}{half}{found['b2']}{offset}"
