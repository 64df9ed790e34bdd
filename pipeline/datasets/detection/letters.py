"""Codes of letters alone, such as booking references and logins of one length.

Words of a list have several lengths; where dozens of texts are letters of one case and all as long, somebody
made codes of them. Currency pairs, ports and banks have codes that are published, and known words are words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import prod

from pipeline.datasets.code_template import CodeShape, CodeTemplate
from pipeline.datasets.codes import learn_code
from pipeline.datasets.detection.names import NameHints
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.known_words import are_published_codes, count_known

FEWEST_LETTER_CODES = 20
"""Fewer texts of one length may be words by chance."""

SHORTEST = 5
"""Letters of a code; airports and currencies have fewer."""

_ROWS_OF_CATEGORY = 50
_SHARE = 0.98
_KNOWN_SHARE = 0.3  # of the texts are known words where these are words of one length
_SPARSE = 10  # texts that there could be, for each that is there
_FILLED = 1.5  # combinations of two parts, for each that is there: products with variants
_SMALLEST_SPACE = 5_000
_UPPER, _LOWER = re.compile(r"[A-Z]+(?:[-./_ ][A-Z]+)*"), re.compile(r"[a-z]+(?:[-./_ ][a-z]+)*")


def find_letter_codes(profile: Profile, hints: NameHints) -> str | None:
    """Why a column of text holds codes of letters, in words that show no value; None where it does not."""
    distinct = len(profile.distinct)
    if profile.is_number or distinct < FEWEST_LETTER_CODES or profile.rows_each >= _ROWS_OF_CATEGORY:
        return None
    if hints.is_public or hints.is_plain_list or hints.is_security:
        return None
    texts = _pick_formed(profile.texts)
    if len(texts) < _SHARE * len(profile.texts) or not _are_sparse(texts) or are_published_codes(texts):
        return None
    if count_known(texts) >= _KNOWN_SHARE:
        return None
    return f"all are {len(texts[0])} letters of one case, as no list of words is"


def learn_letter_codes(texts: Sequence[str]) -> CodeTemplate | None:
    """The template of codes of letters of one case; None where they have no form in common."""
    formed = _pick_formed(texts)
    template = learn_code([text.upper() for text in formed])
    if template is None or not formed[0].islower():
        return template
    return replace(template, shapes=tuple(map(_lower, template.shapes)))


def _lower(shape: CodeShape) -> CodeShape:
    fields = (replace(one, choices=tuple(sorted(map(str.lower, one.choices)))) for one in shape.fields)
    return replace(shape, fields=tuple(fields))


def _pick_formed(texts: Sequence[str]) -> list[str]:
    """The texts that have the usual length, separators and case, where that is letters, many in a row."""
    forms = [re.sub(r"[^\W\d_]", "a", text) for text in texts]
    usual = max(set(forms), key=forms.count)
    if max(map(len, re.findall("a+", usual)), default=0) < SHORTEST:
        return []
    same = [text for text, form in zip(texts, forms, strict=True) if form == usual]
    cases = ([text for text in same if case.fullmatch(text)] for case in (_UPPER, _LOWER))
    return max(cases, key=len)


def _are_sparse(texts: Sequence[str]) -> bool:
    """Whether texts are few of those that their characters could make up, and not all that two parts do."""
    width, distinct = len(texts[0]), len(texts)
    possible = prod(len({text[at] for text in texts}) for at in range(width))
    if possible < max(_SMALLEST_SPACE, _SPARSE * distinct):
        return False
    parts = (({text[:at] for text in texts}, {text[at:] for text in texts}) for at in range(1, width))
    return all(
        len(first) * len(last) > _FILLED * distinct
        for first, last in parts
        if len(first) > 1 and len(last) > 1
    )
