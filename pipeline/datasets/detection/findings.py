"""What one column was taken for, why, and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.detection.ranges import find_plausible_range
from pipeline.datasets.detection.texts import count_rare
from pipeline.datasets.kinds import find_kind
from pipeline.datasets.parsing import ISO_DATE, ISO_SECOND
from pipeline.datasets.spec import ModelledType, Role

_SIGNIFICANT_DIGITS = 14
_ULPS = 64  # of the largest number: what sums of decimals are off by
_FINE_DECIMALS = 4  # beyond these, 0 is a number of another kind than a very small one
_MOST_DECIMALS = 30


@dataclass(frozen=True)
class Finding:
    """The role and kind of one column, as ColumnSpec holds them.

    `why` is a sentence for readers, `alternatives` names the kinds that come next; neither holds a value.
    """

    role: Role
    kind: str
    is_unique: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    alternatives: tuple[str, ...] = ()


def modelled(
    profile: Profile,
    kind: ModelledType,
    why: str,
    alternatives: tuple[str, ...] = (),
    date_format: str | None = None,
) -> Finding:
    """A column that synthesizers learn, with what rendering needs: decimals and range, or date format."""
    options: dict[str, Any] = {}
    if kind is ModelledType.NUMERICAL:
        options = _number_options(profile)
    elif kind is ModelledType.DATETIME:
        options = {"format": date_format or find_iso_format(profile.values)}
    elif profile.is_number:
        options = {"stored_as": "number"}
    if kind is ModelledType.CATEGORICAL and (rare := count_rare(profile.counts)):
        options["rare_values"] = rare
    return Finding(Role.MODELLED, kind, options=options, why=why, alternatives=alternatives)


def identity(
    profile: Profile,
    name: str,
    why: str,
    alternatives: tuple[str, ...] = (),
    options: Mapping[str, Any] | None = None,
) -> Finding:
    """A column that is derived anew; unique where the real one is and its kind has room for that."""
    kind = find_kind(name)
    is_unique = profile.is_unique and (kind is None or kind.can_be_unique)
    return Finding(
        Role.IDENTITY, name, is_unique, dict(options or {}) | missing_option(profile), why, alternatives
    )


def missing_option(profile: Profile) -> dict[str, float]:
    """The option `missing_share`: which share of the column is empty, nothing where none is."""
    share = round(profile.missing_share, 6)
    return {"missing_share": share} if share else {}


def find_iso_format(values: pd.Series) -> str:
    """ISO date or ISO date and time, whichever the dates need."""
    present = values.dropna()
    return ISO_DATE if (present == present.dt.normalize()).all() else ISO_SECOND


def _number_options(profile: Profile) -> dict[str, Any]:
    decimals = count_decimals(profile.distinct)
    numbers = profile.numbers.round(decimals)
    low, high = find_plausible_range(numbers)
    if low == 0 < numbers.min() and decimals > _FINE_DECIMALS:
        low = float(f"1e-{decimals}")
    return {
        "decimals": decimals,
        "minimum": float(low) if decimals else int(low),
        "maximum": float(high) if decimals else int(high),
    }


def count_decimals(numbers: np.ndarray) -> int:
    """The decimals that finite numbers need, at most those of 14 significant digits of the largest."""
    present = numbers[np.isfinite(numbers)].astype(float)
    largest = float(np.abs(present).max(initial=0.0))
    if not largest:
        return 0
    most = min(max(0, _SIGNIFICANT_DIGITS - int(np.floor(np.log10(largest)))), _MOST_DECIMALS)
    within = _ULPS * np.spacing(largest)
    return next(
        (places for places in range(most) if np.abs(present - present.round(places)).max() <= within), most
    )


def count_words(profile: Profile) -> int:
    """The usual number of words of a text."""
    return max(1, round(float(np.mean([len(text.split()) for text in profile.texts]))))
