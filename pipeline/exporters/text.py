"""What text must not do in a file: start a formula in a spreadsheet, or break XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from xml.sax.saxutils import escape

from pipeline.datasets.formulas import neutralise_calls, neutralise_formulas
from pipeline.exporters.columns import Column, ColumnKind

# What XML content cannot hold as it is, line feeds and tabs included: Word needs elements for them.
_NOT_PLAIN = re.compile("[^ -%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ILLEGAL_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ud800-\udfff\ue000-\ufffd\U00010000-\U0010ffff]")


def safe_texts(column: Column, as_is: Collection[str] = ()) -> list[str]:
    """The texts of a column for spreadsheets; `as_is` names columns whose texts stand so in the source.

    Only text is neutralised: -5 in a column of numbers is a number and stays one, "-5" in a column
    of text could as well be "-5+cmd|…" and gets its apostrophe.
    """
    if column.kind is not ColumnKind.TEXT:
        return column.texts
    return neutralise_calls(column.texts) if column.name in as_is else neutralise_formulas(column.texts)


def safe_names(names: Iterable[str], as_is: Collection[str] = ()) -> list[str]:
    """The names of columns for spreadsheets."""
    return [(neutralise_calls if name in as_is else neutralise_formulas)([name])[0] for name in names]


def drop_illegal_characters(text: str) -> str:
    """Remove the control characters that XML 1.0 cannot hold in any form.

    Lone surrogates stay: encoding refuses them, in every format with the same message.
    """
    return _ILLEGAL_IN_XML.sub("", text)


def escape_xml(text: str) -> str:
    """Text as XML content; a carriage return is spelt out, or parsers read a line feed."""
    return escape(drop_illegal_characters(text), {"\r": "&#13;"})


def render_each(texts: list[str], render: Callable[[str], str]) -> list[str]:
    """Run `render` on the texts that are more than plain XML content; a whole column seldom has one."""
    if not _NOT_PLAIN.search("".join(texts)):
        return texts
    return [render(text) if _NOT_PLAIN.search(text) else text for text in texts]
