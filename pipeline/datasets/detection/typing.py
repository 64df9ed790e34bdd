"""From cells of text to typed columns: the form of each is learned, with what the others of the file say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from pipeline.datasets.commands import columns_command
from pipeline.datasets.detection.grouped import are_grouped_codes
from pipeline.datasets.detection.names import read_name
from pipeline.datasets.detection.period_names import say_digits
from pipeline.datasets.detection.spoiled import are_spoiled_codes
from pipeline.datasets.detection.whole_dates import find_dates_in_numbers
from pipeline.datasets.forms import (
    BooleanForm,
    DateForm,
    Hints,
    Learned,
    NumberForm,
    is_open,
    learn_form,
    vote_day_first,
    vote_decimal,
)
from pipeline.datasets.forms.currencies import find_currencies
from pipeline.datasets.forms.sentinels import set_sentinels_apart
from pipeline.datasets.levels import MOST_LEVELS, are_levels
from pipeline.datasets.parsing import as_text
from pipeline.datasets.reading import infer_types
from pipeline.datasets.typed import SPANS, to_model
from pipeline.errors import DataError

_UNNAMED = "NAME"  # what a dataset is called that has no name yet
_SERIAL_WORDS = frozenset({"serial", "excel", "date", "datum", "day", "tag", "jour", "fecha", "epoch"})

_PADDED = r"\s*0\d{1,2}(?:[\s.,'’]\d{3})+\s*"
_FEWEST_PADDED, _PADDED_SHARE = 5, 0.95  # of the odd cells
_FEW = 2  # values that are categories, whatever their counts
_FREQUENT = 5  # rows of one value, below which categories of a small table are taken for codes


@dataclass(frozen=True)
class TypedTable:
    """A table with numbers, dates and text as they are meant.

    Odd cells are missing in `table` and are text, None elsewhere, in `words`. `forms` holds what was
    learned of columns of text that are numbers, dates or spans of time, and of the columns of whole numbers
    that are dates or times of digits: these are `whole`.
    """

    table: pd.DataFrame
    words: Mapping[str, pd.Series] = field(default_factory=dict)
    forms: Mapping[str, Learned] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()


def type_table(
    cells: pd.DataFrame,
    hints: Hints | None = None,
    dataset: str = "",
    table: str = "",
    numbers: Collection[str] = (),
) -> TypedTable:
    """Learn the form of every column of text, and of whole numbers that are dates, and read the table by it.

    `dataset` and, of several, `table` are how commands will call it; `numbers` are columns of text that hold
    numbers in their source. DataError names the columns of dates where it is unclear whether day or month
    comes first.
    """
    hints = hints or Hints()
    given = {name: pd.to_numeric(cells[name], errors="coerce") for name in numbers}
    dated = find_dates_in_numbers(cells.assign(**given), lambda texts: _learn(texts, hints))
    held, cells = cells, cells.assign(**dated) if dated else cells
    learned = {str(name): _learn(cells[name], hints) for name in cells if _is_text(cells[name])}
    learned = _settle(cells, learned, hints)
    spoiled = {name for name in learned if are_spoiled_codes(cells[name], read_name(name))}
    padded = {name for name, one in learned.items() if one and _are_padded(one, cells[name])}
    grouped = {name for name, one in learned.items() if one and are_grouped_codes(one, cells[name])}
    levels = (
        {name for name, one in learned.items() if one and _are_written_levels(one, cells[name])}
        | spoiled
        | padded
        | grouped
    )
    forms = {
        name: set_sentinels_apart(one, cells[name])
        for name, one in learned.items()
        if one is not None and name not in levels
    }
    _refuse_ambiguous_dates(forms)
    _refuse_ambiguous_numbers(forms, dataset, f"{table}." if table else "")
    _refuse_currencies(cells, [name for name, one in learned.items() if one is None], hints)
    others = infer_types(cells[[name for name in cells if name not in {*forms, *levels}]])
    columns: dict[str, pd.Series] = {}
    words: dict[str, pd.Series] = {}
    for name in map(str, cells):
        if name not in forms:
            columns[name] = cells[name].str.strip() if name in levels else others[name]
            columns[name] = held[name] if name in dated else columns[name]
            continue
        one = forms[name]
        columns[name] = to_model(one.values, one.form)
        if one.odd.any():
            words[name] = cells[name].where(one.odd, None)
    typed = pd.DataFrame(columns, index=cells.index, copy=False)
    return TypedTable(typed, words, forms, frozenset(dated) & frozenset(forms))


def _is_text(values: pd.Series) -> bool:
    return bool(pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values))


def _learn(texts: pd.Series, hints: Hints) -> Learned | None:
    """The form of a column; words for yes and no are categories as they are."""
    is_serial = bool(_SERIAL_WORDS & set(str(texts.name).lower().replace("-", "_").split("_")))
    said = say_digits(str(texts.name))
    found = learn_form(texts, replace(hints, serial=hints.serial or is_serial, name_says=said))
    return None if found is None or isinstance(found.form, BooleanForm) else found


def _are_written_levels(one: Learned, texts: pd.Series) -> bool:
    """Whether numbers with a unit or decimals, or spans of time, are categories as they stand.

    They are where they have few levels. One or two values of a form of their own are, too: as categories
    they would come back without it, as seconds in place of a time of day.
    """
    if not is_amount(one) or texts.nunique() > MOST_LEVELS:
        return False
    values = to_model(one.values, one.form)
    if isinstance(one.form, NumberForm) and not one.odd.any() and are_levels(values, fewest=2):
        return True
    is_frequent = bool(texts.value_counts().max() >= _FREQUENT)
    is_few = values.nunique() <= _FEW or are_levels(values)
    return is_few and (is_frequent or not is_span(one)) and not _is_plainly_written(values, texts)


def _are_padded(one: Learned, texts: pd.Series) -> bool:
    """Whether the odd cells of numbers in groups have a zero in front: codes of one width."""
    form, odd = one.form, texts[one.odd]
    if not isinstance(form, NumberForm) or not form.grouping or len(odd) < _FEWEST_PADDED:
        return False
    width = texts.str.len().mode().iloc[0]
    is_padded = odd.str.fullmatch(_PADDED) & (odd.str.len() == width)
    return not form.min_decimals and bool(is_padded.mean() >= _PADDED_SHARE)


def _is_plainly_written(values: pd.Series, texts: pd.Series) -> bool:
    # Programs write whole numbers of a column with gaps as 1.0, and other formats have them as 1.
    stripped = texts.str.strip().str.replace(r"^([+-]?\d+)\.0$", r"\1", regex=True)
    is_same = as_text(values) == stripped
    return bool((is_same | texts.isna()).all())


def _settle(
    cells: pd.DataFrame, learned: Mapping[str, Learned | None], hints: Hints
) -> dict[str, Learned | None]:
    """Learn columns that are open again with what the others of the file say."""
    known = [one for one in learned.values() if one is not None]
    day_first = vote_day_first(known) if hints.day_first is None else hints.day_first
    voted = replace(hints, voted_decimal=vote_decimal(known), day_first=day_first)
    return {
        name: _learn(cells[name], voted) if one is not None and is_open(one) else one
        for name, one in learned.items()
    }


def _refuse_ambiguous_dates(forms: Mapping[str, Learned]) -> None:
    names = [name for name, one in forms.items() if one.is_ambiguous and isinstance(one.form, DateForm)]
    if names:
        listed = ", ".join(f'"{name}"' for name in names)
        raise DataError(
            f"Day and month cannot be told apart in {listed}: none of the days is above 12.",
            "say --day-first or --month-first.",
        )


def _refuse_ambiguous_numbers(forms: Mapping[str, Learned], dataset: str, path: str) -> None:
    names = [name for name, one in forms.items() if one.is_ambiguous and isinstance(one.form, NumberForm)]
    if names:
        listed = ", ".join(f'"{name}"' for name in names)
        raise DataError(
            f"Thousands and decimals cannot be told apart in {listed}: a number like 1,234 may be more than "
            "a thousand, or one and a fraction.",
            "say `--decimal .` (it is more than a thousand) or `--decimal ,` (a fraction); a column that is "
            "written otherwise than the rest is changed afterwards, by "
            f"{columns_command(dataset or _UNNAMED, f'{path}{names[0]}.decimal=,')}.",
        )


def _refuse_currencies(cells: pd.DataFrame, names: Sequence[str], hints: Hints) -> None:
    """DataError for the first column of amounts in several currencies that are not kept as they are."""
    for name in names:
        currencies = () if name in hints.kept or _are_few(cells[name]) else find_currencies(cells[name])
        if currencies:
            raise DataError(
                f'Column "{name}" holds amounts in several currencies ({", ".join(currencies)}), '
                "which are no numbers of one kind.",
                "put the amount and its currency into columns of their own; or, where the texts are few and "
                f"identify no one, keep them as categories with --public {name}.",
            )


def _are_few(texts: pd.Series) -> bool:
    """Whether texts come back so often that they are categories as they stand, such as tiers of prices."""
    return texts.nunique() <= MOST_LEVELS


def is_unsure(one: Learned) -> bool:
    """Whether a number could be a thousand times as large, or small."""
    return isinstance(one.form, NumberForm) and bool(one.alternatives)


def is_span(one: Learned | None) -> bool:
    """Whether values are times of day or lengths of time."""
    return one is not None and one.form.kind in SPANS


def is_amount(one: Learned | None) -> bool:
    """Whether numbers are written as no code is: with decimals, groups of digits, a unit or special signs."""
    if one is None:
        return False
    form, plain = one.form, NumberForm()
    if not isinstance(form, NumberForm):
        return form.kind in SPANS
    signs = (form.positive, form.negative) != (plain.positive, plain.negative)
    return bool(signs or form.grouping or form.scales or form.notation != plain.notation or form.min_decimals)
