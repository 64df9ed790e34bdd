"""Which form of number a column is written in, decided over all its shapes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.hints import Hints, Proposal
from pipeline.datasets.forms.number_affixes import Affixes, find_affixes, strip_affixes
from pipeline.datasets.forms.number_literals import set_apart
from pipeline.datasets.forms.number_shapes import (
    GROUPINGS,
    MINUS_SIGNS,
    PERCENT_SIGNS,
    Cut,
    has_dash,
)
from pipeline.datasets.forms.number_sightings import (
    Sighting,
    Signs,
    count_cells,
    find_padding,
    find_sightings,
    keeps_zeros,
    total_of,
)
from pipeline.datasets.forms.number_units import find_unlisted
from pipeline.datasets.forms.numbers import FIRST_CODE_LENGTH, NumberForm
from pipeline.datasets.forms.sign_words import with_sign_words

_MOST_CODES = 0.005
"""Share of cells like "007" from which on a column is one of codes."""

_ENOUGH_UNITS = 0.2
_FIXED = 0.95
_FEWEST_BARE_CELLS = 10
_DIGITS_OF_PHONE = 8


def propose_number(cells: Cells, hints: Hints) -> Proposal | None:
    """The form of numbers that most cells fit, or None where they are words, codes or too long."""
    affixes = find_affixes(cells)
    if affixes is not None:
        return _with_affixes(propose_number(strip_affixes(cells, affixes), hints), affixes)
    sightings = find_sightings(cells)
    if total_of(sightings) <= cells.present / 2:
        sightings = find_unlisted(cells) or sightings
    width = find_padding(sightings)
    sightings = with_sign_words([replace(one, leading_zeros=0) for one in sightings] if width else sightings)
    seen = _of_one_unit(sightings)
    if not seen or _are_codes(cells, seen):
        return None
    best = _fitting_signs(seen)
    if not best:
        return None
    chosen, is_ambiguous, why = _choose(cells, best, seen, hints)
    usual, literals = set_apart(cells, [*seen, *_bare(sightings, seen)], chosen)
    forms = [
        replace(_form(cells, usual, literals, signs), integer_width=width or 1)
        for signs in (chosen, *(signs for signs in best if signs != chosen))
    ]
    return Proposal(forms[0], why, tuple(forms[1:]), is_ambiguous)


def _with_affixes(proposal: Proposal | None, affixes: Affixes) -> Proposal | None:
    """The form of numbers whose scales or plus signs were taken off."""
    if proposal is None or not isinstance(proposal.form, NumberForm) or proposal.form.notation != "plain":
        return None
    positive = proposal.form.positive + ("+" if affixes.has_plus else "")
    form = replace(proposal.form, positive=positive, scales=affixes.scales)
    return replace(proposal, form=form, alternatives=())


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
        or _has_two_values(cells, long)
        or sum(sighting.count for sighting in phones) > total / 2
    )


def _has_two_values(cells: Cells, seen: list[Sighting]) -> bool:
    """Whether shapes hold more than one text: a single long number is a sentinel, many are identifiers."""
    texts: set[str] = set()
    for sighting in seen:
        texts.update(cells.texts_of(sighting.code).slice(0, 1000).unique().to_pylist())
    return len(texts) > 1


def _fitting_signs(seen: list[Sighting]) -> list[Signs]:
    """Decimal sign and grouping that the most cells fit; several only when they read other values."""
    used = {char for sighting in seen for char in sighting.number.core} - {"9"}
    candidates = [
        Signs(decimal, grouping, lakh)
        for decimal in (".", ",")
        for grouping in ("", *(sign for sign in GROUPINGS if sign in used and sign != decimal))
        for lakh in ((False, True) if grouping else (False,))
    ]
    fits = {signs: sum(_fit(sighting, signs) for sighting in seen) for signs in candidates}
    most = max(fits.values())
    kept: dict[tuple[tuple[int, int] | None, ...], Signs] = {}
    for signs in candidates:
        if fits[signs] == most > 0:
            cuts = (signs.cut(sighting.number.core) for sighting in seen)
            kept.setdefault(tuple((cut.integer, cut.decimals) if cut else None for cut in cuts), signs)
    return [_with_usual_grouping(signs, seen) for signs in kept.values()]


def _fit(sighting: Sighting, signs: Signs) -> int:
    """Number of cells of a shape that fit: a group of more than one digit starts with no zero."""
    cut = signs.cut(sighting.number.core)
    if cut is None or (cut.is_grouped and sighting.number.exponent):
        return 0
    return sighting.count - (sighting.leading_zeros if cut.integer > 1 else 0)


def _with_usual_grouping(signs: Signs, seen: list[Sighting]) -> Signs:
    """The most frequent of the blanks or apostrophes that mean the same grouping."""
    if not signs.grouping:
        return signs
    grouped = [s for s in seen if (cut := signs.cut(s.number.core)) is not None and cut.is_grouped]
    used = count_cells(grouped, lambda sighting: next(c for c in sighting.number.core if c != "9"))
    return (
        Signs(signs.decimal, used.most_common(1)[0][0], signs.lakh)
        if used
        else Signs(signs.decimal, "", False)
    )


def _choose(cells: Cells, best: list[Signs], seen: list[Sighting], hints: Hints) -> tuple[Signs, bool, str]:
    """The signs to read with, whether that is a guess, and why."""
    if len(best) == 1:
        return best[0], False, ""
    dashes = {sighting.number.unit[:1] for sighting in seen if has_dash(sighting.number.unit)}
    before_dash = [signs for signs in best if signs.decimal in dashes]
    if len(before_dash) == 1:
        return before_dash[0], False, f'a dash stands in place of cents after "{before_dash[0].decimal}"'
    hinted = [signs for signs in best if signs.decimal == hints.decimal]
    if hinted:
        return hinted[0], False, f'the decimal sign is given as "{hints.decimal}"'
    grouped = [signs for signs in best if signs.grouping]
    small = [s for s in seen if set(s.number.core) == {"9"} and len(s.number.core) <= 3]
    bare = total_of(small)
    is_guess = bare < _FEWEST_BARE_CELLS
    if grouped and bare and (is_guess or _has_two_values(cells, small)):
        return (
            grouped[0],
            is_guess,
            "numbers below a thousand have no sign, all others have three digits after it",
        )
    chosen = next((signs for signs in best if signs.decimal == "."), best[0])
    sign = chosen.grouping or chosen.decimal
    return (
        chosen,
        True,
        f'"{sign}" may group thousands or be the decimal sign: three digits follow it everywhere',
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
