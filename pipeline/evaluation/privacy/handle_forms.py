"""Whether distinct texts are identifiers that people made up, of many lengths: user names, payment handles.

Read off the values alone. `sara81` and `tomfox7@pay` are no codes of one form; what they share is that each
is one word of letters, digits and `@._-`, and that few rows have the same one. Words without digits are
handles where a network is in front of them, or where several initials have the same words behind them.
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
_OF_NETWORK = re.compile(r"'?[A-Za-z][\w.-]*\\[^\s\\/]+")
_SMALL_WORD = re.compile(r"[^\W\dA-Z_]+(?:[._-][^\W\dA-Z_]+)*\d*")
_SHARED_SHARE, _SHORTEST_END = 0.4, 4  # of the words end as others do that begin with another letter


def are_handles(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether distinct texts, `counts` rows each in a whole column, single people out by a chosen name."""
    if len(texts) < FEWEST_HANDLES:
        return False
    if _count(texts, _SMALL_WORD) >= _SHARE * len(texts) and _count_shared(texts) >= _SHARED_SHARE * len(
        texts
    ):
        return True
    if counts.sum() >= MOST_ROWS * len(counts):
        return False
    if max(_count(texts, _ADDRESSED), _count(texts, _OF_NETWORK)) >= _SHARE * len(texts):
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


def _count_shared(texts: Sequence[str]) -> int:
    """How many words are an initial and an end that other initials have as well: ameyer, bmeyer."""
    initials: dict[str, set[str]] = {}
    for text in texts:
        initials.setdefault(text[1:], set()).add(text[:1])
    return sum(len(found) for end, found in initials.items() if len(end) >= _SHORTEST_END and len(found) > 1)
