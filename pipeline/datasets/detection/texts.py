"""Whether a column of text may be passed on as categories, or shows notes of single people.

A generated row repeats categories as they are in the real table. So a text is a category only where
enough rows share it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from pipeline.datasets.detection.profile import Profile

FEWEST_SHARING = 5
"""A category is carried by as many rows, fewer in tables below fifty rows."""

RARE = 3
"""A value in fewer rows than these is rare: it could identify a person."""

_THIN_SHARE = 0.2  # of the rows may hold categories that too few rows share
_SHAPED_SHARE = 0.6  # of the distinct values have the form that a column is taken to have
_MOST_SENTENCES = 20
_SENTENCE_WORDS = 4
_PUBLIC_VALUE = re.compile(r"[^\W\d_][^\d_]{0,40}")


def find_free_text(profile: Profile, is_plain_list: bool = False) -> str | None:
    """Why a column of text says too much about single rows to be categories, None where it does not.

    It does when no value comes twice, when many values fill much of the rows, or when a fifth of the
    rows hold values that too few rows share: fewer than `FEWEST_SHARING`, and four times as many
    where the values have several words, as names and notes do. A name of a list of plain words, such as
    countries, vouches for short values without digits (`is_plain_list`).
    """
    rows, distinct = profile.present, len(profile.distinct)
    share = distinct / max(1, rows)
    if share == 1.0:
        return "no text twice"
    if (distinct > 20 and share > 0.5) or (distinct > 100 and share > 0.2):
        return f"{distinct:,} distinct texts in {rows:,} rows"
    if is_plain_list and all(_PUBLIC_VALUE.fullmatch(text) for text in profile.texts):
        return None
    if distinct > _MOST_SENTENCES and share_of(profile.texts, _is_sentence) >= _SHAPED_SHARE:
        return f"{distinct:,} distinct sentences"
    has_several_words = share_of(profile.texts, lambda text: " " in text) >= _SHAPED_SHARE
    thin = _thin_share(profile.counts, has_several_words)
    return f"{thin:.0%} of the rows hold texts that few rows share" if thin > _THIN_SHARE else None


def count_rare(counts: np.ndarray) -> int:
    """How many distinct values are in fewer than `RARE` rows."""
    return int((counts < RARE).sum())


def share_of(texts: Sequence[str], accepts: Callable[[str], object]) -> float:
    """The share of texts that are accepted, 0-1."""
    return sum(bool(accepts(text)) for text in texts) / max(1, len(texts))


def _thin_share(counts: np.ndarray, has_several_words: bool) -> float:
    """The share of rows whose value too few rows share; small tables ask for less."""
    rows = int(counts.sum())
    fewest = max(
        2, min(4 * FEWEST_SHARING, rows // 20) if has_several_words else min(FEWEST_SHARING, rows // 10)
    )
    return float(counts[counts < fewest].sum()) / max(1, rows)


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= _SENTENCE_WORDS
