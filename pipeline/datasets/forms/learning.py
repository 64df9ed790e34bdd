"""The form of a column, learned over all its cells, and what the columns of a file say to each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.forms.booleans import BooleanForm, propose_boolean
from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.compact import propose_compact_time
from pipeline.datasets.forms.date_learning import propose_date
from pipeline.datasets.forms.dates import DateForm
from pipeline.datasets.forms.durations import DurationForm, propose_duration
from pipeline.datasets.forms.form import Form
from pipeline.datasets.forms.hints import Hints, Learned, Proposal
from pipeline.datasets.forms.number_learning import propose_number
from pipeline.datasets.forms.numbers import NumberForm
from pipeline.datasets.forms.periods import PeriodForm, propose_period
from pipeline.datasets.forms.times import TimeForm, propose_dotted_time, propose_time
from pipeline.datasets.forms.words import is_missing_word, is_sentinel_date

ENOUGH_OF_THE_OTHERS = 0.8
"""Share of the cells, apart from words for missing, that must fit."""

ENOUGH_BESIDE_WORDS = 0.5
"""Share of the cells that must fit where all others are a few words, in several rows each."""

ENOUGH_OF_ALL, ENOUGH_CELLS = 0.2, 30
"""Share of all cells that must fit, or number of them, however many words for missing there are."""

_NOTHING, _DAY = pd.Timedelta(0), pd.Timedelta(days=1)
_FEWEST_LENGTHS = 2
_SAMPLE = 4000
_MANY = 10 * _SAMPLE
_ENOUGH_OF_A_SAMPLE = 500
_MOST_ODD_TEXTS = 20_000
_MOST_WORDS, _FEWEST_ROWS_OF_A_WORD, _FEWEST_VALUES = 5, 5, 20


def _propose_time(cells: Cells, hints: Hints) -> Proposal | None:
    return propose_time(cells, hints) or propose_compact_time(cells) or propose_dotted_time(cells)


Propose = Callable[[Cells, Hints], Proposal | None]
_PROPOSALS: dict[str, Propose] = {
    BooleanForm.kind: propose_boolean,
    DateForm.kind: propose_date,
    PeriodForm.kind: propose_period,
    TimeForm.kind: _propose_time,
    DurationForm.kind: propose_duration,
    NumberForm.kind: propose_number,
}


def learn_form(texts: pd.Series, hints: Hints | None = None) -> Learned | None:
    """Learn the form of a column of texts, or None where it has none: words, codes, too many odd cells.

    Words for missing, error values and dates that stand for "never" are odd cells that do not count
    against a form. Truly empty cells are missing.
    """
    hints = hints or Hints()
    if len(texts) <= _MANY:
        return _learn_any(tuple(_PROPOSALS), texts, hints)
    sample = texts.iloc[:: len(texts) // _SAMPLE]
    first = _learn_any(tuple(_PROPOSALS), sample, hints)
    if first is None and Cells.of(sample).present >= _ENOUGH_OF_A_SAMPLE:
        return None
    kinds = () if first is None else (first.form.kind,)
    return _learn_any(tuple(dict.fromkeys((*kinds, *_PROPOSALS))), texts, hints)


def vote_decimal(learned: Iterable[Learned]) -> str | None:
    """The decimal sign that most columns of a file are surely written with; None without a majority."""
    votes = Counter(
        one.form.decimal
        for one in learned
        if isinstance(one.form, NumberForm) and not is_open(one) and _shows_decimal(one.form)
    )
    return _majority(votes)


def is_open(one: Learned) -> bool:
    """Whether a column's own cells leave its form open, such as the decimal sign of 3,582."""
    if one.is_ambiguous or not isinstance(one.form, NumberForm):
        return one.is_ambiguous
    others = {other.decimal for other in one.alternatives if isinstance(other, NumberForm)}
    return not others <= {one.form.decimal}


def vote_day_first(learned: Iterable[Learned]) -> bool | None:
    """Whether most columns of a file surely write the day before the month; None without a majority."""
    votes = Counter(
        one.form.is_day_first
        for one in learned
        if isinstance(one.form, DateForm) and not one.is_ambiguous and one.form.is_day_first is not None
    )
    return _majority(votes)


def _shows_decimal(form: NumberForm) -> bool:
    return bool(form.max_decimals or form.grouping in (".", ",") or form.notation == "general")


def _majority(votes: Counter[Any]) -> Any:
    ranked = votes.most_common(2)
    is_tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    return ranked[0][0] if ranked and not is_tied else None


def _learn_any(kinds: tuple[str, ...], texts: pd.Series, hints: Hints) -> Learned | None:
    """The first kind of form that enough cells are written in."""
    cells = Cells.of(texts)
    learned = (_learn(_PROPOSALS[kind], cells, texts, hints) for kind in kinds)
    found = next((one for one in learned if one is not None), None)
    if found is None or found.form.kind != TimeForm.kind:
        return found
    lengths = _learn(propose_duration, cells, texts, hints) if found.odd.any() else None
    return lengths if lengths is not None and _tells_lengths(found, lengths) else found


def _tells_lengths(times: Learned, lengths: Learned) -> bool:
    """Whether cells that are no times of day are lengths below zero or above a day; 24:00 may be midnight."""
    others = lengths.values[times.odd & ~lengths.odd]
    return others[(others > _DAY) | (others < _NOTHING)].nunique() >= _FEWEST_LENGTHS


def _learn(propose: Propose, cells: Cells, texts: pd.Series, hints: Hints) -> Learned | None:
    proposal = propose(cells, hints)
    if proposal is None:
        return None
    reading = proposal.form.read_cells(cells, texts)
    fitting = cells.present - int(reading.odd.sum())
    literals = getattr(proposal.form, "literals", ())
    if not _is_enough(cells, reading.odd, fitting, (*hints.missing, *literals)):
        return None
    share = fitting / cells.present
    why = _why(proposal, fitting, cells.present)
    return Learned(
        proposal.form, reading.values, reading.odd, share, why, proposal.alternatives, proposal.is_ambiguous
    )


def _is_enough(cells: Cells, odd: np.ndarray, fitting: int, missing: Iterable[str]) -> bool:
    """Whether so many cells fit that the others are the odd ones; `missing` are words for no value."""
    if fitting == 0 or (fitting < ENOUGH_OF_ALL * cells.present and fitting < ENOUGH_CELLS):
        return False
    if fitting >= ENOUGH_OF_THE_OTHERS * cells.present:
        return True
    counts = cells.distinct_texts(odd)
    if len(counts) > _MOST_ODD_TEXTS:
        return False
    more = frozenset(word.lower() for word in missing)
    words = {
        text: n for text, n in counts.items() if not (is_missing_word(text, more) or is_sentinel_date(text))
    }
    others = sum(words.values())
    if fitting >= ENOUGH_OF_THE_OTHERS * (fitting + others):
        return True
    # A few words that come back among values that hardly do: "<0.5" and "negative" among results of a test.
    is_listed = len(words) <= _MOST_WORDS and min(words.values()) >= _FEWEST_ROWS_OF_A_WORD
    is_enough = fitting >= ENOUGH_BESIDE_WORDS * (fitting + others)
    return is_listed and is_enough and len(cells.distinct_texts(~odd)) >= _FEWEST_VALUES


def _why(proposal: Proposal, fitting: int, present: int) -> str:
    """One sentence that shows the form on an invented value, never on one of the column."""
    how_many = "all cells" if fitting == present else f"{fitting:,} of {present:,} cells"
    example = _example(proposal.form)
    reason = f": {proposal.why}" if proposal.why else ""
    return f"{how_many} are written like {example}{reason}."


def _example(form: Form) -> str:
    values: dict[str, Any] = {
        "number": pd.Series([1234567.5]),
        "time": pd.Series([pd.Timedelta(hours=21, minutes=5, seconds=9)]),
        "duration": pd.Series([pd.Timedelta(hours=27, minutes=5, seconds=9)]),
        "boolean": pd.Series([True], dtype="boolean"),
    }
    return str(form.write(values.get(form.kind, pd.Series([pd.Timestamp(2031, 12, 9, 21, 5, 9)]))).iloc[0])
