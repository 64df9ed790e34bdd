"""Findings for identifiers: consecutive keys, codes that are unique or repeat, and why."""

from __future__ import annotations

import pandas as pd

from pipeline.datasets.detection.findings import Finding, count_words, identity
from pipeline.datasets.detection.keys import Clues
from pipeline.datasets.detection.letters import learn_letter_codes
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.detection.spoiled import describe_spoiled
from pipeline.datasets.detection.texts import share_of
from pipeline.datasets.handles import learn_handle
from pipeline.datasets.unsure import SPOILED

_LONGEST_COUNTER = 18  # digits


def as_identifier(clues: Clues, reason: str) -> Finding:
    """A column of identifiers; `reason` says in words, without a value, why it is one."""
    profile, shape = clues.profile, clues.shape
    noun = shape.phrase if shape is not None and not profile.is_number else _number_phrase(clues)
    if profile.has_repeats:
        why = f"{clues.distinct:,} distinct {noun}, {tell_rows_each(profile)}; {reason}"
        others: tuple[str, ...] = ("categorical", "numerical") if profile.is_number else ("categorical",)
        return identity(profile, "code", f"{why}: an identifier that repeats", others)
    why = f"{clues.distinct:,} {noun}, none twice; {reason}"
    others = ("numerical",) if profile.is_number else ()
    key = _key_options(clues)
    if key is None:
        kind = "code" if shape is not None else "text"
        options = {} if kind == "code" else {"words": count_words(profile)}
        return identity(profile, kind, f"{why}: an identifier", others, options)
    return identity(profile, "key", f"{why}: a key, with more digits if there are more rows", others, key)


def as_handle(profile: Profile, reason: str) -> Finding:
    """A column of user names or payment handles; `reason` says in words, without a value, why it is one."""
    repeats = f", {tell_rows_each(profile)}" if profile.has_repeats else ", none twice"
    why = f"{len(profile.distinct):,} distinct handles{repeats}; {reason}: an identifier"
    has_form = len({len(text) for text in profile.texts}) == 1 and share_of(profile.texts, _has_digit) == 1.0
    template = None if has_form else learn_handle(profile.texts)
    options = template.as_options() if template is not None else {}
    return identity(profile, "code", why, ("categorical",) if profile.has_repeats else (), options)


def as_letters(profile: Profile, reason: str) -> Finding:
    """A column of codes of letters; `reason` says in words, without a value, why it is one."""
    repeats = f", {tell_rows_each(profile)}" if profile.has_repeats else ", none twice"
    why = f"{len(profile.distinct):,} distinct codes{repeats}; {reason}: an identifier"
    template = learn_letter_codes(profile.texts)
    options = template.as_options() if template is not None else {}
    return identity(profile, "code", why, ("categorical",) if profile.has_repeats else (), options)


def as_grouped(profile: Profile, reason: str) -> Finding:
    """A column of digits in groups; `reason` says in words, without a value, why they are codes."""
    repeats = f", {tell_rows_each(profile)}" if profile.has_repeats else ", none twice"
    why = f"{len(profile.distinct):,} distinct numbers in groups of digits{repeats}; {reason}: an identifier"
    return identity(profile, "code", why, ("categorical",) if profile.has_repeats else ())


def as_spoiled(profile: Profile) -> Finding:
    """A column of codes that a spreadsheet wrote in scientific notation."""
    repeats = f", {tell_rows_each(profile)}" if profile.has_repeats else ", none twice"
    count = f"{len(profile.distinct):,} distinct long numbers"
    why = f"{count} in scientific notation{repeats}: codes without their end"
    return identity(profile, "code", why, (SPOILED,), describe_spoiled(profile.texts))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _number_phrase(clues: Clues) -> str:
    if clues.numbers is None:
        return "texts"
    up_to = "" if clues.shape is not None and clues.shape.width else "up to "
    return f"whole numbers of {up_to}{clues.numbers.digits} digits"


def _key_options(clues: Clues) -> dict[str, object] | None:
    """The form of a key that is counted up: whole numbers, or a prefix and digits; None for other codes."""
    if clues.are_national:
        return None  # also where rows are sorted by them
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


def tell_rows_each(profile: Profile) -> str:
    """How many rows hold one value, in words."""
    if profile.rows_each < 1.5:
        return f"{profile.present - len(profile.distinct):,} of {profile.present:,} rows repeat one"
    return f"about {profile.rows_each:,.0f} rows each"
