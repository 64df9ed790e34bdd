"""Words that are in a column of numbers or dates where a value should be."""

from __future__ import annotations

import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_WORDS = (
    "na n/a n.a. n.a n/v n.v. k.a. nan nil null none missing unknown unbekannt inconnu inconnue "
    "desconocido undefined empty blank leer vide void tbd tba pending nat <na> <null> (null) \\n "
    "#n/a #na #nv . .. - -- --- – — ? ?? * x xx xxx unavailable entfällt offen keine kein s.d. n.d."
)
MISSING_WORDS = frozenset(_WORDS.split()) | {
    "not available",
    "not applicable",
    "keine angabe",
    "no data",
    "k. a.",
    "non disponible",
    "sin datos",
}

_ERROR = re.compile(r"#[A-Z]+(/0)?[!?]|Err:\d+", re.IGNORECASE)
_ERROR_STARTS = ("#", "err:")
_CLOCK = re.compile(r"[T ]\d{1,2}:\d\d.*")
_YEARS_OF_NO_DATE = frozenset({"0000", "0001", "9999", "9998", "2999"})


def is_missing_word(text: str, more: frozenset[str] = frozenset()) -> bool:
    """Whether a text says that there is no value ("N/A", "-", "#DIV/0!"); `more` are in lower case."""
    word = text.strip().lower()
    if word in MISSING_WORDS or word in more:
        return True
    return word.startswith(_ERROR_STARTS) and _ERROR.fullmatch(text.strip()) is not None


def find_missing_words(values: pd.Series) -> list[str]:
    """The distinct texts of a column that say that there is no value; a column with a type has none."""
    if not pd.api.types.is_object_dtype(values):
        return []
    texts = pa.array(values.unique(), type=pa.large_string(), from_pandas=True)
    words = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    may_be = pc.is_in(words, value_set=pa.array(sorted(MISSING_WORDS), type=pa.large_string()))
    for start in _ERROR_STARTS:
        may_be = pc.or_(may_be, pc.starts_with(words, start))
    return [text for text in texts.filter(may_be).to_pylist() if is_missing_word(text)]


def is_sentinel_date(text: str) -> bool:
    """Whether a text stands for "never" or "not yet" among dates: 9999-12-31, 0000-00-00, 31.12.9999."""
    day = _CLOCK.sub("", text.strip())
    digits = re.sub(r"[^\W\d_]{3,}|[-/. ]", "", day)
    if not digits.isdigit() or len(digits) < 4:
        return False
    starts_so, ends_so = digits[:4] in _YEARS_OF_NO_DATE, digits[-4:] in _YEARS_OF_NO_DATE
    is_long = len(digits) >= 12 and starts_so
    return set(digits) in ({"0"}, {"9"}) or is_long or (5 < len(digits) < 9 and (starts_so or ends_so))
