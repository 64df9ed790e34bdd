"""Words that are the sign of an amount: credit and debit, Haben and Soll."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pipeline.datasets.forms.number_sightings import Sighting, total_of

SIGN_WORDS = {"CR": "DR", "Cr": "Dr", "cr": "dr", "Cr.": "Dr.", "C": "D", "H": "S", "Haben": "Soll"}
"""The word of positive amounts and that of negative ones."""

_MOST = 0.5


def negative_word(positive_unit: str, negative_unit: str) -> str:
    """The word of negative amounts where the units of a form's templates are signs, "" otherwise."""
    return negative_unit if SIGN_WORDS.get(positive_unit) == negative_unit else ""


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
