"""Whether distinct texts are identifiers that people made up, of many lengths: user names, payment handles.

Read off the values alone. `sara81` and `tomfox7@pay` are no codes of one form; what they share is that each
is one word of letters, digits and `@._-`, and that few rows have the same one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

FEWEST_HANDLES = 20
"""So many distinct texts of this form are a list of people."""

MOST_ROWS = 50
"""A text that more rows share, on average, is a category."""

FEWEST_STEMS = 10
"""So many different words are before the digits: of models and zones, all begin alike."""

SMALLEST_SPACE, MOST_DENSE = 5e3, 0.1
"""The words with numbers of this length could be so many at least, and the texts are few of them."""

_SHARE = 0.85  # of the texts have the form
_NUMBERED_SHARE = 0.5  # of them end in digits; the others are of people who needed none
_ADDRESSED = re.compile(r"'?@[^\s@]{2,}|[^\s@]+@[^\s@]+")
_WORD = re.compile(r"'?[^\W_]+(?:[._-][^\W_]+)*")
_NUMBER_BEHIND = re.compile(r"'?[^\W\d_].*\d")
_STEM = re.compile(r"[\W\d_]+$")
_SHORTEST_STEM = 2


def are_handles(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether distinct texts, `counts` rows each in a whole column, single people out by a chosen name."""
    if len(texts) < FEWEST_HANDLES or counts.sum() >= MOST_ROWS * len(counts):
        return False
    if _count(texts, _ADDRESSED) >= _SHARE * len(texts):
        return True
    if _count(texts, _WORD) < _SHARE * len(texts):
        return False
    if _count(texts, _NUMBER_BEHIND) < _NUMBERED_SHARE * len(texts):
        return False
    stems = {_STEM.sub("", text).casefold() for text in texts}
    told = sum(len(stem) >= _SHORTEST_STEM for stem in stems)
    endings = [len(re.sub(r"\D", "", found[0])) for text in texts if (found := _STEM.search(text))]
    possible = len(stems) * 10.0 ** max(endings)
    return told >= FEWEST_STEMS and possible >= max(SMALLEST_SPACE, len(texts) / MOST_DENSE)


def _count(texts: Sequence[str], form: re.Pattern[str]) -> int:
    return sum(form.fullmatch(text) is not None for text in texts)
