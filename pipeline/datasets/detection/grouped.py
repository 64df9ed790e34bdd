"""Telephone and identity numbers whose digits are grouped by threes, as those of amounts are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from pipeline.datasets.detection.names import read_name
from pipeline.datasets.detection.texts import share_of
from pipeline.datasets.forms import Learned, NumberForm
from pipeline.datasets.kinds import KINDS
from pipeline.datasets.national_ids import names_national_id
from pipeline.datasets.parsing import sample_distinct
from pipeline.datasets.phone_forms import is_called

_GROUPED = re.compile(r"\+?\d{1,3}(?:[\s.,'’]\d{3})+")
_SAMPLE = 300
_FEWEST = 3
_SHARE = 0.95  # of the distinct cells have the form
_ONE_WIDTH = 0.9  # of them have one number of digits, which those of amounts have not
_NATIONAL_DIGITS, _CALLED_DIGITS = range(9, 12), range(9, 16)
_IDENTIFIER_DIGITS = 6
_ROWS_EACH, _FEWEST_REPEATED = 2, 20
_ROUND_SHARE = 0.1


def are_grouped_codes(one: Learned, texts: pd.Series) -> bool:
    """Whether numbers that were learned as amounts are telephone numbers or numbers of people.

    Telephone numbers have a country code each, or a column name that says what they are; numbers of people
    have such a name. Amounts vary in their number of digits and are no possible telephone numbers; where
    they are as large, they come back only where they are rounded.
    """
    form = one.form
    if not isinstance(form, NumberForm) or not form.grouping or form.max_decimals:
        return False
    distinct = sample_distinct(texts, _SAMPLE)
    if not are_in_groups(distinct):
        return False
    name = str(texts.name)
    return _are_telephones(name, distinct) or _are_identities(name, distinct) or _come_back(texts, distinct)


def are_in_groups(distinct: Sequence[str]) -> bool:
    """Whether distinct texts are digits in groups of three."""
    return len(distinct) >= _FEWEST and share_of(distinct, _GROUPED.fullmatch) >= _SHARE


def _are_telephones(name: str, distinct: Sequence[str]) -> bool:
    if share_of(distinct, is_called) >= _SHARE:
        return True
    hints = read_name(name)
    pattern = KINDS["phone_number"].patterns[0].name
    if hints.is_measure or not re.fullmatch(rf"(.*_)?({pattern})", hints.joined):
        return False
    is_abroad = all(text.startswith("+") for text in distinct)
    digits, share = _usual_digits(distinct)
    return share >= _ONE_WIDTH and digits in (_CALLED_DIGITS if is_abroad else _NATIONAL_DIGITS)


def _are_identities(name: str, distinct: Sequence[str]) -> bool:
    hints = read_name(name)
    if hints.is_measure or any(text.startswith("+") for text in distinct):
        return False
    if names_national_id(name):
        return True
    digits, share = _usual_digits(distinct)
    return hints.is_identifier and share >= _SHARE and digits >= _IDENTIFIER_DIGITS


def _come_back(texts: pd.Series, distinct: Sequence[str]) -> bool:
    """Whether numbers of nine digits or more, of one width and not round, come back in other rows."""
    present = texts.dropna()
    digits, share = _usual_digits(distinct)
    is_long = share >= _SHARE and digits in _NATIONAL_DIGITS
    if not is_long or read_name(str(texts.name)).is_measure or present.nunique() > len(present) / _ROWS_EACH:
        return False
    return len(distinct) >= _FEWEST_REPEATED and share_of(distinct, _is_round) <= _ROUND_SHARE


def _is_round(text: str) -> bool:
    return text.endswith("00")


def _usual_digits(distinct: Sequence[str]) -> tuple[int, float]:
    """The commonest number of digits, and the share of the texts that have it."""
    counts = Counter(sum(map(str.isdigit, text)) for text in distinct)
    digits, count = counts.most_common(1)[0]
    return digits, count / len(distinct)
