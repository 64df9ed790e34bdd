"""Templates of identifiers that people made up: `nmeyer84`, `anna402@bank`, `@karl_nagel`.

Their lengths differ, so that each length is a shape of its own: where it has letters and digits is
kept, which words they are is not. Only what many values share, such as a bank behind the @, is taken over.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from pipeline.datasets.code_patterns import DIGITS, CodeField, merge_fields
from pipeline.datasets.code_template import CodeShape, CodeTemplate

FEWEST_SHARING = 10
"""As many distinct values share a word that a template takes over from them."""

_MOST_SHAPES = 60
_COVERED = 0.9  # of the distinct values have one of the shapes
_MOST_WORDS = 12  # that are shared, of one place
_LONGEST = 64
_FEWEST_PADDED = 44  # numbers of several digits, of which chance would begin some with 0
_UPPER = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = tuple("abcdefghijklmnopqrstuvwxyz")
_LETTERS = tuple(sorted(_UPPER + _LOWER))
_TOKEN = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]")

_Tokens = tuple[str, ...]


def learn_handle(texts: Sequence[str]) -> CodeTemplate | None:
    """The template of distinct handles; None where they have too many forms."""
    cells = sorted({_fold(text.strip()) for text in texts})
    plain = [text for text in cells if text and len(text) <= _LONGEST and text.isprintable()]
    tokens = [tuple(_TOKEN.findall(text)) for text in plain]
    shared = _find_shared(tokens)
    pads = _pads_numbers(tokens)
    shapes = Counter(_describe(each, shared, pads) for each in tokens)
    common = [(fields, count) for fields, count in shapes.most_common(_MOST_SHAPES) if _changes(fields)]
    covered = sum(count for _, count in common)
    if not common or covered < _COVERED * len(cells):
        return None
    return CodeTemplate(tuple(CodeShape(fields, count / covered) for fields, count in common))


def _fold(text: str) -> str:
    """The text in ASCII: letters without their accents."""
    return unicodedata.normalize("NFKD", text.replace("ß", "s")).encode("ascii", "ignore").decode()


def _changes(fields: tuple[CodeField, ...]) -> bool:
    return any(not field.is_literal for field in fields)


def _find_shared(tokens: Sequence[_Tokens]) -> frozenset[tuple[_Tokens, int, str]]:
    """Words that enough values have in one place, where that place holds few different words."""
    places: dict[tuple[_Tokens, int], Counter[str]] = {}
    for each in tokens:
        form = _form_of(each)
        for at, token in enumerate(each):
            if token[0].isalpha():
                places.setdefault((form, at), Counter())[token] += 1
    return frozenset(
        (form, at, word)
        for (form, at), words in places.items()
        if len(words) <= _MOST_WORDS
        for word, count in words.items()
        if count >= FEWEST_SHARING
    )


def _form_of(tokens: _Tokens) -> _Tokens:
    return tuple("a" if token[0].isalpha() else "9" if token[0].isdigit() else token for token in tokens)


def _pads_numbers(tokens: Sequence[_Tokens]) -> bool:
    """Whether numbers of several digits may begin with 0."""
    numbers = [token for each in tokens for token in each if token.isdigit() and len(token) > 1]
    return len(numbers) < _FEWEST_PADDED or any(number[0] == "0" for number in numbers)


def _describe(
    tokens: _Tokens, shared: frozenset[tuple[_Tokens, int, str]], pads: bool
) -> tuple[CodeField, ...]:
    form = _form_of(tokens)
    fields: list[CodeField] = []
    for at, token in enumerate(tokens):
        is_kept = not token.isalnum() or (form, at, token) in shared
        fields += [CodeField((token,))] if is_kept else _describe_run(token, pads)
    return merge_fields(fields)


def _describe_run(token: str, pads: bool) -> list[CodeField]:
    """A run of digits or letters by its length and case."""
    if token.isdigit():
        lead = DIGITS if pads or len(token) == 1 else DIGITS[1:]
        return [CodeField(lead), *([CodeField(DIGITS, len(token) - 1)] if len(token) > 1 else [])]
    if token.islower() or token.isupper():
        return [CodeField(_LOWER if token.islower() else _UPPER, len(token))]
    if token[1:].islower():
        return [CodeField(_UPPER), CodeField(_LOWER, len(token) - 1)]
    return [CodeField(_LETTERS, len(token))]
