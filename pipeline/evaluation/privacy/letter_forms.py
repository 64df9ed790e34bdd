"""Whether distinct texts of letters alone identify people: codes of one length, words and names of people.

No list of words has words of one length. Other words identify people where they are no words of a language,
places or companies that are known, or where they are last names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

import numpy as np

from pipeline.datasets.known_words import are_published_codes, count_known, count_surnames
from pipeline.evaluation.privacy.number_codes import FEWEST_CODES, MOST_DENSE, SMALLEST_SPACE

MOST_ROWS = 50
"""A text that more rows share, on average, is a category."""

SHORTEST, SURE = 5, 6
"""Letters of a code at least; codes of as few as five are funds, shares and ports as well."""

_SHARE = 0.85  # of the texts have the form
_KNOWN_CODES = 0.3  # of texts of one length are known words where these are words
_KNOWN_WORDS = 0.2  # of texts of any length: of lists of products and companies, a third is known or more
_SURNAMES = 0.6  # of the texts are last names; one in ten towns is
_FILLED = 1.5  # combinations of two parts, for each that is there: products with variants
_ONE_CASE = re.compile(r"[A-Z]+(?:[-./_ ][A-Z]+)*|[a-z]+(?:[-./_ ][a-z]+)*")
_SHORT_CODE = re.compile("[A-Z]{1,5}")  # shares, airports, countries
_BETWEEN_NAMES = re.compile(r"[\s.,_]+")
_FEWEST_PARTS, _MOST_PARTS = 2, 4  # of a full name
_TOKEN = re.compile("[A-Za-z0-9_=+/-]{5,}")
_RUNS = re.compile("[A-Z][a-z]+|[A-Z]+|[a-z]+|[0-9]+")
_FEWEST_RUNS, _SCRAMBLED = 3, 0.7  # runs of a kind of character in a random code, and how many have them
_ENDING, _DISTINCT_ENDINGS = 3, 0.9
_WORD = re.compile(r"[^\W\d_]{3,}(?:['’-][^\W\d_]+)?")


def measure_letters(texts: Sequence[str], counts: np.ndarray) -> float | None:
    """How many codes the form of distinct texts could hold; None where they are no codes of letters."""
    if not _are_entities(texts, counts):
        return None
    coded = [text for text in texts if _ONE_CASE.fullmatch(text)]
    forms = [re.sub("[A-Z]", "A", re.sub("[a-z]", "a", text)) for text in coded]
    usual = max(set(forms), key=forms.count, default="")
    same = [text for text, form in zip(coded, forms, strict=True) if form == usual]
    is_long = max(map(len, re.split(r"[-./_ ]", usual))) >= SHORTEST
    if not is_long or len(same) < _SHARE * len(texts) or are_published_codes(same):
        return None
    space = float(prod(len({text[at] for text in same}) for at in range(len(usual))))
    is_sparse = space >= SMALLEST_SPACE and len(same) <= MOST_DENSE * space and not _are_combined(same)
    return space if is_sparse and count_known(same) < _KNOWN_CODES else None


def are_unknown_words(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether distinct texts, `counts` rows each in a whole column, are single words that are not known."""
    return _are_words(texts, counts) and count_known(texts) < _KNOWN_WORDS


def are_last_names(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether they are last names, of few rows each, also in capitals."""
    return _are_words(texts, counts, may_be_short=True) and count_surnames(texts) >= _SURNAMES


def are_full_names(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether they are names of people with a first name or its letter, also as user names: c.moore."""
    if not _are_entities(texts, counts):
        return False
    parts = [[part for part in _BETWEEN_NAMES.split(text) if part] for text in texts]
    named = [part for part in parts if _FEWEST_PARTS <= len(part) <= _MOST_PARTS]
    if len(named) < _SHARE * len(texts) or any(map(str.isdigit, "".join(texts))):
        return False
    return max(count_surnames([part[at] for part in named]) for at in (0, -1)) >= _SURNAMES


def are_scrambled(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether they are random codes of letters and digits of any length: hashes, tokens, keys.

    Such a text goes from capitals to small letters and digits and back without a sign between, and ends as no
    other does; variants of a product end alike, and names of companies change case once or twice.
    """
    if not _are_entities(texts, counts):
        return False
    tokens = [text for text in texts if _TOKEN.fullmatch(text)]
    scrambled = [text for text in tokens if len(_RUNS.findall(text)) >= _FEWEST_RUNS]
    endings = {text[-_ENDING:] for text in tokens}
    return (
        len(tokens) >= _SHARE * len(texts)
        and len(scrambled) >= _SCRAMBLED * len(tokens)
        and len(endings) >= _DISTINCT_ENDINGS * len(tokens)
    )


def _are_words(texts: Sequence[str], counts: np.ndarray, may_be_short: bool = False) -> bool:
    if not _are_entities(texts, counts):
        return False
    words = [text for text in texts if _WORD.fullmatch(text)]
    if not may_be_short:
        words = [text for text in words if not _SHORT_CODE.fullmatch(text)]
    return len(words) >= _SHARE * len(texts) and not _are_of_one_form(words)


def _are_of_one_form(words: Sequence[str]) -> bool:
    """Whether words are as long and of one case: codes, though none of entities."""
    forms = {(len(word), word.islower()) for word in words}
    return len(forms) == 1 and not words[0].istitle()


def _are_entities(texts: Sequence[str], counts: np.ndarray) -> bool:
    return len(texts) >= FEWEST_CODES and counts.sum() < MOST_ROWS * len(counts)


def _are_combined(texts: Sequence[str]) -> bool:
    """Whether texts are most of those that two parts, such as a product and a size, make up."""
    parts = (({text[:at] for text in texts}, {text[at:] for text in texts}) for at in range(1, len(texts[0])))
    return any(
        len(first) * len(last) <= _FILLED * len(texts)
        for first, last in parts
        if len(first) > 1 and len(last) > 1
    )
