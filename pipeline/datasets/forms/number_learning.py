"""Which form of number a column is written in, decided over all its shapes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.hints import Hints, Proposal
from pipeline.datasets.forms.number_affixes import Affixes, find_affixes, find_starts, strip_affixes
from pipeline.datasets.forms.number_evidence import without_like_groups
from pipeline.datasets.forms.number_literals import set_apart
from pipeline.datasets.forms.number_shapes import MINUS_SIGNS, PERCENT_SIGNS, Cut, has_dash
from pipeline.datasets.forms.number_sightings import (
    Sighting,
    Signs,
    count_cells,
    find_padding,
    find_sightings,
    keeps_zeros,
    total_of,
)
from pipeline.datasets.forms.number_signs import choose_signs
from pipeline.datasets.forms.number_units import find_unlisted
from pipeline.datasets.forms.numbers import FIRST_CODE_LENGTH, NumberForm
from pipeline.datasets.forms.sign_words import with_sign_words

_MOST_CODES = 0.005
"""Share of cells like "007" from which on a column is one of codes."""

_ENOUGH_UNITS = 0.2
_FIXED = 0.95
_DIGITS_OF_PHONE = 8


def propose_number(cells: Cells, hints: Hints) -> Proposal | None:
    """The form of numbers that most cells fit, or None where they are words, codes or too long."""
    affixes = find_affixes(cells)
    if affixes is not None:
        return _with_affixes(propose_number(strip_affixes(cells, affixes), hints), affixes, cells)
    sightings = find_sightings(cells)
    if total_of(sightings) <= cells.present / 2:
        sightings = find_unlisted(cells) or sightings
    width = find_padding(sightings)
    sightings = with_sign_words([replace(one, leading_zeros=0) for one in sightings] if width else sightings)
    seen = _of_one_unit(sightings)
    if not seen or _are_codes(cells, seen):
        return None
    choice = choose_signs(cells, seen, hints)
    if choice is None:
        return None
    usual, literals = set_apart(cells, [*seen, *_bare(sightings, seen)], choice.signs)
    forms = [
        replace(_form(cells, without_like_groups(usual, signs), literals, signs), integer_width=width or 1)
        for signs in (choice.signs, *choice.others)
    ]
    return Proposal(forms[0], choice.why, tuple(forms[1:]), choice.is_ambiguous)


def _with_affixes(proposal: Proposal | None, affixes: Affixes, cells: Cells) -> Proposal | None:
    """The form of numbers whose scales or plus signs were taken off, and where each scale is written."""
    if proposal is None or not isinstance(proposal.form, NumberForm) or proposal.form.notation != "plain":
        return None
    positive = proposal.form.positive + ("+" if affixes.has_plus else "")
    form = replace(proposal.form, positive=positive, scales=affixes.scales)
    form = _with_scales(form, cells) if affixes.scales else form
    return replace(proposal, form=form, alternatives=())


def _with_scales(form: NumberForm, cells: Cells) -> NumberForm:
    """The form with the numbers and decimals that each of its scales is written with."""
    places = form.places(cells)
    numbers = form.read_cells(cells, pd.Series(np.zeros(len(cells)))).values.to_numpy(dtype=float)
    is_read = np.isfinite(numbers)
    counts = [Counter[int]() for _ in form.scales]
    for shape, rows in zip(cells.shapes, cells.rows, strict=True):
        number = re.search(rb"9[9.,' ]*", shape)
        digits = number[0].rstrip() if number else b""
        _, sign, fraction = digits.rpartition(form.decimal.encode())
        counts[places[rows[0]]][len(fraction) if sign else 0] += len(rows)
    decimals = tuple(_fixed_decimals(one) for one in counts)
    is_same = form.min_decimals == form.max_decimals and set(decimals) <= {-1, form.max_decimals}
    return replace(
        form,
        scale_starts=find_starts(numbers[is_read], places[is_read], form.scales),
        scale_decimals=() if is_same else decimals,
    )


def _fixed_decimals(counts: Counter[int]) -> int:
    """The decimals that nearly all cells of a scale have; -1 where they differ."""
    usual, often = next(iter(counts.most_common(1)), (-1, 0))
    return usual if often >= _FIXED * counts.total() else -1


def _of_one_unit(seen: list[Sighting]) -> list[Sighting]:
    """The cells with the most frequent unit, and those without one unless it is a percent sign."""
    units = count_cells(seen, lambda sighting: sighting.number.unit)
    if not units:
        return []
    usual = units.most_common(1)[0][0]
    named = next((unit for unit, _ in units.most_common() if unit and unit not in PERCENT_SIGNS), "")
    if usual == "" and units[named] >= _ENOUGH_UNITS * units.total():
        usual = named
    kept = {usual} if usual in PERCENT_SIGNS or has_dash(usual) else {usual, ""}
    return [sighting for sighting in seen if sighting.number.unit in kept]


def _bare(sightings: list[Sighting], seen: list[Sighting]) -> list[Sighting]:
    """The cells without a unit in a column whose unit always is there."""
    return [sighting for sighting in sightings if not sighting.number.unit and sighting not in seen]


def _are_codes(cells: Cells, seen: list[Sighting]) -> bool:
    """Whether the column is one of codes: leading zeros, more digits than a float holds, phone numbers."""
    bare = [sighting for sighting in seen if sighting.number.core.strip("9") == ""]
    total = sum(sighting.count for sighting in seen)
    zeros = sum(sighting.leading_zeros for sighting in bare if len(sighting.number.core) > 1)
    long = [
        sighting
        for sighting in bare
        if len(sighting.number.core) >= FIRST_CODE_LENGTH and not sighting.number.exponent
    ]
    phones = [s for s in bare if s.number.has_plus and len(s.number.core) >= _DIGITS_OF_PHONE]
    return (
        zeros > _MOST_CODES * total
        or cells.has_two_values([sighting.code for sighting in long])
        or sum(sighting.count for sighting in phones) > total / 2
    )


def _form(cells: Cells, seen: list[Sighting], literals: tuple[str, ...], signs: Signs) -> NumberForm:
    fitting = [(s, cut) for s in seen if (cut := signs.cut(s.number.core)) is not None]
    notation, exponent = _notation(cells, fitting)
    counted = [(s, cut) for s, cut in fitting if notation != "general" or not s.number.exponent]
    least, most = _decimals(cells, counted or fitting)
    positive, negative = _templates([sighting for sighting, _ in fitting])
    return NumberForm(
        decimal=signs.decimal, grouping=signs.grouping, lakh=signs.lakh, positive=positive, negative=negative,
        min_decimals=min(least, 1) if notation == "general" else least,
        max_decimals=None if notation == "general" else most,
        notation=notation, exponent=exponent, zero_before_point=_zero_before_point(fitting),
        literals=literals,
    )  # fmt: skip


def _decimals(cells: Cells, fitting: list[tuple[Sighting, Cut]]) -> tuple[int, int]:
    """The least and the most decimals; equal when nearly all cells have as many and zeros are kept."""
    counts = Counter[int]()
    for sighting, cut in fitting:
        counts[cut.decimals] += sighting.count
    usual, often = counts.most_common(1)[0]
    least, most = min(counts), max(counts)
    if least == most or (
        often >= _FIXED * counts.total() and usual == most and keeps_zeros(cells, fitting, usual)
    ):
        return usual, usual
    return least, most


def _notation(cells: Cells, fitting: list[tuple[Sighting, Cut]]) -> tuple[str, str]:
    scientific = [sighting for sighting, _ in fitting if sighting.number.exponent]
    if not scientific:
        return "plain", "e+00"
    powers = count_cells(scientific, lambda sighting: sighting.number.exponent)
    letter = powers.most_common(1)[0][0][0]
    is_positive_bare = any(not set(power) & set("+" + MINUS_SIGNS) for power in powers)
    width = min(power.count("9") for power in powers)
    exponent = f"{letter}{'' if is_positive_bare else '+'}{'0' * width}"
    whole_mantissa = all(cut.integer == 1 for _, cut in fitting)
    is_all = len(scientific) == len(fitting) and whole_mantissa
    return ("scientific", exponent) if is_all else ("general", "e+00")


def _templates(seen: list[Sighting]) -> tuple[str, str]:
    """How positive and negative numbers are written most often."""
    unit = count_cells(seen, lambda sighting: sighting.number.unit).most_common(1)[0][0]
    with_unit = [sighting for sighting in seen if sighting.number.unit == unit]
    templates = count_cells([s for s in with_unit if not s.number.is_negative], lambda s: s.number.template)
    negatives = count_cells([s for s in with_unit if s.number.is_negative], lambda s: s.number.template)
    negative = negatives.most_common(1)[0][0] if negatives else None
    if not templates:
        return "".join(c for c in negative or "#" if c not in "()" + MINUS_SIGNS), negative or "-#"
    positive = templates.most_common(1)[0][0]
    return positive, negative or "-" + positive.replace("+", "")


def _zero_before_point(fitting: list[tuple[Sighting, Cut]]) -> bool:
    bare = sum(sighting.count for sighting, cut in fitting if cut.integer == 0)
    zeros = sum(sighting.leading_zeros for sighting, cut in fitting if cut.integer == 1 and cut.decimals)
    return bare <= zeros
