"""Names of people: how a column writes them, and Faker's names of a locale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import pandas as pd

_SHARE = 0.9  # of the distinct names are written alike
_NEIGHBOURS: Mapping[str, str] = MappingProxyType({"en_AU": "en_GB", "en_CA": "en_US"})
"""Locales of which Faker has no names, and that whose names come nearest."""

_DRAWS = 5_000


def learn_name_form(texts: pd.Series) -> dict[str, str]:
    """Options of a column of names: `order` last_first for "Berg, Anna", `case` upper or lower."""
    distinct = pd.Series(texts.dropna().unique(), dtype="string").str.strip()
    if distinct.empty:
        return {}
    forms = {"order": {"last_first": distinct.str.fullmatch(r"[^,]+, ?[^,]+")}}
    forms["case"] = {"upper": distinct == distinct.str.upper(), "lower": distinct == distinct.str.lower()}
    return {
        option: name
        for option, found in forms.items()
        for name, holds in found.items()
        if holds.mean() >= _SHARE
    }


def are_parts(full: pd.Series, first: pd.Series, last: pd.Series) -> bool:
    """Whether nearly every full name holds the first and the last name of its row."""
    rows = pd.DataFrame({"full": full, "first": first, "last": last}).dropna()
    columns = [[str(text).strip().casefold() for text in rows[name]] for name in rows]
    held = [one in whole and other in whole for whole, one, other in zip(*columns, strict=True)]
    return bool(held) and sum(held) >= _SHARE * len(held)


def read_names(locale: str, *lists: str) -> frozenset[str]:
    """The names in Faker's lists of a locale, such as "last_names"; none where it has no such locale."""
    provider = _find_provider(locale)
    return frozenset(name for part in lists for name in getattr(provider, part, ()))


@lru_cache(maxsize=64)
def weigh_names(locale: str, part: str) -> Mapping[str, float]:
    """Names with their weights: `part` is first_name_female, first_name_male or last_name.

    They are Faker's list, or what its generator draws where a locale has no such list (as of Polish last
    names); where Faker has no names of a locale, those of its neighbour. Empty where there are none.
    """
    locale = _NEIGHBOURS.get(locale, locale)
    provider = _find_provider(locale)
    if provider is None:
        return MappingProxyType({})
    first, _, gender = part.partition("_name")
    names = getattr(provider, f"{first}_names{gender}", ())
    if len(names) < 2:  # Faker's base class has one name
        names = _draw_names(locale, part)
    weights = names if isinstance(names, Mapping) else Counter(names)
    return MappingProxyType(dict(weights))


def _draw_names(locale: str, part: str) -> Counter[str]:
    from faker import Faker

    fake = Faker(locale)
    fake.seed_instance(0)
    return Counter(getattr(fake, part)() for _ in range(_DRAWS))


def _find_provider(locale: str) -> Any:
    """Faker's names of a locale, None where it has none."""
    try:
        return import_module(f"faker.providers.person.{locale}").Provider
    except ModuleNotFoundError:
        return None
