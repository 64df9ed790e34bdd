"""How people's names are written in a column: the order of first and last name, and the case of letters."""

from __future__ import annotations

from importlib import import_module

import pandas as pd

_SHARE = 0.9  # of the distinct names are written alike


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
    try:
        provider = import_module(f"faker.providers.person.{locale}").Provider
    except ModuleNotFoundError:
        return frozenset()
    return frozenset(name for part in lists for name in getattr(provider, part, ()))
