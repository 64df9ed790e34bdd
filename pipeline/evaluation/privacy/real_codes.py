"""Columns that are no identity, yet whose values identify people and repeat: a check of its own.

Detection decides which columns are derived anew. Where it takes an account number for a category or a
measure, real numbers would leave: here every column is evaluated by its values alone. An administrator can
declare a column public, such as merchant categories, which is then left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.datasets.commands import set_command
from pipeline.datasets.detection.names import read_name
from pipeline.datasets.forms.units import is_prefix, is_suffix
from pipeline.datasets.own_dates import OwnDates, find_own_dates, read_dates
from pipeline.datasets.own_numbers import OwnNumbers, find_own_numbers
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.datasets.unsure import NAMES
from pipeline.evaluation.privacy.code_forms import (
    Form,
    Telling,
    count_texts,
    find_like_names,
    find_paired,
    find_telling,
)
from pipeline.evaluation.privacy.intervals import most_by_chance, most_expected
from pipeline.evaluation.privacy.paired_codes import find_paired_with
from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.evaluation.text import repeats_any

NAME = "real_codes"

REMEDY = "declare the column as the sentence says, then generate the table again."
"""What to do next where this finding alone stops an export."""

_SHIFTS = 10
_FAVOUR = 2.0
"""Measures gather at values that people prefer, so that they repeat real ones so many times more often."""

_OWN_DATES = "dates that belong to single people and come back in their rows"

_OF_WORDS = frozenset(
    {Form.LIKE_NAMES, Form.PAIRED_WORDS, Form.WORDS, Form.NAMES, Form.SHORT_LETTERS, Form.NUMBERED}
)
_OF_COUNTS = frozenset({Form.COUNTED, Form.DAYS})
_UNSURE = frozenset({*_OF_COUNTS, Form.FEW, *_OF_WORDS})
"""Forms that measures and categories have as well: these need a review, and stop nothing."""


@dataclass(frozen=True)
class _Hits:
    """Rows of one column that repeat a real value that identifies a person, and how many chance explains."""

    spec: DatasetSpec
    column: str
    telling: Telling
    rows: int
    limit: int
    what: str = ""

    @property
    def is_leak(self) -> bool:
        return self.is_above and self.telling.form not in _UNSURE

    @property
    def is_above(self) -> bool:
        """Whether more rows repeat real values than chance explains."""
        return self.rows > self.limit


def evaluate_codes(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    spec: DatasetSpec,
    training: pd.DataFrame | None = None,
    holdout: pd.DataFrame | None = None,
    tests: int = 1,
) -> PrivacyFinding:
    """FAIL where real values that identify people repeat in a column neither identity nor public.

    LOOK where they are whole numbers from 1 on, or may be days, which are measures as well, or words that
    are not known, as lists of products and companies have them.
    `training` and `holdout` are modelled tables: where a measure's values mostly are in one row each,
    what holdout rows repeat of training rows is chance. `tests` as in `evaluate_combinations`.
    """
    columns = [one for one in list_evaluated(spec) if one.name in real and one.name in synthetic]
    found = []
    for column in columns:
        telling = _find_telling(real, column, spec)
        if telling is not None:
            values = synthetic[column.name]
            found.append(_count(spec, column, telling, values, training, holdout, tests * len(columns)))
        elif (own := _find_own(spec, column, real)) is not None:
            found.append(_count_own(spec, column, own, synthetic[column.name], tests * len(columns)))
    return _tell(found, len(columns), len(synthetic))


def list_evaluated(spec: DatasetSpec) -> list[ColumnSpec]:
    """The columns that are evaluated: no identity, not declared public."""
    return [one for one in spec.columns if one.role is not Role.IDENTITY and not one.is_public]


def _find_telling(real: pd.DataFrame, column: ColumnSpec, spec: DatasetSpec) -> Telling | None:
    """What identifies people in a column by its values, or by what they go with."""
    is_number, form = column.kind == ModelledType.NUMERICAL, column.form
    if column.kind == ModelledType.DATETIME or (is_number and _is_written_as_measure(form)):
        return None
    is_like_measure = form.get("kind") == "number" and bool(form.get("grouping") or _find_unit(form))
    found = find_telling(real[column.name], is_number, is_like_measure)
    if found is not None and _is_named_otherwise(found.form, column.name):
        found = None
    if found is not None or column.kind != ModelledType.CATEGORICAL:
        return found
    if find_paired_with(real, column, spec):
        return find_paired(real[column.name])
    return find_like_names(real[column.name]) if NAMES in column.alternatives else None


def _is_named_otherwise(form: Form, column: str) -> bool:
    """Whether the name of a column settles an unsure form: words of a list such as towns, or amounts."""
    hints = read_name(column)
    if form in _OF_COUNTS:
        return hints.is_measure
    is_list = hints.is_public or hints.is_plain_list or hints.is_thing or hints.is_security
    return form in _OF_WORDS and is_list


def _is_written_as_measure(form: Mapping[str, Any]) -> bool:
    """Whether numbers are written as no code is: as times, with a currency or a unit that is known."""
    if form.get("kind") in ("time", "duration"):
        return True
    unit = _find_unit(form)
    is_known = "#" in unit or is_prefix(unit) or is_suffix(unit, has_blank=False)
    return form.get("kind") == "number" and bool((unit and is_known) or form.get("scales"))


def _find_unit(form: Mapping[str, Any]) -> str:
    return str(form.get("positive", "#")).strip("#+' =\"")


def _count(
    spec: DatasetSpec,
    column: ColumnSpec,
    telling: Telling,
    synthetic: pd.Series,
    training: pd.DataFrame | None,
    holdout: pd.DataFrame | None,
    tests: int,
) -> _Hits:
    texts, counts = count_texts(synthetic)
    rows = int(counts.sum())
    hits = int(counts[repeats_any(texts, telling.values)].sum())
    expected = rows * telling.distinct / telling.space
    is_measure = telling.form is Form.CODE and column.kind == ModelledType.NUMERICAL
    if is_measure:
        expected = max(expected, _FAVOUR * _count_beside(synthetic, telling.values))
    limit = most_expected(expected, tests) if expected else 0
    if is_measure and telling.is_single and training is not None and holdout is not None:
        is_chance = _repeats_like_holdout(synthetic, training, holdout)
        limit = max(limit, hits) if is_chance else limit
    return _Hits(spec, column.name, telling, hits, limit)


def _find_own(spec: DatasetSpec, column: ColumnSpec, real: pd.DataFrame) -> OwnNumbers | OwnDates | None:
    """The numbers or dates of a column that belong to single people."""
    return find_own_numbers(spec, column, real) or find_own_dates(spec, column, real)


def _count_own(
    spec: DatasetSpec, column: ColumnSpec, own: OwnNumbers | OwnDates, synthetic: pd.Series, tests: int
) -> _Hits:
    """Rows that repeat a value of a single person, beside those that values a few steps off would."""
    is_date = isinstance(own, OwnDates)
    steps = own.read(read_dates(column, synthetic) if is_date else synthetic)
    beside = [step for size in range(1, _SHIFTS + 1) for step in (-size, size)]
    expected = _FAVOUR * float(np.mean([np.isin(steps + step, own.values).sum() for step in beside]))
    expected = max(expected, len(steps) * len(own.values) / (own.values[-1] - own.values[0] + 1))
    telling = Telling(Form.OWN, pa.array([], type=pa.string()), len(own.values), np.inf, is_single=False)
    hits = int(np.isin(steps, own.values).sum())
    what = _OWN_DATES if is_date else ""
    return _Hits(spec, column.name, telling, hits, most_expected(expected, tests), what)


def _count_beside(synthetic: pd.Series, real: pa.Array) -> float:
    """How many rows would repeat a real number if each were a little larger or smaller."""
    numbers = pd.to_numeric(synthetic, errors="coerce").dropna().to_numpy(dtype=np.float64)
    known = np.unique(
        pd.to_numeric(pd.Series(real.to_pylist()), errors="coerce").dropna().to_numpy(dtype=float)
    )
    steps = [step for size in range(1, _SHIFTS + 1) for step in (-size, size)]
    return float(np.mean([np.isin(numbers + step, known).sum() for step in steps]))


def _repeats_like_holdout(synthetic: pd.Series, training: pd.DataFrame, holdout: pd.DataFrame) -> bool:
    """Whether rows repeat training values no more often than holdout rows do (Fisher's exact test)."""
    if synthetic.name not in training or synthetic.name not in holdout:
        return False
    known = training[synthetic.name]
    drawn, held = (
        pd.to_numeric(values, errors="coerce").dropna() for values in (synthetic, holdout[synthetic.name])
    )
    limit = most_by_chance(len(drawn), int(held.isin(known).sum()), len(held))
    return int(drawn.isin(known).sum()) <= limit


def _tell(found: list[_Hits], evaluated: int, rows: int) -> PrivacyFinding:
    if not found:
        sentence = f"None of {evaluated:,} non-identity columns contains values that identify people."
        return PrivacyFinding(NAME, None, None, None, None, None, None, sentence)
    leaks = [one for one in found if one.is_leak]
    told = [one for one in found if one.is_above]
    worst = max(leaks or found, key=lambda one: one.rows - one.limit)
    sentence = " ".join(_describe(one, rows) for one in leaks or told) or (
        f'Values of "{worst.column}" could identify people; {worst.rows:,} of {rows:,} rows repeat a real '
        f"one: no more than chance explains (limit {worst.limit:,})."
    )
    verdict = Verdict.FAIL if leaks else Verdict.LOOK if told else Verdict.PASS
    share, limit = worst.rows / max(1, rows), worst.limit / max(1, rows)
    return PrivacyFinding(NAME, verdict, share, None, None, None, None, sentence, limit)


def _describe(hits: _Hits, rows: int) -> str:
    return (
        f'{hits.rows:,} of {rows:,} rows repeat a real value of "{hits.column}" (limit {hits.limit:,}), '
        f"which holds {hits.telling.distinct:,} {hits.what or hits.telling.form.value}: "
        f"{_settle(hits.spec, hits.column)}."
    )


def describe_telling(real: pd.DataFrame, spec: DatasetSpec) -> tuple[str, ...]:
    """What an export would be stopped for, before anything is made: one sentence for each column.

    `real` is a raw table. A column whose real values are learned and identify a person comes back as it is.
    """
    found = (
        (column, _find_telling(real, column, spec)) for column in list_evaluated(spec) if column.name in real
    )
    return tuple(
        _warn(spec, column.name, telling)
        for column, telling in found
        if telling is not None and not _is_told(column, telling)
    )


def _is_told(column: ColumnSpec, telling: Telling) -> bool:
    """Whether the name of a column settles what its values leave open, or another sentence asks it."""
    return telling.form is Form.LIKE_NAMES or (telling.form is Form.CODE and _is_called_amount(column))


def _is_called_amount(column: ColumnSpec) -> bool:
    """Whether numbers with groups of digits are amounts by name, so that only what comes out is evaluated."""
    return bool(column.form.get("grouping")) and read_name(column.name).is_measure


def _warn(spec: DatasetSpec, name: str, telling: Telling) -> str:
    kept = "names no one" if telling.form in _OF_WORDS | {Form.FEW} else "is a measure"
    ending = "" if telling.form not in _UNSURE else f", or leave it as it is where it {kept}"
    return (
        f'Column "{name}" is learned as it stands, and holds {telling.distinct:,} {telling.form.value}, '
        f"which may identify people: {_settle(spec, name)}{ending}."
    )


def _settle(spec: DatasetSpec, column: str) -> str:
    """What an analyst or an administrator can do about a column, with the commands for it."""
    return (
        f"make it an identity column ({set_command(spec, column, 'role=identity')}), or let an administrator "
        f"declare it public ({set_command(spec, column, 'public=true')})"
    )
