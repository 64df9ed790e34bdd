"""How a file is laid out: separator, encoding, line ends and quotes of text, sheets of a workbook."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CsvLayout:
    """The layout of a delimited file; the default is RFC 4180 in UTF-8, but with line feeds.

    `has_header` is False for a file whose first line is data. `quotes_all` puts every cell into quotes.
    `has_separator_line` writes the line "sep=;" that a spreadsheet looks for. `as_is` names the columns
    whose texts stand so in the source, so that only calls among them get an apostrophe.
    """

    separator: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    has_bom: bool = False
    has_header: bool = True
    quotes_all: bool = False
    has_separator_line: bool = False
    as_is: frozenset[str] = frozenset()

    def encode(self, text: str) -> bytes:
        """The bytes of a file; letters that the encoding lacks lose their accents, or become "?"."""
        mark = "\ufeff" if self.has_bom else ""
        try:
            return (mark + text).encode(self.encoding)
        except UnicodeEncodeError:
            if self.encoding.startswith("utf"):
                raise  # an unpaired surrogate, which no encoding can write
            return (mark + self._fold(text)).encode(self.encoding, errors="replace")

    def _fold(self, text: str) -> str:
        missing = {letter for letter in set(text) if not self._has(letter)}
        folded = {
            ord(letter): "".join(
                part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)
            )
            for letter in missing
        }
        return text.translate(folded)

    def _has(self, letter: str) -> bool:
        try:
            letter.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True


PLAIN_LAYOUT = CsvLayout()


@dataclass(frozen=True)
class SheetLayout:
    """A sheet of a workbook: its title, empty for the name of the table, and number formats by column.

    A format is used where it shows values of the column's kind: one of dates for dates, others for numbers.
    """

    title: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)


PLAIN_SHEET = SheetLayout()
