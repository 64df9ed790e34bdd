"""What the way in which a column is written adds to its description: form, odd words, calendar parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from pipeline.datasets import calendar
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.detection.odd_cells import describe_odd_cells, find_odd_cells
from pipeline.datasets.detection.steps import find_epoch_step, find_step_s
from pipeline.datasets.detection.texts import RARE
from pipeline.datasets.detection.typing import TypedTable, is_unsure
from pipeline.datasets.features import ODD_WORDS
from pipeline.datasets.forms import Learned, NumberForm, find_missing_words, is_missing_word
from pipeline.datasets.forms.sentinels import find_sentinels
from pipeline.datasets.kinds import is_birth_date
from pipeline.datasets.spec import ColumnSpec, FeatureSpec, ModelledType, Role
from pipeline.datasets.typed import CELLS, NUMBERS, describe_form, list_words_for_missing
from pipeline.datasets.unsure import LARGER, SENTINELS, SMALLER

_STEPS_S = {"D": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "ns": 1e-9}
_LAST_SECOND = 86_399
_LABELS = {calendar.WEEK: "week", calendar.WEEKDAY: "weekday", calendar.TIME: "time"}


@dataclass(frozen=True)
class WrittenColumn:
    """Form, options, features and a sentence for one column."""

    form: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    features: tuple[FeatureSpec, ...] = ()
    why: str = ""
    alternatives: tuple[str, ...] = ()

    def apply(self, column: ColumnSpec) -> ColumnSpec:
        """The description of a column with what is known of how it is written."""
        return replace(
            column,
            form=self.form or column.form,
            options={**column.options, **self.options},
            why="; ".join(part for part in (column.why, self.why) if part),
            alternatives=(*column.alternatives, *self.alternatives),
        )


PLAIN = WrittenColumn()


def describe_forms(findings: Mapping[str, Finding], typed: TypedTable) -> dict[str, WrittenColumn]:
    """How each column is written that is not written plainly."""
    taken = set(findings)
    described: dict[str, WrittenColumn] = {}
    for name, finding in findings.items():
        written = _describe(name, finding, typed, taken)
        taken |= {feature.name for feature in written.features}
        described[name] = written
    return described


def hide_words(table: pd.DataFrame, written: Mapping[str, WrittenColumn]) -> pd.DataFrame:
    """The table with missing cells in place of the words for missing in identity columns."""
    words = {name: list_words_for_missing(one.options) for name, one in written.items()}
    hidden = {name: table[name].mask(table[name].isin(known), None) for name, known in words.items() if known}
    return table.assign(**hidden) if hidden else table


def _describe(name: str, finding: Finding, typed: TypedTable, taken: Collection[str]) -> WrittenColumn:
    learned = typed.forms.get(name)
    if finding.role is Role.IDENTITY:
        return _describe_identity(finding, typed.table[name], learned, _cell_options(name, typed))
    if finding.kind not in (ModelledType.NUMERICAL, ModelledType.DATETIME):
        return PLAIN
    words = typed.words.get(name)
    features = (
        *_find_parts(name, finding, typed.table[name], learned, taken),
        *_find_words(name, words, taken),
    )
    sentences = [_describe_learned(learned), _describe_words(words)]
    return WrittenColumn(
        form=describe_form(learned.form if learned else None),
        options={
            **_form_options(learned),
            **_find_step(typed.table[name], finding, learned),
            **_find_decimals(typed.table[name], learned),
            **_limit_to_day(finding, learned),
            **_word_options(words),
            **_cell_options(name, typed),
        },
        features=features,
        why="; ".join(sentence for sentence in sentences if sentence),
        alternatives=_find_doubts(finding, typed.table[name], learned),
    )


def _cell_options(name: str, typed: TypedTable) -> dict[str, Any]:
    """What holds the digits of dates in files with types, where it is no text."""
    return {CELLS: NUMBERS} if name in typed.whole else {}


def _describe_identity(
    finding: Finding, values: pd.Series, learned: Learned | None, options: Mapping[str, Any]
) -> WrittenColumn:
    """Birth dates keep their form, other identities the word that is where nothing is known."""
    if is_birth_date(finding.kind):
        return WrittenColumn(form=describe_form(learned.form if learned else None), options=options)
    if not pd.api.types.is_object_dtype(values):
        return PLAIN
    odd = find_odd_cells(values, finding.options["patterns"]) if "patterns" in finding.options else {}
    words = find_missing_words(values)
    missing = values.value_counts().loc[lambda counts: counts.index.isin(words)] if words else None
    is_usual = missing is not None and missing.iloc[0] >= max(RARE, int(values.isna().sum()))
    if odd and not (is_usual and all(map(is_missing_word, odd))):
        return _describe_odd(values, odd)
    if missing is None or not is_usual:
        return PLAIN
    return WrittenColumn(
        options={"missing_word": str(missing.index[0])},
        why=f"{int(missing.sum()):,} rows hold a word for missing",
    )


def _describe_odd(values: pd.Series, odd: Mapping[str, int]) -> WrittenColumn:
    """Words among codes, which come back as often as they are in the sample."""
    kinds = f" of {len(odd):,} kinds" if len(odd) > 1 else ""
    return WrittenColumn(
        options=describe_odd_cells(values, odd),
        why=f"{sum(odd.values()):,} odd cells{kinds} come back at their rate",
    )


def _find_parts(
    name: str, finding: Finding, values: pd.Series, learned: Learned | None, taken: Collection[str]
) -> tuple[FeatureSpec, ...]:
    if finding.kind != ModelledType.DATETIME or (learned is not None and learned.form.kind != "date"):
        return ()
    parts = calendar.find_parts(values)
    return tuple(FeatureSpec(_label(name, _LABELS[part], taken), part, name) for part in parts)


def _find_words(name: str, words: pd.Series | None, taken: Collection[str]) -> tuple[FeatureSpec, ...]:
    return () if words is None else (FeatureSpec(_label(name, "words", taken), ODD_WORDS, name),)


def _label(name: str, part: str, taken: Collection[str]) -> str:
    label = f"{name} {part}"
    return label if label not in taken else f"{name} ({part})"


def _form_options(learned: Learned | None) -> dict[str, Any]:
    """Unit and precision that follow from a form."""
    if learned is None:
        return {}
    if learned.form.kind in ("time", "duration"):
        return {"unit": "s"}
    unit = getattr(learned.form, "unit", "")
    if learned.form.kind == "number":
        is_sign = getattr(learned.form, "negative_word", "")
        return {"unit": unit} if unit and not is_sign else {}
    return {"step_s": _STEPS_S[unit]} if _STEPS_S.get(unit, 1.0) != 1.0 and unit != "D" else {}


def _find_doubts(finding: Finding, values: pd.Series, learned: Learned | None) -> tuple[str, ...]:
    """What else a column could be; numbers that are numbers in their file cannot be set apart as odd."""
    if learned is not None:
        return (_other_size(learned),) if is_unsure(learned) else ()
    return (SENTINELS,) if finding.kind == ModelledType.NUMERICAL and find_sentinels(values) else ()


def _find_step(values: pd.Series, finding: Finding, learned: Learned | None) -> dict[str, Any]:
    """The step of times that are rounded to minutes, quarters of hours and the like."""
    if finding.kind == ModelledType.DATETIME:
        step = find_step_s(values, learned)
        # A form without seconds or minutes says as much by itself.
        is_new = step is not None and step > _form_options(learned).get("step_s", 1.0)
        return {"step_s": step} if is_new else {}
    found = (
        find_step_s(values, learned) if learned and learned.form.kind != "number" else find_epoch_step(values)
    )
    return {"step": int(found)} if found else {}


def _other_size(learned: Learned) -> str:
    is_grouped = bool(getattr(learned.form, "grouping", ""))
    return SMALLER if is_grouped else LARGER


def _limit_to_day(finding: Finding, learned: Learned | None) -> dict[str, Any]:
    """Times of day end before midnight, so that none is written as one of the next morning."""
    if learned is None or learned.form.kind != "time":
        return {}
    return {"maximum": min(finding.options["maximum"], _LAST_SECOND)}


def _find_decimals(values: pd.Series, learned: Learned | None) -> dict[str, Any]:
    """The fixed decimals of a form, where values have any: of large ones a float tells too few."""
    form = learned.form if learned is not None else None
    if not isinstance(form, NumberForm) or form.notation != "plain" or form.min_decimals != form.max_decimals:
        return {}
    present = values.dropna()
    return {"decimals": form.max_decimals} if form.max_decimals and (present % 1 != 0).any() else {}


def _word_options(words: pd.Series | None) -> dict[str, Any]:
    """The odd words that enough rows share; the others are rare, and never come back."""
    if words is None:
        return {}
    counts = words.value_counts()
    return {"odd_words": sorted(str(word) for word in counts[counts >= RARE].index)}


def _describe_learned(learned: Learned | None) -> str:
    if learned is None or not describe_form(learned.form):
        return ""
    return learned.why.rstrip(".")


def _describe_words(words: pd.Series | None) -> str:
    if words is None:
        return ""
    counts = words.value_counts()
    cells, kept = int(counts.sum()), counts[counts >= RARE]
    if kept.empty:
        return f"{cells:,} odd cell{'s' * (cells > 1)} too rare to come back, replaced"
    kinds = f" of {len(kept):,} kinds" if len(kept) > 1 else ""
    told = f"{int(kept.sum()):,} odd cells{kinds} come back at their rate"
    rare = cells - int(kept.sum())
    return f"{told}; {rare:,} more too rare to come back, replaced" if rare else told
