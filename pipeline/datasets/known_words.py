"""Whether a word is known: a place, a word of a language, a job, a company, a currency or a person's name.

Invented words and codes of letters look like categories; what tells them apart is that nobody knows them.
Places are those of telephone areas and of Faker's lists, words and names those of Faker's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from pipeline.datasets.country_names import read_regions
from pipeline.datasets.person_names import read_names

_PLACES = (
    "cities", "city_names", "communes", "concelhos", "countries", "freguesias", "localities",
    "municipalities", "places", "provinces", "states",
)  # fmt: skip
_WORDS = (
    ("job", ("jobs", "jobs_female", "jobs_male")),
    ("lorem", ("english_word_list", "word_list")),
    ("company", ("company_names", "large_companies")),
    ("currency", ("currencies",)),
)
_LOCALES = (
    "de_AT", "de_CH", "de_DE", "en_GB", "en_IN", "en_US", "es_ES",
    "fr_FR", "it_IT", "nl_NL", "pl_PL", "pt_PT", "sv_SE", "tr_TR",
)  # fmt: skip
_PORT, _PAIR, _BANK, _BRANCH = 5, 6, 8, 11  # letters of codes
_SHORTEST = 3  # of a word within a longer name
_ENDINGS = ("s", "es", "ed", "ing", "er", "ment")
_REGION_BEHIND = re.compile(r"\s*(?:[,/(]| - ).*")


def count_known(texts: Sequence[str]) -> float:
    """The share (0-1) of distinct texts that are a known place, word, company or last name in any case."""
    return _share(texts, read_places() | read_words() | read_surnames())


def count_surnames(texts: Sequence[str]) -> float:
    """The share (0-1) of distinct texts that are a known last name; of towns, about one in ten is."""
    return _share(texts, read_surnames())


def are_published_codes(texts: Sequence[str]) -> bool:
    """Whether texts of one length are codes of lists that anybody may read: currency pairs, ports, banks.

    A port has its country in front (UN/LOCODE), a bank behind its first four letters (ISO 9362).
    """
    width, known = len(texts[0]), read_regions()
    if width == _PAIR:
        half, known = _PAIR // 2, _read_currencies()
        return all(text[:half] in known and text[half:] in known for text in texts)
    at = {_PORT: 0, _BANK: 4, _BRANCH: 4}.get(width)
    return at is not None and all(text[at : at + 2] in known for text in texts)


def _share(texts: Sequence[str], known: frozenset[str]) -> float:
    return sum(any(form in known for form in _list_forms(text)) for text in texts) / max(1, len(texts))


def _list_forms(text: str) -> Iterator[str]:
    """A word in lower case, and what it may come from: closed from close, pending from pend."""
    word = fold(text)
    yield word
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST:
            yield from (stem, f"{stem}e")


def fold(text: str) -> str:
    """Lower case without accents, so that Munchen is München."""
    return unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode().strip()


@lru_cache(maxsize=1)
def read_places() -> frozenset[str]:
    """Towns, regions and countries in lower case without accents, each as a whole and by its words."""
    from phonenumbers.geodata import GEOCODE_DATA

    areas = (_REGION_BEHIND.sub("", name) for one in GEOCODE_DATA.values() for name in one.values())
    return _fold_all((*areas, *_read_lists("address", _PLACES)))


@lru_cache(maxsize=1)
def read_words() -> frozenset[str]:
    """Words of many languages, jobs, companies and currencies, in the same form."""
    return _fold_all(word for provider, names in _WORDS for word in _read_lists(provider, names))


@lru_cache(maxsize=1)
def read_surnames() -> frozenset[str]:
    """Last names of many languages, in the same form."""
    lists = ("last_names", "last_names_male", "last_names_female")
    return frozenset(fold(name) for locale in _LOCALES for name in read_names(locale, *lists))


@lru_cache(maxsize=1)
def _read_currencies() -> frozenset[str]:
    names = _read_lists("currency", ("currencies",))
    return frozenset(name for name in names if re.fullmatch("[A-Z]{3}", name))


def _fold_all(names: Iterable[str]) -> frozenset[str]:
    whole = {fold(name) for name in dict.fromkeys(names)}
    parts = (part for name in whole for part in re.split(r"[^a-z]+", name) if len(part) >= _SHORTEST)
    return frozenset(whole.union(parts) - {""})


def _read_lists(provider: str, names: Sequence[str]) -> Iterator[str]:
    """The texts of Faker's lists of these names, of all locales; pairs of a code and a name give both."""
    package = import_module(f"faker.providers.{provider}")
    modules = (import_module(f"{package.__name__}.{one.name}") for one in iter_modules(package.__path__))
    for module in (package, *modules):
        for name in names:
            for entry in getattr(getattr(module, "Provider", None), name, ()):
                yield from (entry,) if isinstance(entry, str) else map(str, entry)
