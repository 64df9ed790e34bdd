"""Validity rules for what has a country: IBANs, telephone numbers and postcodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.countries import read_country
from pipeline.errors import MetadataError
from pipeline.evaluation.text import is_among, matches
from pipeline.evaluation.validity.rule import Rule, RuleInput

_IBAN = r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}"
_IBAN_CLASSES = {"n": r"\d", "a": "[A-Z]", "c": "[A-Z0-9]"}
_PHONE = r"\+?[\d(][\d ()./-]{4,22}\d"

# Country code, and the significant numbers that are kept for fiction and tests: Ofcom, ARCEP,
# Bundesnetzagentur, ACMA, NANPA. India keeps none: area 11 has no numbers that begin with 0 or 1.
_RESERVED = {
    "US": ("1", r"[2-9]\d{2}55501\d{2}"),
    "CA": ("1", r"[2-9]\d{2}55501\d{2}"),
    "GB": ("44", r"2079460\d{3}|(?:1[1-6]1|11[348])4960\d{3}|1632960\d{3}|7700900\d{3}"),
    "FR": ("33", r"(?:19900|26191|35301|46571|53649|63998)\d{4}"),
    "DE": ("49", r"(?:3023125|6990009|4066969|2214710|8999998)\d{3}|(?:17139200|176040690)\d{2}"),
    "AU": ("61", r"[2378](?:5550|7010)\d{4}"),
    "IN": ("91", r"11[01]\d{7}"),
}
_POSTCODES = {
    "US": r"\d{5}(?:-\d{4})?",
    "GB": r"(?:[A-Z]{1,2}\d{1,2}|[A-Z]{1,2}\d[A-Z]) ?\d[ABDEFGHJLNP-UW-Z]{2}",
    "DE": r"(?:0[1-9]|[1-9]\d)\d{3}",
    "FR": r"(?:0[1-9]|[1-8]\d|9[0-8])\d{3}",
    "IN": r"[1-9]\d{2} ?\d{3}",
    "AT": r"[1-9]\d{3}",
    "BE": r"[1-9]\d{3}",
    "CH": r"[1-9]\d{3}",
    "ES": r"(?:0[1-9]|[1-4]\d|5[0-2])\d{3}",
    "IT": r"\d{5}",
    "NL": r"[1-9]\d{3} ?[A-Z]{2}",
    "PL": r"\d{2}-\d{3}",
    "AU": r"\d{4}",
    "BR": r"\d{5}-\d{3}",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "CZ": r"\d{3} ?\d{2}",
    "DK": r"\d{4}",
    "FI": r"\d{5}",
    "IE": r"[A-Z]\d[\dW] ?[A-Z\d]{4}",
    "LU": r"\d{4}",
    "NO": r"\d{4}",
    "PT": r"\d{4}-\d{3}",
    "SE": r"\d{3} ?\d{2}",
    "TR": r"\d{5}",
}


def _not_an_iban(rule: RuleInput) -> np.ndarray:
    """The option `grouped` asks for a blank after every four characters."""
    distinct = rule.text.unique()
    plain = distinct
    if rule.spec.options.get("grouped"):
        is_grouped = pa.array(matches(distinct, r"(?:[A-Z0-9]{4} )+[A-Z0-9]{1,4}"))
        plain = pc.if_else(is_grouped, pc.replace_substring(distinct, " ", ""), "")
    is_formed = matches(plain, _IBAN) & (matches(plain, _structures()) | ~matches(plain, _known_countries()))
    candidates = zip(distinct.to_pylist(), plain.to_pylist(), is_formed, strict=True)
    good = [text for text, compact, fits in candidates if fits and _iban_remainder(compact) == 1]
    return ~is_among(rule.text, pa.array(good, type=pa.string()))


def _iban_remainder(text: str) -> int:
    """ISO 13616: the country and check digits move to the end, letters count from A = 10; modulo 97."""
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97


@lru_cache(maxsize=1)
def _registry() -> dict[str, str]:
    """Country → pattern of its account numbers, from SWIFT's registry as python-stdnum ships it."""
    lines = files("stdnum").joinpath("iban.dat").read_text(encoding="utf-8").splitlines()
    found = (re.match(r'([A-Z]{2}) .*bban="([^"]*)"', line) for line in lines)
    return {match[1]: _pattern(match[2]) for match in found if match}


def _pattern(structure: str) -> str:
    parts = (part.split("!") for part in re.findall(r"\d+![nac]", structure))
    return "".join(f"{_IBAN_CLASSES[kind]}{{{count}}}" for count, kind in parts)


@lru_cache(maxsize=1)
def _structures() -> str:
    return "|".join(rf"{country}\d{{2}}{pattern}" for country, pattern in _registry().items())


@lru_cache(maxsize=1)
def _known_countries() -> str:
    return rf"(?:{'|'.join(_registry())}).*"


def _not_a_phone(rule: RuleInput) -> np.ndarray:
    return ~matches(rule.text, _PHONE)


def is_reserved_phone(rule: RuleInput, countries: Sequence[str]) -> np.ndarray:
    """Which numbers, however written, lie in ranges that these countries keep for fiction and tests.

    Of a country that keeps none, every number of the right length counts.
    """
    digits = pc.utf8_ltrim(pc.replace_substring_regex(rule.text, r"\D", ""), "0")
    known = [_RESERVED[country] for country in countries if country in _RESERVED]
    is_reserved = matches(digits, "|".join(rf"(?:{code}0?)?(?:{numbers})" for code, numbers in known) or "a")
    others = [country for country in countries if country not in _RESERVED]
    return is_reserved | _is_possible_phone(rule, others) if others else is_reserved


def _is_possible_phone(rule: RuleInput, countries: Sequence[str]) -> np.ndarray:
    """Which texts libphonenumber takes for a possible number of one of these countries."""
    unknown = [country for country in countries if not _calling_code(country)]
    if unknown:
        raise MetadataError(
            f'Rule {rule.spec.rule} of column "{rule.spec.column}" names "{unknown[0]}", which has no '
            "telephone numbers.",
            "correct the country of the column, or remove the rule.",
        )
    distinct = rule.text.unique().to_pylist()
    possible = [text for text in distinct if any(_is_number_of(text, country) for country in countries)]
    return is_among(rule.text, pa.array(possible, type=pa.string()))


def _is_number_of(text: str, country: str) -> bool:
    from phonenumbers import NumberParseException, is_possible_number, parse

    try:
        number = parse(text, country)
    except NumberParseException:
        return False
    return number.country_code == _calling_code(country) and is_possible_number(number)


def _not_a_postcode(rule: RuleInput) -> np.ndarray:
    countries = named_countries(rule) or list(_POSTCODES)
    forms = [_POSTCODES[country] for country in countries if country in _POSTCODES]
    if len(forms) < len(countries):
        raise MetadataError(
            f'Rule {rule.spec.rule} of column "{rule.spec.column}" names a country without known postcodes.',
            f"use some of {', '.join(_POSTCODES)}, or remove the rule.",
        )
    elsewhere = [one for found in (rule.spec.options.get("elsewhere") or {}).values() for one in found]
    return ~matches(rule.text, "|".join([*forms, *(f"(?:{one})" for one in elsewhere)]))


def named_countries(rule: RuleInput) -> list[str]:
    """The option `countries` (a list, or shares by code) or `country`."""
    options = rule.spec.options
    given = options.get("countries") or ([options["country"]] if options.get("country") else [])
    return [str(country).upper() for country in given]


def _other_iban_country(rule: RuleInput) -> np.ndarray:
    own = pc.utf8_slice_codeunits(rule.text, 0, 2)
    wanted = _country_of(rule.others[0])
    wanted = np.where(np.isin(wanted, list(_registry())), wanted, "")
    return (wanted != "") & (own.to_numpy(zero_copy_only=False) != wanted)


def _other_phone_country(rule: RuleInput) -> np.ndarray:
    """Numbers with a country code only; others say nothing about a country."""
    wanted = _country_of(rule.others[0])
    digits = pc.utf8_ltrim(pc.replace_substring_regex(rule.text, r"\D", ""), "0")
    failed = np.zeros(len(wanted), dtype=bool)
    is_abroad = matches(rule.text, r"(?:\+|00).*")
    for country in {*wanted} - {""}:
        failed |= (wanted == country) & is_abroad & ~matches(digits, rf"{_calling_code(country)}\d+")
    return failed


def _calling_code(country: str) -> int:
    from phonenumbers import country_code_for_region

    return int(country_code_for_region(country))


def _other_postcode_country(rule: RuleInput) -> np.ndarray:
    wanted = _country_of(rule.others[0])
    failed = np.zeros(len(wanted), dtype=bool)
    for country in {*wanted} & set(_POSTCODES):
        failed |= (wanted == country) & ~matches(rule.text, _POSTCODES[country])
    return failed


def _country_of(text: pa.Array) -> np.ndarray:
    """The code of the country that each text names, "" where it names none that is known."""
    encoded = text.dictionary_encode()
    read = np.array([read_country(value) or "" for value in encoded.dictionary.to_pylist()], dtype=object)
    return read[encoded.indices.to_numpy()] if len(read) else np.empty(0, dtype=object)


COUNTRY_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "iban_form": Rule(
            _not_an_iban, "Every value has the form and the check digits of an IBAN (ISO 13616)."
        ),
        "phone_form": Rule(_not_a_phone, "Every value has the form of a telephone number."),
        "postcode_form": Rule(_not_a_postcode, "Every value has the form of a postcode of its country."),
        "iban_in_country": Rule(_other_iban_country, "Every IBAN is of the country of its row.", others=1),
        "phone_in_country": Rule(
            _other_phone_country, "Every number has the country code of its row's country.", others=1
        ),
        "postcode_in_country": Rule(
            _other_postcode_country, "Every postcode has the form of its row's country.", others=1
        ),
    }
)
