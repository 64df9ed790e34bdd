"""Words in a column of codes that are no codes, such as `????` and `tbd`: which come back, and how often.

A word in place of a person's code identifies that person. So it comes back only where it is made of
signs, says that something is missing, or has far more rows than any code, and never where it is a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.datasets.detection.people import is_part_of_name
from pipeline.datasets.forms import is_missing_word

_FEWEST_ROWS = 5
_MANY_ROWS, _LEAST_SHARE = 5, 0.005  # times as many rows as the code with the most, and of all rows
_MOST_WORDS = 10
_LONGEST = 30


def find_odd_cells(values: pd.Series, patterns: list[str]) -> dict[str, int]:
    """The odd words of a column of text that may come back, and their rows, the most frequent first."""
    counts = values.value_counts()
    form = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    most = next((int(rows) for text, rows in counts.items() if form.fullmatch(str(text).strip())), 0)
    many = max(_MANY_ROWS * most, _LEAST_SHARE * len(values))
    repeated = counts[counts >= _FEWEST_ROWS]
    kept = {
        str(word): int(rows)
        for word, rows in repeated.items()
        if not form.fullmatch(str(word).strip()) and _tells_nobody(str(word).strip(), rows >= many)
    }
    return dict(list(kept.items())[:_MOST_WORDS])


def describe_odd_cells(values: pd.Series, words: Mapping[str, int]) -> dict[str, Any]:
    """Options of a column: which share of it holds no code, and which of these cells hold which word."""
    gaps = int(values.isna().sum()) + sum(words.values())
    shares = {word: round(rows / gaps, 6) for word, rows in words.items()}
    return {"missing_share": round(gaps / max(1, len(values)), 6), "odd_cells": shares}


def _tells_nobody(text: str, is_frequent: bool) -> bool:
    if not text or len(text) > _LONGEST or any(map(str.isdigit, text)):
        return False
    if is_missing_word(text) or not any(map(str.isalpha, text)):
        return True
    return is_frequent and not any(is_part_of_name(part) for part in re.split(r"\W+", text) if part)
