"""Text that a spreadsheet could run as a formula: an apostrophe keeps it text, until it is read again.

Invented values and those of identity columns get one in CSV. What stands so in the source's own delimited
file (the columns that a `CsvLayout` calls `as_is`) gets none, unless it calls a function or a program:
what reads the original reads the copy. Cells of Excel are typed as text and need none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# The characters that start a formula, their full-width forms and the minus sign U+2212, with any
# white space before them: spreadsheets trim and fold on import. The list is OWASP's "CSV Injection".
# Apostrophes before them count too, so that every text differs from its own neutralised form.
_FORMULA_START = re.compile(r"'*(?:[\t\r\n]|[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])")
# A sign before a number is no formula: amounts (-$1,200.00, +5.5%), telephone numbers, a lone dash.
_SIGNED_NUMBER = re.compile(
    r"[+\-\u2212]{1,2}(?: ?[$€£¥₹]? ?\d[\d .,'’()\u00a0\u202f/-]*(?:[%€$£¥₹]|[A-Z]{1,3})?)?"
)
# Nor is ="00123", by which programs say that digits are text: it calls nothing, and refers to no cell.
_QUOTED_TEXT = re.compile(r'="\+?\w[\w ./:#-]*"')

# What such a formula does something with: a function, or a program behind DDE (cmd|'...'!A0).
_CALL = re.compile(r"\w\s*\(|\|.*!", re.DOTALL)


def neutralise_formulas(texts: Iterable[str]) -> list[str]:
    """Put an apostrophe before every text that a spreadsheet could run as a formula."""
    return ["'" + text if _is_formula(text) else text for text in texts]


def neutralise_calls(texts: Iterable[str]) -> list[str]:
    """Put an apostrophe only before formulas that call a function or a program.

    For texts that stand so in the source: "+A" and "=B" are categories, "=HYPERLINK(...)" is none.
    """
    return ["'" + text if _is_formula(text) and _CALL.search(text) else text for text in texts]


def _is_formula(text: str) -> bool:
    if _FORMULA_START.match(text) is None:
        return False
    return _SIGNED_NUMBER.fullmatch(text) is None and _QUOTED_TEXT.fullmatch(text) is None


def restore_formula(text: str) -> str:
    """The text that `neutralise_formulas` was given; a text that it did not change stays as it is."""
    return text[1:] if text.startswith("'") and _FORMULA_START.match(text) else text
