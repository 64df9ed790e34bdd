"""What text must not do in a file: start a formula in a spreadsheet, or break XML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from pipeline.exporters.columns import Column, ColumnKind

# The characters that start a formula, their full-width forms and the minus sign U+2212, with any
# white space before them: spreadsheets trim and fold on import. The list is OWASP's "CSV Injection".
_FORMULA_START = re.compile(r"[\t\r\n]|[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]")

_ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ud800-\udfff\ue000-\ufffd\U00010000-\U0010ffff]")


def neutralise_formulas(texts: Iterable[str]) -> list[str]:
    """Put an apostrophe before every text that a spreadsheet could run as a formula."""
    starts_formula = _FORMULA_START.match
    return ["'" + text if starts_formula(text) else text for text in texts]


def safe_texts(column: Column) -> list[str]:
    """The texts of a column for spreadsheets.

    Only text is neutralised: -5 in a column of numbers is a number and stays one, "-5" in a column
    of text could as well be "-5+cmd|…" and gets its apostrophe.
    """
    return neutralise_formulas(column.texts) if column.kind is ColumnKind.TEXT else column.texts


def drop_illegal_characters(text: str) -> str:
    """Remove the control characters that XML 1.0 cannot hold in any form.

    Lone surrogates stay: encoding refuses them, in every format with the same message.
    """
    return _ILLEGAL_IN_XML.sub("", text)


def escape_xml(text: str) -> str:
    """Text as XML content; a carriage return is spelt out, or parsers read a line feed."""
    return escape(drop_illegal_characters(text), {"\r": "&#13;"})
