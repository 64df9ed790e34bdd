"""What one column of an unknown table is: statistics to learn, or identities to derive anew.

SDV's own detection is not used: it takes a person's name for a primary key, whole numbers for
ordinals, and writes real minima, maxima and categories into the metadata. Here the values decide and the
name of the column confirms; in doubt text is an identity: the safe mistake. Every decision is told in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.detection.findings import Finding, find_iso_format, identity, modelled
from pipeline.datasets.detection.keys import Clues, Weight, weigh
from pipeline.datasets.detection.names import NameHints, read_name
from pipeline.datasets.detection.people import find_people
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.detection.texts import find_free_text
from pipeline.datasets.kinds import KINDS, ColumnKind, Pattern
from pipeline.datasets.parsing import ISO_DATE, compute_ages
from pipeline.datasets.spec import ModelledType, Role

_NAMED_SHARE = 0.6  # of the values must fit where the column's name already says what it is
_UNNAMED_SHARE = 0.95  # must fit where only the values speak
_FIRST_LOOK = 50
_FEWEST_TELLING = 3
_MANY_POSTCODES = 50
_FEW_CODES, _CODE_ROWS = 50, 10
_SHORTEST_CODE = 3
_SHORT_VARIABLE = 2  # letters and digits: a template of them holds too few codes
_FEW_NUMBERS = 20
OLDEST_AGE = 120


@dataclass(frozen=True)
class Evidence:
    """What the table tells about a column besides its name and values.

    Ages count from `as_of`; `date_format` is the form that dates had in the file; `is_public` tells that
    somebody declared the column public; `is_amount` that its numbers are written as no code is, with
    decimals, groups of digits or a unit; `correlates` whether they go with a measure of the table.
    """

    as_of: date | None = None
    date_format: str | None = None
    is_public: bool = False
    is_amount: bool = False
    correlates: Callable[[], bool] = lambda: False


def detect_column(name: str, values: pd.Series, evidence: Evidence | None = None) -> Finding:
    """Role and kind of a typed column (see `reading.infer_types`), by its values, its name and the table."""
    evidence = evidence or Evidence()
    profile, hints = Profile.of(values), read_name(name)
    if not len(profile.distinct):
        return identity(profile, "empty", "no value in any row", options={})
    if pd.api.types.is_datetime64_any_dtype(values):
        return _detect_date(hints, profile, evidence)
    if profile.is_number and (evidence.is_amount or not profile.is_whole):
        return _detect_fractions(profile)
    if evidence.is_public:
        return modelled(profile, ModelledType.CATEGORICAL, f"declared public; {_count(profile)}: categories")
    found = _detect_identity(hints, profile.without_missing_words(), evidence)
    return found or _detect_statistics(hints, profile, evidence)


def identify(name: str, values: pd.Series) -> Finding:
    """A column that is known to hold identifiers, with the form of its values."""
    profile = Profile.of(values)
    if not len(profile.distinct):
        return identity(profile, "empty", "no value in any row")
    return _as_identifier(Clues(profile, read_name(name)), "the metadata says that it is an identifier")


def describe_as(values: pd.Series, kind: ModelledType, why: str, date_format: str | None = None) -> Finding:
    """A column that is known to be modelled."""
    return modelled(Profile.of(values), kind, why, date_format=date_format)


def derive_as(values: pd.Series, kind: str, why: str) -> Finding:
    """A column that is known to be of an identity kind."""
    profile = Profile.of(values)
    options = {"words": _count_words(profile)} if kind == "text" else {}
    return identity(profile, kind if len(profile.distinct) else "empty", why, options=options)


def _detect_identity(hints: NameHints, profile: Profile, evidence: Evidence) -> Finding | None:
    """The identity that a column of text or whole numbers holds, None where it holds statistics."""
    kind = _find_pattern(hints, profile)
    if kind is not None:
        return identity(profile, kind.name, f"{_count(profile)} in the form of {kind.title}")
    people = find_people(profile, hints)
    if people is not None:
        doubt = () if people.is_confirmed else ("categorical",)
        return identity(profile, people.kind, people.why, doubt)
    clues = Clues(profile, hints, profile.is_whole and evidence.correlates())
    if clues.shape is not None:
        return _detect_code(clues)
    return None if profile.is_number else _detect_text(hints, profile)


def _detect_code(clues: Clues) -> Finding | None:
    """Identifiers among codes and whole numbers: by their signs, or since no row shares its text."""
    weight = weigh(clues)
    if not weight.is_identifier and clues.profile.is_number:
        return None
    if weight.is_identifier:
        return _as_identifier(clues, weight.reason)
    free = find_free_text(clues.profile, clues.hints.is_plain_list)
    if free is None:
        return None
    return (
        _as_identifier(clues, free)
        if clues.size > _SHORT_VARIABLE
        else _as_text(clues.hints, clues.profile, free)
    )


def _as_identifier(clues: Clues, reason: str) -> Finding:
    profile, shape = clues.profile, clues.shape
    noun = shape.phrase if shape is not None and not profile.is_number else _number_phrase(clues)
    if profile.has_repeats:
        why = f"{clues.distinct:,} distinct {noun}, about {profile.rows_each:.0f} rows each; {reason}"
        others = ("categorical", "numerical") if profile.is_number else ("categorical",)
        return identity(profile, "code", f"{why}: an identifier that repeats", others)
    why = f"{clues.distinct:,} {noun}, none twice; {reason}"
    others = ("numerical",) if profile.is_number else ()
    key = _key_options(clues)
    if key is None:
        kind = "code" if shape is not None else "text"
        options = {} if kind == "code" else {"words": _count_words(profile)}
        return identity(profile, kind, f"{why}: an identifier", others, options)
    return identity(profile, "key", f"{why}: a key, with more digits where rows need them", others, key)


def _number_phrase(clues: Clues) -> str:
    if clues.numbers is None:
        return "texts"
    return f"whole numbers of {'' if clues.shape and clues.shape.width else 'up to '}{clues.numbers.digits} digits"


def _key_options(clues: Clues) -> dict[str, object] | None:
    """The form of a key that is counted up: whole numbers, or a prefix and digits; None for other codes."""
    if clues.numbers is not None:
        is_counted = clues.numbers.is_counted or clues.numbers.is_rising
        return {"template": "integer", "width": clues.numbers.digits, "grows": True} if is_counted else None
    shape = clues.shape
    if shape is None or not shape.is_plain or clues.profile.has_repeats:
        return None
    digits = pd.Series([int(text[len(shape.prefix) :]) for text in clues.profile.texts])
    counted = Clues(Profile.of(digits), clues.hints).numbers
    if counted is None or shape.digits > _LONGEST_COUNTER or not (counted.is_counted or counted.is_rising):
        return None
    return {"prefix": shape.prefix, "width": shape.digits, "grows": True}


_LONGEST_COUNTER = 18


def _detect_text(hints: NameHints, profile: Profile) -> Finding | None:
    free = find_free_text(profile, hints.is_plain_list)
    return None if free is None else _as_text(hints, profile, free)


def _as_text(hints: NameHints, profile: Profile, reason: str) -> Finding:
    described = next((kind for kind in KINDS.values() if kind.words & set(hints.words)), KINDS["text"])
    options = {"words": _count_words(profile)} if described.name == "text" else {}
    why = f"{reason}: {described.title}"
    return identity(profile, described.name, why, ("categorical",) if profile.has_repeats else (), options)


def _detect_statistics(hints: NameHints, profile: Profile, evidence: Evidence) -> Finding:
    """Categories or numbers, whatever is no identity."""
    if not profile.is_number:
        return _as_categories(hints, profile)
    if len(profile.distinct) <= 2 or _are_number_codes(hints, profile):
        why = f"{_count(profile)}, about {profile.rows_each:.0f} rows each: categories"
        others = ("numerical",) if len(profile.distinct) > 2 else ()
        return modelled(profile, ModelledType.CATEGORICAL, why, others)
    weight = weigh(Clues(profile, hints, evidence.correlates()))
    reason = f"; {weight.reason}" if weight.reason else ""
    return modelled(
        profile, ModelledType.NUMERICAL, f"{_count(profile)}{reason}: a measure", _doubts(profile, weight)
    )


def _doubts(profile: Profile, weight: Weight) -> tuple[str, ...]:
    """What else whole numbers could be: keys where none comes twice, categories where they are few."""
    if not profile.has_repeats:
        return ("key",)
    if weight.points > 0:
        return ("code",)
    return ("categorical",) if len(profile.distinct) <= _FEW_NUMBERS else ()


def _are_number_codes(hints: NameHints, profile: Profile) -> bool:
    """Whether few whole numbers are names rather than amounts: by a name that says so, or without any order."""
    distinct = len(profile.distinct)
    if hints.is_measure or distinct > _FEW_CODES * 10 or profile.rows_each < 2:
        return False
    if hints.is_code_list or (
        (hints.is_code or hints.is_identifier) and (hints.is_public or distinct <= _FEW_CODES)
    ):
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
    why = f"{_count(profile)}, about {profile.rows_each:.0f} rows each{noted}: categories"
    is_code = Clues(profile, hints).shape is not None
    others = ("code",) if is_code else ("text",) if rare else ()
    return modelled(profile, ModelledType.CATEGORICAL, why, others)


def _detect_fractions(profile: Profile) -> Finding:
    finding = modelled(profile, ModelledType.NUMERICAL, "")
    if len(profile.distinct) <= 2:
        return modelled(profile, ModelledType.CATEGORICAL, f"{_count(profile)}: categories", ("numerical",))
    why = f"{_count(profile)} with up to {finding.options['decimals']} decimals: a measure"
    return modelled(profile, ModelledType.NUMERICAL, why)


def _detect_date(hints: NameHints, profile: Profile, evidence: Evidence) -> Finding:
    count = f"{len(profile.distinct):,} distinct dates"
    is_birth = re.fullmatch(rf"(.*_)?({KINDS['date_of_birth'].patterns[0].name})", hints.joined) is not None
    is_day = find_iso_format(profile.values) == ISO_DATE
    if is_birth and is_day and _are_of_living(profile.values, evidence.as_of or date.today()):
        return Finding(Role.IDENTITY, "date_of_birth", why=f"{count}, and the column's name speaks of birth")
    return modelled(profile, ModelledType.DATETIME, count, date_format=evidence.date_format)


def _are_of_living(births: pd.Series, as_of: date) -> bool:
    ages = compute_ages(births.dropna().to_numpy(), as_of)
    return bool(((ages >= 0) & (ages <= OLDEST_AGE)).all())


def _find_pattern(hints: NameHints, profile: Profile) -> ColumnKind | None:
    """The kind whose form the values have, and most of them need a name that says so."""
    for kind in KINDS.values():
        if any(_fits(pattern, hints, profile.texts) for pattern in kind.patterns):
            if kind.name == "faker:postcode" and len(profile.distinct) <= _MANY_POSTCODES:
                continue
            return kind
    cards = _share(passes_luhn, profile.texts, _UNNAMED_SHARE)
    return KINDS["card_number"] if cards >= _UNNAMED_SHARE and len(profile.texts) >= _FEWEST_TELLING else None


def _fits(pattern: Pattern, hints: NameHints, texts: Sequence[str]) -> bool:
    if pattern.value and re.fullmatch(rf"(.*_)?({pattern.name})", hints.joined):
        named = re.compile(pattern.value)
        if _share(lambda text: named.fullmatch(text) is not None, texts, _NAMED_SHARE) >= _NAMED_SHARE:
            return True
    if not pattern.telling or len(texts) < _FEWEST_TELLING:
        return False
    telling = re.compile(pattern.telling)
    return _share(lambda text: telling.fullmatch(text) is not None, texts, _UNNAMED_SHARE) >= _UNNAMED_SHARE


def _share(accepts: Callable[[str], bool], texts: Sequence[str], wanted: float) -> float:
    """The share of texts that are accepted; 0 where a first look shows that it is far below what is wanted."""
    first = sum(map(accepts, texts[:_FIRST_LOOK])) / len(texts[:_FIRST_LOOK])
    return sum(map(accepts, texts)) / len(texts) if first >= wanted / 2 else 0.0


def passes_luhn(text: str) -> bool:
    """Whether a text is a card number: 13-19 digits, blanks and hyphens aside, with a valid check digit."""
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"\d{13,19}", digits):
        return False
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def _count(profile: Profile) -> str:
    noun = (
        "numbers"
        if profile.is_number and not profile.is_whole
        else "whole numbers"
        if profile.is_number
        else "values"
    )
    return f"{len(profile.distinct):,} distinct {noun}"


def _count_words(profile: Profile) -> int:
    return max(1, round(float(np.mean([len(text.split()) for text in profile.texts]))))
