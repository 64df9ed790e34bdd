"""Few codes with many rows each are categories, such as the securities that a fund holds or its banks.

Names of columns that refer to persons, accounts or documents are not passed over: of those, one is enough.
"""

from __future__ import annotations

import re

from stdnum import isin

from pipeline.datasets.detection.names import NameHints
from pipeline.datasets.detection.profile import Profile

_FEWEST_ENTITIES = 5  # fewer codes are no list of entities, whatever they look like
_FEWEST_SECURITIES = 10  # the same for codes that every bank publishes
_ROWS_OF_CATEGORY = 50
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def are_public_codes(profile: Profile, hints: NameHints) -> bool:
    """Whether few codes are in many rows each, and neither name nor values refer to persons."""
    if profile.rows_each < _ROWS_OF_CATEGORY or (hints.is_entity and not hints.is_security):
        return False
    distinct = len(profile.distinct)
    return distinct < _FEWEST_ENTITIES or (distinct < _FEWEST_SECURITIES and _are_securities(profile))


def _are_securities(profile: Profile) -> bool:
    return all(isin.is_valid(text) or _BIC.fullmatch(text) for text in profile.texts)
