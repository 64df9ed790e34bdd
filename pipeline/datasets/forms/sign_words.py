"""Words that are the sign of an amount: credit and debit, Haben and Soll."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pipeline.datasets.forms.number_sightings import Sighting, total_of
from pipeline.datasets.forms.units import SIGN_WORDS

_MOST = 0.5


def with_sign_words(seen: list[Sighting]) -> list[Sighting]:
    """The shapes with a debit word as negative ones of the credit word, where most cells have one of both."""
    units = Counter[str]()
    for sighting in seen:
        units[sighting.number.unit] += sighting.count
    for positive, negative in SIGN_WORDS.items():
        if units[positive] and units[negative] and units[positive] + units[negative] > _MOST * total_of(seen):
            return [_turned(sighting, positive, negative) for sighting in seen]
    return seen


def _turned(sighting: Sighting, positive: str, negative: str) -> Sighting:
    if sighting.number.unit != negative:
        return sighting
    return replace(sighting, number=replace(sighting.number, unit=positive, is_negative=True))
