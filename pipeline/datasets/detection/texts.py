"""Whether a column of text may be passed on as categories, or shows names and notes of single people.

A generated row repeats categories as they stand in the real table. So a text is a category only where
enough rows share it, and never where the column reads like people's names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module

import numpy as np
import pandas as pd

FEWEST_SHARING = 5
"""A category is carried by as many rows, fewer in tables below fifty rows."""

RARE = 3
"""A value in fewer rows than these is rare: it points at somebody."""

_THIN_SHARE = 0.2  # of the rows may hold categories that too few rows share
_SHAPED_SHARE = 0.6  # of the distinct values have the form that a column is taken to have
_KNOWN_SHARE = 0.5  # of the distinct values begin with a first name
_SINGLE_KNOWN_SHARE = 0.8  # are first names and nothing else, since towns are called Madison too
_FEWEST_NAMES = 3
_MOST_SENTENCES = 20
_SENTENCE_WORDS = 4
_SAMPLE = 2_000

_TITLE = r"((Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Dipl)\.? ?(-?Ing\.? )?)*"
_PARTICLE = r"(?:(?:von|van|de|der|den|zu|zur|vom|del|di|da|dos|la|le|bin|al|el) |[dDO]['’])*"
_NAME = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*\.?"
_FULL_NAME = re.compile(rf"{_TITLE}{_NAME}(?:,? {_PARTICLE}{_NAME}){{1,3}}")
_FIRST_NAME_LOCALES = (
    "de_AT", "de_CH", "de_DE", "en_GB", "en_IN", "en_US", "es_ES",
    "fr_FR", "it_IT", "nl_NL", "pl_PL", "pt_PT", "sv_SE", "tr_TR",
)  # fmt: skip

# Lists that are public: a value of theirs points at nobody, however few rows hold it.
_PUBLIC_LISTS = frozenset(
    {"state", "country", "nation", "nationality", "citizenship", "currency", "language", "province", "county"}
)
_PUBLIC_VALUE = re.compile(r"[^\W\d_][^\d_]{0,40}")


def find_names(values: pd.Series) -> str | None:
    """The identity kind person_name or first_name, where most distinct values are people's names."""
    distinct = [str(text).strip() for text in values.dropna().unique()[:_SAMPLE]]
    if len(distinct) < _FEWEST_NAMES:
        return None
    full = [text for text in distinct if _FULL_NAME.fullmatch(text)]
    if len(full) >= _SHAPED_SHARE * len(distinct) and _share_of_first_names(full) >= _KNOWN_SHARE:
        return "person_name"
    single = [text for text in distinct if " " not in text]
    if len(single) == len(distinct) > _FEWEST_NAMES and _share_of_first_names(single) >= _SINGLE_KNOWN_SHARE:
        return "first_name"
    return None


def is_free_text(values: pd.Series, words: Sequence[str] = ()) -> bool:
    """Whether a column of text says too much about single rows to be passed on as categories.

    It does when no value comes twice, when many values fill much of the rows, or when a fifth of the
    rows hold values that too few rows share: fewer than `FEWEST_SHARING`, and four times as many
    where the values have several words, as names and notes do. `words` are those of the column's name;
    one that names a public list, such as countries, vouches for short values.
    """
    counts = values.value_counts()
    rows, distinct = int(counts.sum()), len(counts)
    share = distinct / max(1, rows)
    if share == 1.0 or (distinct > 20 and share > 0.5) or (distinct > 100 and share > 0.2):
        return True
    texts = [str(text).strip() for text in counts.index[:_SAMPLE]]
    if _PUBLIC_LISTS & set(words) and all(_PUBLIC_VALUE.fullmatch(text) for text in texts):
        return False
    if distinct > _MOST_SENTENCES and _share(texts, _is_sentence) >= _SHAPED_SHARE:
        return True
    has_several_words = _share(texts, lambda text: " " in text) >= _SHAPED_SHARE
    return _thin_share(counts.to_numpy(), has_several_words) > _THIN_SHARE


def count_rare(values: pd.Series) -> int:
    """How many distinct values stand in fewer than `RARE` rows."""
    return int((values.value_counts() < RARE).sum())


def _thin_share(counts: np.ndarray, has_several_words: bool) -> float:
    """The share of rows whose value too few rows share; small tables ask for less."""
    rows = int(counts.sum())
    fewest = max(
        2, min(4 * FEWEST_SHARING, rows // 20) if has_several_words else min(FEWEST_SHARING, rows // 10)
    )
    return float(counts[counts < fewest].sum()) / max(1, rows)


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= _SENTENCE_WORDS


def _share(texts: Sequence[str], accepts: Callable[[str], bool]) -> float:
    return sum(accepts(text) for text in texts) / max(1, len(texts))


def _share_of_first_names(texts: Sequence[str]) -> float:
    """Of texts like "Anna Berg" and "Berg, Anna", the share with a first name in its place."""
    known = _first_names()
    return _share(texts, lambda text: _first_name_of(text) in known)


def _first_name_of(text: str) -> str:
    last, comma, first = re.sub(rf"^{_TITLE}", "", text).casefold().partition(", ")
    return re.split(r"[ -]", first if comma else last)[0]


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    """First names of many languages, in lower case, from Faker's lists."""
    lists = ("first_names", "first_names_male", "first_names_female")
    names: set[str] = set()
    for locale in _FIRST_NAME_LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        names.update(name.casefold() for part in lists for name in getattr(provider, part, ()))
    return frozenset(names)
