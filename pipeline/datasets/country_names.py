"""Names and codes of all countries that have telephone numbers, in the languages of libphonenumber."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_FEWEST_LETTERS = 2


@lru_cache(maxsize=4_096)
def find_region(text: str) -> str | None:
    """The ISO 3166 code of a country given as a code of two or three letters or by name, in capitals."""
    if sum(map(str.isalpha, text)) < _FEWEST_LETTERS:
        return None
    if len(text) <= _FEWEST_LETTERS and text.isascii():
        return text if text in read_regions() else None
    return _three_letters().get(text) or _names().get(text.replace("\u2019", "'"))


@lru_cache(maxsize=1)
def read_regions() -> frozenset[str]:
    """The ISO 3166 codes of two letters of all countries that have telephone numbers."""
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)


@lru_cache(maxsize=1)
def _three_letters() -> Mapping[str, str]:
    # libphonenumber knows the codes of two letters alone.
    from faker.providers.date_time import Provider

    codes = {one.alpha_3_code: one.alpha_2_code for one in Provider.countries}
    return MappingProxyType({three: two for three, two in codes.items() if two in read_regions()})


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Names in capitals; a name that means several countries is none."""
    from phonenumbers.geodata.locale import LOCALE_DATA

    found: dict[str, str] = {}
    shared = set()
    for region in sorted(read_regions() & set(LOCALE_DATA)):
        # "*en" stands for the same name as in English.
        for name in {one.upper() for one in LOCALE_DATA[region].values() if not one.startswith("*")}:
            if found.setdefault(name, region) != region:
                shared.add(name)
    return MappingProxyType({name: region for name, region in found.items() if name not in shared})
