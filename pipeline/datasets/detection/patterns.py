"""The identity kind whose form a column's values have, by the patterns of `pipeline.datasets.kinds`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from pipeline.datasets.check_digits import luhn
from pipeline.datasets.detection.names import NameHints
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.kinds import KINDS, ColumnKind, Pattern
from pipeline.datasets.phone_forms import is_called

_NAMED_SHARE = 0.6  # of the values must fit where the column's name already says what it is
_UNNAMED_SHARE = 0.95  # must fit where the name confirms nothing
_FIRST_LOOK = 50
_FEWEST_TELLING = 3
_MANY_POSTCODES = 50  # fewer are places that many people share


def find_pattern(hints: NameHints, profile: Profile) -> ColumnKind | None:
    """The kind whose form the values have, and most of them need a name that says so."""
    for kind in KINDS.values():
        if any(_fits(pattern, hints, profile.texts) for pattern in kind.patterns):
            if kind.name == "faker:postcode" and len(profile.distinct) <= _MANY_POSTCODES:
                continue
            return kind
    called = _share(is_called, profile.texts, _UNNAMED_SHARE)
    if called >= _UNNAMED_SHARE and len(profile.texts) >= _FEWEST_TELLING:
        return KINDS["phone_number"]
    cards = _share(passes_luhn, profile.texts, _UNNAMED_SHARE)
    return KINDS["card_number"] if cards >= _UNNAMED_SHARE and len(profile.texts) >= _FEWEST_TELLING else None


def _fits(pattern: Pattern, hints: NameHints, texts: Sequence[str]) -> bool:
    if pattern.value and re.fullmatch(rf"(.*_)?({pattern.name})", hints.joined):
        named = re.compile(pattern.value)
        if _share(lambda text: named.fullmatch(text) is not None, texts, _NAMED_SHARE) >= _NAMED_SHARE:
            return True
    if not pattern.telling or len(texts) < _FEWEST_TELLING:
        return False
    telling = re.compile(pattern.telling)
    return _share(lambda text: telling.fullmatch(text) is not None, texts, _UNNAMED_SHARE) >= _UNNAMED_SHARE


def _share(accepts: Callable[[str], bool], texts: Sequence[str], wanted: float) -> float:
    """The share of texts that are accepted, 0 where a first look shows that it is far below `wanted`."""
    first = sum(map(accepts, texts[:_FIRST_LOOK])) / len(texts[:_FIRST_LOOK])
    return sum(map(accepts, texts)) / len(texts) if first >= wanted / 2 else 0.0


def passes_luhn(text: str) -> bool:
    """Whether a text is a card number: 13-19 digits, blanks and hyphens aside, with a valid check digit."""
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"\d{13,19}", digits):
        return False
    values = np.array([[int(digit) for digit in digits]])
    return bool(luhn(values[:, :-1])[0] == values[0, -1])
