"""How a table's file is read: what a user says, what was decided, and what came of it."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

import pandas as pd

from pipeline.errors import DataError

NO_HEADER: Literal["none"] = "none"
"""The header of a table without one."""

_SEPARATOR_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


@dataclass(frozen=True)
class ReadOptions:
    """What a user says about a file; None and empty: guess.

    `header` is the row of the header, from 1 and after `skip_rows`, or "none". `sheet` is a name or a
    number from 1. `decimal`, `day_first`, `missing` (words for "no value") and `public` (columns of codes
    that identify no one) are for detection. Raises DataError for a value that no file could have.
    """

    header: int | Literal["none"] | None = None
    skip_rows: int | None = None
    sheet: str | int | None = None
    separator: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    day_first: bool | None = None
    missing: tuple[str, ...] = ()
    public: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse impossible values; write words for separators as the characters that they name."""
        _refuse(isinstance(self.header, int) and self.header < 1, "header", self.header, "1, 2, … or none")
        _refuse((self.skip_rows or 0) < 0, "skip-rows", self.skip_rows, "0 or more")
        _refuse(self.decimal not in (None, ".", ","), "decimal", self.decimal, 'one of "." and ","')
        if self.separator is not None:
            separator = _SEPARATOR_WORDS.get(self.separator, self.separator)
            is_bad = len(separator) != 1 or separator in '"\r\n\0' or ord(separator) > 127
            _refuse(is_bad, "separator", self.separator, "one character, or the word tab")
            object.__setattr__(self, "separator", separator)
        if self.encoding is not None:
            known = _known_encoding(self.encoding)
            _refuse(known is None, "encoding", self.encoding, "utf-8, cp1252, cp1250, cp850, utf-16, …")
            object.__setattr__(self, "encoding", known)


def parse_header(text: str | None) -> int | Literal["none"] | None:
    """The header of an option or a form: a number, "none", or None where nothing was said."""
    word = (text or "").strip().lower()
    if word in ("", NO_HEADER):
        return NO_HEADER if word else None
    _refuse(not word.isascii() or not word.isdigit(), "header", text, "1, 2, … or none")
    return int(word)


@dataclass(frozen=True)
class SourceFormat:
    """What was decided about a file, so that its like can be read and written.

    `header` is the last row of the header, from 1 and after `skip_rows`, or "none"; `header_rows` counts
    its rows. `quotes` is "minimal" or "all". `types` are the types of the columns in a file that has
    types, by name: Arrow's for Parquet; number, text, boolean, date, datetime, time, duration or mixed for
    Excel. `cell_formats` are the number formats of the columns of a workbook, by name, None where they were
    not looked for. `mixes` are, by name, the values of a column of a workbook that are not in cells of its
    type, as `pipeline.datasets.cell_mixes` describes them. No text of the file stands here but these, the
    names of columns and the sheet.
    """

    kind: str = "csv"
    separator: str = ","
    encoding: str = "utf-8"
    has_bom: bool = False
    line_end: str = "\n"
    quotes: str = "minimal"
    header: int | Literal["none"] = 1
    header_rows: int = 1
    skip_rows: int = 0
    sheet: str = ""
    has_sep_line: bool = False
    decimal: str = ""
    day_first: bool | None = None
    missing: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    cell_formats: Mapping[str, str] | None = None
    mixes: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML: only what differs from UTF-8, comma, one header in row 1, line feeds."""
        found: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value != getattr(_PLAIN, item.name):
                found[item.name] = list(value) if isinstance(value, tuple) else value
        return found

    @classmethod
    def from_dict(cls, source: Mapping[str, Any]) -> Self:
        """The format that `as_dict` wrote; unknown keys are ignored."""
        known = {item.name for item in fields(cls)}
        values = {key: value for key, value in source.items() if key in known}
        lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        return cls(**(values | lists))


_PLAIN = SourceFormat()


@dataclass(frozen=True, eq=False)
class Import:
    """A table as its file holds it, how the file was read, and what was noticed.

    `cells` is text with None for missing cells; numbers, dates and booleans of Excel and Parquet keep their
    types. `findings` are plain sentences that name no value of the file.
    """

    cells: pd.DataFrame
    source: SourceFormat
    findings: tuple[str, ...] = ()

    def describe_source(self) -> dict[str, Any]:
        """Format and findings as `DatasetSpec.source` keeps them."""
        return self.source.as_dict() | ({"findings": list(self.findings)} if self.findings else {})


@dataclass(frozen=True)
class Preview:
    """The first rows of a file as text, what was guessed, and what could be chosen instead."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    row_count: int
    source: SourceFormat
    findings: tuple[str, ...] = ()
    candidates: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "columns": list(self.columns),
            "rows": self.row_count,
            "first_rows": [list(row) for row in self.rows],
            "source": self.source.as_dict(),
            "findings": list(self.findings),
            "candidates": {option: list(choices) for option, choices in self.candidates.items()},
        }


def list_findings(source: Mapping[str, Any]) -> tuple[str, ...]:
    """What was noticed when the file behind a `DatasetSpec.source` was read, and columns to decide on."""
    return (*source.get("findings", ()), *source.get("doubts", ()))


def join_findings(source: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A `DatasetSpec.source` with the findings of another one after its own."""
    findings = [*source.get("findings", ()), *other.get("findings", ())]
    return {**source, "findings": findings} if findings else dict(source)


def with_doubts(source: Mapping[str, Any], doubts: Sequence[str]) -> dict[str, Any]:
    """A `DatasetSpec.source` with these sentences on columns that need a decision, in place of others."""
    kept = {key: value for key, value in source.items() if key != "doubts"}
    return kept | ({"doubts": list(doubts)} if doubts else {})


def _known_encoding(name: str) -> str | None:
    """The name as Python spells it, for an encoding of text."""
    try:
        found = codecs.lookup(name.strip())
        "a".encode(found.name)
    except (LookupError, ValueError):
        return None
    return found.name


def _refuse(is_bad: bool, option: str, value: object, allowed: str) -> None:
    if is_bad:
        raise DataError(f'--{option}: "{value}" cannot be used.', f"give {allowed}.")
