"""Published facts that the validity rules look things up in.

ZIP ranges, card networks and tax number groups are the tables of `identity`: what is done with them
here is written anew, so that a slip in the code shows, but one in the tables would not. Licence
formats are a table of their own, every format that the National Traffic Safety Institute lists for a
state; `identity` draws from one of them, which says nothing about how common it is. That a number has
such a format does not mean that a state has issued it, or ever would.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

_HERE = Path(__file__).resolve().parent
_OWN_TABLES = _HERE / "tables"
_SHARED_TABLES = _HERE.parent.parent / "identity" / "tables"
_ZIP_CODES = 100_000


class Network(NamedTuple):
    """Numbers that start with `first` to `last` (equally long prefixes) have `length` digits."""

    first: str
    last: str
    length: int
    cvv_length: int


@lru_cache(maxsize=1)
def license_formats() -> Mapping[str, str]:
    """State → regular expression of its driver licence numbers."""
    return MappingProxyType({row["state"]: row["pattern"] for row in _read(_OWN_TABLES, "license_formats")})


@lru_cache(maxsize=1)
def state_codes() -> np.ndarray:
    """The two-letter codes of the 50 states and DC, sorted."""
    return np.array(sorted({row["state"] for row in _read(_SHARED_TABLES, "zip_ranges")}))


@lru_cache(maxsize=1)
def zip_membership() -> np.ndarray:
    """Booleans of shape (states, 100,000): whether a ZIP code lies in the ranges of a state."""
    member = np.zeros((len(state_codes()), _ZIP_CODES), dtype=bool)
    for row in _read(_SHARED_TABLES, "zip_ranges"):
        state = int(np.searchsorted(state_codes(), row["state"]))
        member[state, int(row["first"]) : int(row["last"]) + 1] = True
    return member


@lru_cache(maxsize=1)
def card_networks() -> Mapping[str, tuple[Network, ...]]:
    """Network name → its number ranges (ISO/IEC 7812)."""
    networks: dict[str, tuple[Network, ...]] = {}
    for row in _read(_SHARED_TABLES, "card_networks"):
        found = Network(row["iin_first"], row["iin_last"], int(row["length"]), int(row["cvv_length"]))
        networks[row["network"]] = (*networks.get(row["network"], ()), found)
    return MappingProxyType(networks)


@lru_cache(maxsize=1)
def tax_number_groups() -> frozenset[str]:
    """Two-digit groups that tax offices issue behind the areas 900–999."""
    return frozenset(
        f"{group:02d}"
        for row in _read(_SHARED_TABLES, "tax_number_groups")
        for group in range(int(row["group_first"]), int(row["group_last"]) + 1)
    )


def _read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
