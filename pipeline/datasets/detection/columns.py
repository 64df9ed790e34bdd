"""What one column of an unknown table is: statistics to learn, or identities to derive anew.

SDV's own detection is not used: it takes a person's name for a primary key, whole numbers for
ordinals, and writes real minima, maxima and categories into the metadata. Here the values decide and the
name of the column confirms; in doubt text is an identity, the safer error. Each decision has its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipeline.datasets.detection.codes import are_quotes
from pipeline.datasets.detection.findings import Finding, count_words, find_iso_format, identity, modelled
from pipeline.datasets.detection.grouped import are_in_groups
from pipeline.datasets.detection.handles import find_handles
from pipeline.datasets.detection.identifiers import (
    as_grouped,
    as_handle,
    as_identifier,
    as_letters,
    as_spoiled,
    tell_rows_each,
)
from pipeline.datasets.detection.keys import Clues, SignScore, score_signs
from pipeline.datasets.detection.letters import find_letter_codes
from pipeline.datasets.detection.names import NameHints, read_name
from pipeline.datasets.detection.patterns import find_pattern
from pipeline.datasets.detection.people import find_people, may_be_people
from pipeline.datasets.detection.period_names import are_period_names
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.detection.public_codes import are_public_codes
from pipeline.datasets.detection.spoiled import are_spoiled_codes
from pipeline.datasets.detection.texts import find_free_text
from pipeline.datasets.kinds import KINDS
from pipeline.datasets.levels import are_levels
from pipeline.datasets.national_ids import names_national_id
from pipeline.datasets.parsing import ISO_DATE, OLDEST_AGE, compute_ages
from pipeline.datasets.spec import ModelledType, Role
from pipeline.datasets.unsure import NAMES, QUOTES

_FEWEST_TELLING = 3
_MOST_CODES = 500  # whole numbers that are categories, where the column name suggests it
_FEW_CODES, _CODE_ROWS = 50, 10  # where it does not
_SHORTEST_CODE = 3
_SHORT_VARIABLE = 2  # letters and digits: a template of them holds too few codes
_FEW_NUMBERS = 20


@dataclass(frozen=True)
class Evidence:
    """What the table shows about a column besides its name and values.

    Ages count from `as_of`; `date_format` is the form that dates had in the file; `is_public` says that
    the column was declared public; `is_amount` that its numbers are written as no code is, with
    decimals, groups of digits or a unit; `is_span` that they are spans of time in seconds; `correlates`
    whether they go with a measure of the table, `founds` whether another column has one value for each.
    """

    as_of: date | None = None
    date_format: str | None = None
    is_public: bool = False
    is_amount: bool = False
    is_span: bool = False
    correlates: Callable[[], bool] = lambda: False
    founds: Callable[[], bool] = lambda: False


def detect_column(name: str, values: pd.Series, evidence: Evidence | None = None) -> Finding:
    """Role and kind of a typed column (see `reading.infer_types`), by its values, its name and the table."""
    evidence = evidence or Evidence()
    profile, hints = Profile.of(values), read_name(name)
    if not len(profile.distinct):
        return identity(profile, "empty", "no value in any row", options={})
    if pd.api.types.is_datetime64_any_dtype(values):
        return _detect_date(hints, profile, evidence)
    if profile.is_number and (evidence.is_amount or not profile.is_whole):
        return _detect_fractions(profile, evidence.is_span)
    if evidence.is_public:
        return modelled(profile, ModelledType.CATEGORICAL, f"declared public; {_count(profile)}: categories")
    found = _detect_identity(hints, profile.without_missing_words(), evidence)
    return found or _detect_statistics(hints, profile, evidence)


def identify(name: str, values: pd.Series) -> Finding:
    """A column that is known to hold identifiers, with the form of its values."""
    profile = Profile.of(values)
    if not len(profile.distinct):
        return identity(profile, "empty", "no value in any row")
    return as_identifier(Clues(profile, read_name(name)), "the metadata says that it is an identifier")


def describe_as(values: pd.Series, kind: ModelledType, why: str, date_format: str | None = None) -> Finding:
    """A column that is known to be modelled."""
    return modelled(Profile.of(values), kind, why, date_format=date_format)


def derive_as(values: pd.Series, kind: str, why: str) -> Finding:
    """A column that is known to be of an identity kind."""
    profile = Profile.of(values)
    options = {"words": count_words(profile)} if kind == "text" else {}
    return identity(profile, kind if len(profile.distinct) else "empty", why, options=options)


def _detect_identity(hints: NameHints, profile: Profile, evidence: Evidence) -> Finding | None:
    """The identity that a column of text or whole numbers holds, None where it holds statistics."""
    if are_period_names(profile):
        return None
    if not profile.is_number and are_spoiled_codes(profile.values, hints):
        return as_spoiled(profile)
    kind = find_pattern(hints, profile)
    is_listed = are_public_codes(profile, hints)
    if kind is not None and not (is_listed and kind.is_published):
        return identity(profile, kind.name, f"{_count(profile)} in the form of {kind.title}")
    people = find_people(profile, hints)
    if people is not None:
        doubt = () if people.is_confirmed else ("categorical",)
        return identity(profile, people.kind, people.why, doubt)
    if is_listed:
        return None
    clues = Clues(profile, hints, profile.is_whole and evidence.correlates(), evidence.founds)
    if clues.shape is None:
        tests: tuple[Callable[[Clues], Finding | None], ...] = (
            _detect_letters,
            _detect_handle,
            _detect_grouped,
            _detect_text,
        )
        return next((found for detect in tests if (found := detect(clues)) is not None), None)
    has_one_width = clues.shape.width is not None
    tests = (_detect_code, _detect_handle) if has_one_width else (_detect_handle, _detect_code)
    return next((found for detect in tests if (found := detect(clues)) is not None), None)


def _detect_letters(clues: Clues) -> Finding | None:
    """Codes of letters alone, which look like words."""
    reason = find_letter_codes(clues.profile, clues.hints)
    return None if reason is None else as_letters(clues.profile, reason)


def _detect_handle(clues: Clues) -> Finding | None:
    """User names and payment handles, which have no form in common."""
    reason = find_handles(clues.profile, clues.hints)
    return None if reason is None else as_handle(clues.profile, reason)


def _detect_grouped(clues: Clues) -> Finding | None:
    """Numbers of people with their digits in groups, which have no form in common with other codes."""
    if clues.profile.is_number or not are_in_groups(clues.profile.texts):
        return None
    named = "the column name suggests numbers of people" if names_national_id(clues.hints.joined) else None
    reason = named or find_free_text(clues.profile)
    return None if reason is None else as_grouped(clues.profile, reason)


def _detect_code(clues: Clues) -> Finding | None:
    """Identifiers among codes and whole numbers: by their signs, or since no row shares its text."""
    score = score_signs(clues)
    if not score.is_identifier and clues.profile.is_number:
        return None
    if score.is_identifier:
        return as_identifier(clues, score.reason)
    free = find_free_text(clues.profile, clues.hints.is_plain_list)
    if free is None:
        return None
    return (
        as_identifier(clues, free)
        if clues.size > _SHORT_VARIABLE
        else _as_text(clues.hints, clues.profile, free)
    )


def _detect_text(clues: Clues) -> Finding | None:
    if clues.profile.is_number:
        return None
    free = find_free_text(clues.profile, clues.hints.is_plain_list)
    return None if free is None else _as_text(clues.hints, clues.profile, free)


def _as_text(hints: NameHints, profile: Profile, reason: str) -> Finding:
    described = next((kind for kind in KINDS.values() if kind.words & set(hints.words)), KINDS["text"])
    options = {"words": count_words(profile)} if described.name == "text" else {}
    why = f"{reason}: {described.title}"
    others: tuple[str, ...] = ("categorical",) if profile.has_repeats else ()
    others += (QUOTES,) if are_quotes(profile.texts) else ()
    return identity(profile, described.name, why, others, options)


def _detect_statistics(hints: NameHints, profile: Profile, evidence: Evidence) -> Finding:
    """Categories or numbers, whatever is no identity."""
    if len(profile.distinct) == 1:
        return modelled(profile, ModelledType.CATEGORICAL, "one value in every row that has one: a constant")
    if not profile.is_number:
        return _as_categories(hints, profile)
    if len(profile.distinct) <= 2 or _are_number_codes(hints, profile) or are_levels(profile.values):
        why = f"{_count(profile)}, {tell_rows_each(profile)}: categories"
        others = ("numerical",) if len(profile.distinct) > 2 else ()
        return modelled(profile, ModelledType.CATEGORICAL, why, others)
    clues = Clues(profile, hints, evidence.correlates(), evidence.founds)
    score = score_signs(clues)
    reason = f"; {score.reason}" if score.reason else ""
    return modelled(
        profile, ModelledType.NUMERICAL, f"{_count(profile)}{reason}: a measure", _doubts(clues, score)
    )


def _doubts(clues: Clues, score: SignScore) -> tuple[str, ...]:
    """What else whole numbers could be: keys where none comes twice, categories where they are few."""
    profile = clues.profile
    if not profile.has_repeats:
        return ("key",)
    if score.points > 0 or _may_be_counted(clues):
        return ("code",)
    return ("categorical",) if len(profile.distinct) <= _FEW_NUMBERS else ()


def _may_be_counted(clues: Clues) -> bool:
    """Whether nothing but the name tells a measure from the numbers of people who are counted from 1."""
    if clues.correlates or clues.numbers is None:
        return False
    counted = clues.numbers.counted
    return counted.are_entities or (counted.are_doubtful and not clues.hints.is_measure)


def _are_number_codes(hints: NameHints, profile: Profile) -> bool:
    """Whether few whole numbers are names, not amounts: the name suggests it, or they are far apart."""
    distinct = len(profile.distinct)
    if hints.is_measure or distinct > _MOST_CODES or profile.rows_each < 2:
        return False
    is_called_code = hints.is_code or hints.is_identifier
    if hints.is_code_list or (is_called_code and (hints.is_public or distinct <= _FEW_CODES)):
        return True
    numbers = Clues(profile, hints).numbers
    if numbers is None or distinct > _FEW_CODES or profile.rows_each < _CODE_ROWS:
        return False
    is_one_width = len(str(numbers.low)) == numbers.digits >= _SHORTEST_CODE
    return is_one_width and distinct >= _FEWEST_TELLING and numbers.is_sparse and not numbers.are_times


def _as_categories(hints: NameHints, profile: Profile) -> Finding:
    finding = modelled(profile, ModelledType.CATEGORICAL, "")
    rare = finding.options.get("rare_values", 0)
    noted = f"; {rare:,} of them in fewer than 3 rows" if rare else ""
    why = f"{_count(profile)}, {tell_rows_each(profile)}{noted}: categories"
    is_code = Clues(profile, hints).shape is not None
    others: tuple[str, ...] = ("code",) if is_code else ("text",) if rare else ()
    others += (NAMES,) if not is_code and may_be_people(profile, hints) else ()
    return modelled(profile, ModelledType.CATEGORICAL, why, others)


def _detect_fractions(profile: Profile, is_span: bool) -> Finding:
    # Spans that are categories are text by now: seconds are no way to write a time of day.
    if not is_span and (len(profile.distinct) <= 2 or are_levels(profile.values)):
        return modelled(profile, ModelledType.CATEGORICAL, f"{_count(profile)}: categories", ("numerical",))
    return modelled(profile, ModelledType.NUMERICAL, f"{_describe_fractions(profile, is_span)}: a measure")


def _describe_fractions(profile: Profile, is_span: bool) -> str:
    if is_span:
        return f"{len(profile.distinct):,} distinct times or lengths of time"
    return (
        f"{_count(profile)}, written as amounts are"
        if profile.is_whole
        else f"{_count(profile)} with decimals"
    )


def _detect_date(hints: NameHints, profile: Profile, evidence: Evidence) -> Finding:
    count = f"{len(profile.distinct):,} distinct dates"
    is_birth = re.fullmatch(rf"(.*_)?({KINDS['date_of_birth'].patterns[0].name})", hints.joined) is not None
    is_day = find_iso_format(profile.values) == ISO_DATE
    if is_birth and is_day and _are_of_living(profile.values, evidence.as_of or date.today()):
        return Finding(
            Role.IDENTITY, "date_of_birth", why=f"{count}, and the column name suggests a birth date"
        )
    return modelled(profile, ModelledType.DATETIME, count, date_format=evidence.date_format)


def _are_of_living(births: pd.Series, as_of: date) -> bool:
    ages = compute_ages(births.dropna().to_numpy(), as_of)
    return bool(((ages >= 0) & (ages <= OLDEST_AGE)).all())


def _count(profile: Profile) -> str:
    noun = "values"
    if profile.is_number:
        noun = "whole numbers" if profile.is_whole else "numbers"
    return f"{len(profile.distinct):,} distinct {noun}"
