"""Countries and languages that a column's values indicate: telephone numbers, IBANs, postcodes, names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from pipeline.datasets.country_names import find_region
from pipeline.datasets.parsing import sample_distinct
from pipeline.datasets.person_names import read_names

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber


class Country(NamedTuple):
    """A country: names in capitals, Faker's locale, the form of its postcodes."""

    code: str
    names: tuple[str, ...]
    locale: str
    postcode: str


_COUNTRIES = (
    Country(
        "US", ("USA", "UNITED STATES", "UNITED STATES OF AMERICA", "U.S."), "en_US", r"\d{5}(-\d{4})?"
    ),
    Country(
        "GB", ("GBR", "UNITED KINGDOM", "GREAT BRITAIN", "UK"), "en_GB", r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
    ),
    Country("DE", ("DEU", "GERMANY", "DEUTSCHLAND"), "de_DE", r"\d{5}"),
    Country("FR", ("FRA", "FRANCE", "FRANKREICH"), "fr_FR", r"\d{5}"),
    Country("IN", ("IND", "INDIA", "BHARAT"), "en_IN", r"[1-9]\d{2} ?\d{3}"),
    Country("AT", ("AUT", "AUSTRIA", "ÖSTERREICH"), "de_AT", r"[1-9]\d{3}"),
    Country("AU", ("AUS", "AUSTRALIA"), "en_AU", r"\d{4}"),
    Country("BE", ("BEL", "BELGIUM", "BELGIQUE", "BELGIË"), "nl_BE", r"[1-9]\d{3}"),
    Country("BR", ("BRA", "BRAZIL", "BRASIL"), "pt_BR", r"\d{5}-\d{3}"),
    Country("CA", ("CAN", "CANADA"), "en_CA", r"[A-Z]\d[A-Z] ?\d[A-Z]\d"),
    Country("CH", ("CHE", "SWITZERLAND", "SCHWEIZ", "SUISSE", "SVIZZERA"), "de_CH", r"[1-9]\d{3}"),
    Country("CZ", ("CZE", "CZECHIA", "CZECH REPUBLIC", "ČESKO"), "cs_CZ", r"\d{3} ?\d{2}"),
    Country("DK", ("DNK", "DENMARK", "DANMARK"), "da_DK", r"\d{4}"),
    Country("ES", ("ESP", "SPAIN", "ESPAÑA"), "es_ES", r"\d{5}"),
    Country("FI", ("FIN", "FINLAND", "SUOMI"), "fi_FI", r"\d{5}"),
    Country("IE", ("IRL", "IRELAND", "ÉIRE"), "en_IE", r"[A-Z]\d[\dW] ?[A-Z\d]{4}"),
    Country("IT", ("ITA", "ITALY", "ITALIA"), "it_IT", r"\d{5}"),
    Country("LU", ("LUX", "LUXEMBOURG", "LUXEMBURG"), "fr_FR", r"\d{4}"),
    Country("NL", ("NLD", "NETHERLANDS", "THE NETHERLANDS", "NEDERLAND"), "nl_NL", r"[1-9]\d{3} ?[A-Z]{2}"),
    Country("NO", ("NOR", "NORWAY", "NORGE"), "no_NO", r"\d{4}"),
    Country("PL", ("POL", "POLAND", "POLSKA"), "pl_PL", r"\d{2}-\d{3}"),
    Country("PT", ("PRT", "PORTUGAL"), "pt_PT", r"\d{4}-\d{3}"),
    Country("SE", ("SWE", "SWEDEN", "SVERIGE"), "sv_SE", r"\d{3} ?\d{2}"),
    Country("TR", ("TUR", "TURKEY", "TÜRKIYE", "TURKIYE"), "tr_TR", r"\d{5}"),
)  # fmt: skip

COUNTRIES: Mapping[str, Country] = MappingProxyType({country.code: country for country in _COUNTRIES})
"""The countries whose names and postcodes are known, by ISO 3166 code."""

_SAMPLE = 300
_SHARE = 0.9
_PHONE_SHARE = 0.8
_KNOWN_NAMES = 0.4  # of the distinct names are in the lists of the locale of a column
_NEARLY = 0.75
_NAME_LISTS = (
    "first_names", "first_names_male", "first_names_female", "last_names", "male_last_names",
    "unisex_last_names",
)  # fmt: skip
"""Faker's lists of first and last names; the last two are the Polish ones."""


def read_country(text: object) -> str | None:
    """The ISO 3166 code of a country written as a code or a name; it need not be among `COUNTRIES`."""
    plain = str(text).strip().upper()
    return _spellings().get(plain) or find_region(plain)


def is_of_country(text: str, kind: str, country: str) -> bool:
    """Whether a text of kind "iban", "phone_number" (with its code) or "postcode" may be of a country.

    Postcodes are those of `COUNTRIES`.
    """
    plain = text.strip()
    if kind == "postcode":
        return re.fullmatch(COUNTRIES[country].postcode, plain.upper()) is not None
    if kind == "iban":
        return _iban_country(plain) == country
    from phonenumbers import country_code_for_region

    number = _read_number(plain)
    return number is not None and number.country_code == country_code_for_region(country)


def country_shares(texts: Sequence[str] | pd.Series, kind: str, likely: str = "") -> dict[str, float]:
    """Shares (0–1) of the countries of a column of kind "iban", "phone_number", "postcode" or "country".

    Empty where values are ambiguous. Countries below one in a hundred are left out. Telephone numbers without
    a country code are of the country `likely`, which other columns indicate, where they are valid there.
    """
    distinct = sample_distinct(texts, _SAMPLE)
    if not distinct:
        return {}
    if kind == "postcode":
        possible = postcode_countries(distinct)
        return {possible[0]: 1.0} if len(possible) == 1 else {}
    found = _count_shares(distinct, _READERS[kind])
    if not found and kind == "phone_number":
        from pipeline.datasets.phone_forms import find_domestic_country

        domestic = find_domestic_country(distinct, likely)
        return {domestic: 1.0} if domestic else {}
    return found


def called_countries(texts: Sequence[str] | pd.Series) -> dict[str, float]:
    """Shares (0–1) of the countries of telephone numbers by their country codes; empty where few have one."""
    return _count_shares(sample_distinct(texts, _SAMPLE), _phone_country)


def _count_shares(distinct: Sequence[str], read: Callable[[str], str | None]) -> dict[str, float]:
    found = Counter(filter(None, map(read, distinct)))
    if not found or sum(found.values()) < _PHONE_SHARE * len(distinct):
        return {}
    kept = {code: count for code, count in found.most_common() if count >= 0.01 * len(distinct)}
    return {code: round(count / sum(kept.values()), 4) for code, count in kept.items()}


def postcode_countries(texts: Iterable[str]) -> tuple[str, ...]:
    """The countries whose postcodes look like these; five digits fit several."""
    plain = [str(text).strip().upper() for text in texts]
    return tuple(
        code
        for code, country in COUNTRIES.items()
        if sum(re.fullmatch(country.postcode, text) is not None for text in plain) >= _SHARE * len(plain) > 0
    )


def detect_locale(names: Sequence[str] | pd.Series) -> str | None:
    """Faker's locale whose lists of first and last names hold most of these words; None where few are known.

    Names of one person may be in one text. Where locales have nearly as many, the first of `COUNTRIES` is
    taken: German before Austrian.
    """
    texts = sample_distinct(names, _SAMPLE)
    words = {word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text.casefold())}
    if not words:
        return None
    known = {locale: len(words & _names(locale)) for locale in _name_locales()}
    most = max(known.values())
    best = next(locale for locale in known if known[locale] >= _NEARLY * most)
    return best if most >= _KNOWN_NAMES * len(words) else None


def _phone_country(text: str) -> str | None:
    """By the country code alone: invented numbers of test tables need not be valid."""
    from phonenumbers import region_code_for_country_code as main_region
    from phonenumbers import region_code_for_number

    number = _read_number(text)
    if number is None:
        return None
    return region_code_for_number(number) or main_region(number.country_code or 0)


def _read_number(text: str) -> PhoneNumber | None:
    """The telephone number that a text with a country code is."""
    from phonenumbers import NumberParseException, parse

    plain = re.sub(r"^00", "+", text)
    if not plain.startswith("+"):
        return None
    try:
        return parse(plain)
    except NumberParseException:
        return None


def _iban_country(text: str) -> str | None:
    plain = re.sub(r"[\s-]", "", text).upper()
    return plain[:2] if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain) else None


_READERS: Mapping[str, Callable[[str], str | None]] = MappingProxyType(
    {"iban": _iban_country, "phone_number": _phone_country, "country": read_country}
)


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    return {name: country.code for country in _COUNTRIES for name in (country.code, *country.names)}


@lru_cache(maxsize=1)
def _name_locales() -> tuple[str, ...]:
    locales = dict.fromkeys(country.locale for country in _COUNTRIES)
    return tuple(locale for locale in locales if _names(locale))


@lru_cache(maxsize=32)
def _names(locale: str) -> frozenset[str]:
    """Words of first and last names of a locale in small letters, from Faker's lists."""
    names = read_names(locale, *_NAME_LISTS)
    return frozenset(word for name in names for word in re.findall(r"[^\W\d_]{2,}", name.casefold()))
