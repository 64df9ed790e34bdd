"""Account numbers that a spreadsheet wrote in scientific notation, 1.05425E+11, without their last digits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.datasets.detection.names import NameHints
from pipeline.datasets.detection.texts import share_of

_SPOILED = re.compile(r"(?P<lead>[1-9])(?:(?P<sign>[.,])(?P<digits>\d{1,5}))?E\+(?P<power>1\d)")
_DIGITS = ("", r"\d", *(rf"\d{{{width}}}" for width in range(2, 6)))
_SHARE = 0.95  # of the distinct cells
_FEWEST = 20
_MOST_POWERS = 3  # of ten: numbers of one width, some of which begin with zeros
_ROWS_EACH = 2.0


def are_spoiled_codes(texts: pd.Series, hints: NameHints) -> bool:
    """Whether cells are codes of 11 digits or more in scientific notation.

    Amounts are written like this too: codes come back in several rows, or the column name says what they are.
    """
    present = texts.dropna()
    # The first cell decides for nearly all columns, which may have millions.
    if present.empty or hints.is_measure or not _SPOILED.fullmatch(str(present.iloc[0]).strip()):
        return False
    distinct = present.astype(str).str.strip().unique().tolist()
    is_named = hints.is_identifier or hints.is_entity or hints.is_code
    comes_back = len(present) >= _ROWS_EACH * len(distinct)
    return len(distinct) >= _FEWEST and (is_named or comes_back) and are_spoiled(distinct)


def are_spoiled(distinct: Sequence[str]) -> bool:
    """Whether distinct texts have the form that spreadsheets give to long numbers."""
    powers = {found["power"] for text in distinct if (found := _SPOILED.fullmatch(text))}
    return len(powers) <= _MOST_POWERS and share_of(distinct, _SPOILED.fullmatch) >= _SHARE


def describe_spoiled(distinct: Sequence[str]) -> dict[str, Any]:
    """Options of a template (`CodeTemplate`) for such codes, with their powers of ten."""
    found = [match for text in distinct if (match := _SPOILED.fullmatch(text))]
    powers = sorted({match["power"] for match in found})
    leads = {match["lead"] for match in found}
    power = powers[0] if len(powers) == 1 else f"({'|'.join(powers)})"
    lead = leads.pop() if len(leads) == 1 else "[1-9]"
    shapes = Counter(match["sign"] + str(len(match["digits"])) if match["sign"] else "" for match in found)
    patterns = [
        f"{lead}{'' if not shape else _escape(shape[0]) + _DIGITS[int(shape[1:])]}E\\+{power}"
        for shape in sorted(shapes)
    ]
    shares = [round(shapes[shape] / len(found), 4) for shape in sorted(shapes)]
    kept = [at for at, pattern in enumerate(patterns) if "[" in pattern or "(" in pattern or "d" in pattern]
    return {"patterns": [patterns[at] for at in kept], "shares": [shares[at] for at in kept]}


def _escape(sign: str) -> str:
    return "\\." if sign == "." else sign
