"""Tables from files: CSV in its dialects, Excel and Parquet, as text first and typed after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from pipeline.datasets.columnar import read_columns
from pipeline.datasets.delimited import list_candidates, read_delimited, read_plain
from pipeline.datasets.endings import drop_non_records, has_value, say_dropped, say_empty, say_layout
from pipeline.datasets.formulas import restore_formula
from pipeline.datasets.layout import Layout
from pipeline.datasets.parsing import (
    FIRST_CODE,
    ISO_DATE,
    as_integers,
    as_text,
    guess_date_format,
    parse_dates,
    parse_numbers,
    refuse_infinite,
)
from pipeline.datasets.source import Import, Preview, ReadOptions, SourceFormat
from pipeline.datasets.workbooks import list_sheets, read_workbook
from pipeline.errors import DataError, NoRowsError
from pipeline.settings import UploadLimits

TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
SUFFIXES = TEXT_SUFFIXES | {".xlsx", ".parquet"}
PREVIEW_ROWS = 10
_FORMS = {"i": "if", "f": "if", "M": "M"}  # kinds of a column that can be written like one of a kind
_DOUBLE = 8  # bytes of a float64
_NO_OPTIONS = ReadOptions()
_LONGEST_NAME = 1_000  # characters; questions of surveys have a few hundred
# A stored table passed the limits at its registration.
_NO_LIMITS = UploadLimits(size_mb=2**20, columns=2**20, rows=2**40, cells=2**40)


def read_table(path: Path, limits: UploadLimits | None = None, options: ReadOptions = _NO_OPTIONS) -> Import:
    """Read a table as its file holds it: all text for CSV, typed columns for Excel and Parquet.

    What `options` leave open is guessed and said in the findings. Raises DataError for a file that is
    missing, too large, empty, binary, ragged or badly named, and where the guess would be a gamble.
    """
    return _read(path, limits or UploadLimits(), options)


def read_cells(
    path: Path, limits: UploadLimits | None = None, options: ReadOptions = _NO_OPTIONS
) -> pd.DataFrame:
    """The cells that `read_table` reads."""
    return read_table(path, limits, options).cells


def read_sibling(
    path: Path, source: SourceFormat, columns: Sequence[str], limits: UploadLimits | None = None
) -> pd.DataFrame:
    """The cells of a file with the columns of a dataset: an extract like its own, or an export of it.

    A row that holds the names of all columns is its header, whatever is above it. Without one the file
    is read by guesses, and then as `source` says that the dataset's file was; neutral names go by place.
    """
    found: list[pd.DataFrame] = []
    failure: DataError | None = None
    for options in (ReadOptions(), _repeat_options(source)):
        try:
            cells = _read(path, limits or UploadLimits(), options, columns, source).cells
        except DataError as error:
            failure = failure or error
            continue
        if set(columns) <= {restore_formula(name) for name in cells.columns}:
            return cells
        found.append(cells)
    if failure is not None and not found:
        raise failure
    return found[0]


def read_stored(path: Path) -> pd.DataFrame:
    """The cells of a table in the form in which datasets are stored; nothing is guessed or left out."""
    _check_file(path, _NO_LIMITS)
    cells = read_plain(path)
    cells.columns = _checked_names(cells, path, _NO_LIMITS)
    _check_rows(cells, path)
    return cells


def preview_table(
    path: Path, limits: UploadLimits | None = None, options: ReadOptions = _NO_OPTIONS
) -> Preview:
    """The first rows of a file, what was guessed about it, and what could be chosen instead."""
    found = read_table(path, limits, options)
    head = found.cells.head(PREVIEW_ROWS)
    texts = [as_text(head[name]).tolist() for name in head]
    candidates: dict[str, Sequence[str]] = {}
    if found.source.kind == "csv":
        candidates = dict(list_candidates(path, found.source))
    elif found.source.kind == "excel":
        candidates = {"sheet": list_sheets(path)}
    return Preview(
        tuple(head.columns), tuple(zip(*texts, strict=True)), len(found.cells), found.source,
        found.findings, {key: values for key, values in candidates.items() if values},
    )  # fmt: skip


def _read(
    path: Path,
    limits: UploadLimits,
    options: ReadOptions,
    known: Sequence[str] = (),
    likely: SourceFormat | None = None,
) -> Import:
    from pipeline.datasets.weights import require_bearable

    _check_file(path, limits)
    require_bearable(path, limits)
    cells, source, layout, findings = _readers()[path.suffix.lower()](path, limits, options, known, likely)
    _check_rows(cells, path)
    kept = _without_empty_ends(cells, layout)
    dropped, cells = len(cells.columns) - len(kept.columns), kept
    cells.columns = _checked_names(cells, path, limits)
    cells.index = pd.RangeIndex(len(cells))
    return Import(
        cells,
        _with_options(source, options),
        (
            *say_layout(layout),
            *findings,
            *say_dropped(dropped),
            *say_empty(cells),
            *_say_telling(cells, layout),
        ),
    )


def _say_telling(cells: pd.DataFrame, layout: Layout | None) -> tuple[str, ...]:
    from pipeline.datasets.telling_names import say_telling

    return () if layout is not None and layout.is_neutral else say_telling(list(cells.columns))


def _check_rows(cells: pd.DataFrame, path: Path) -> None:
    if not len(cells.columns):
        raise DataError(f"{path.name} has no column.", "check that the export was complete.")
    if cells.empty:
        raise NoRowsError(
            f"{path.name}: there is a header but no row of data.", "check that the export was complete."
        )


_Found = tuple[pd.DataFrame, SourceFormat, Layout | None, tuple[str, ...]]
_Reader = Callable[[Path, UploadLimits, ReadOptions, Sequence[str], SourceFormat | None], _Found]


def _readers() -> dict[str, _Reader]:
    typed: dict[str, _Reader] = {".xlsx": _read_excel, ".parquet": _read_parquet}
    return typed | dict.fromkeys(TEXT_SUFFIXES, _read_text)


def _read_text(
    path: Path, limits: UploadLimits, options: ReadOptions, known: Sequence[str], likely: SourceFormat | None
) -> _Found:
    found = read_delimited(path, options, known, likely)
    cells, endings = drop_non_records(found.cells)
    return cells, found.source, found.layout, (*found.findings, *endings)


def _read_excel(
    path: Path, limits: UploadLimits, options: ReadOptions, known: Sequence[str], likely: SourceFormat | None
) -> _Found:
    found = read_workbook(path, options, limits, known, likely)
    return found.cells, found.source, found.layout, found.findings


def _read_parquet(
    path: Path, limits: UploadLimits, options: ReadOptions, known: Sequence[str], likely: SourceFormat | None
) -> _Found:
    cells, source = read_columns(path)
    return cells, source, None, ()


def _repeat_options(source: SourceFormat) -> ReadOptions:
    """The options under which a file of the same origin is read as the dataset's file was."""
    if source.kind == "parquet":
        return ReadOptions()
    is_text = source.kind == "csv"
    return ReadOptions(
        header=source.header,
        skip_rows=source.skip_rows or None,
        separator=source.separator if is_text and not source.has_sep_line else None,
    )


def _with_options(source: SourceFormat, options: ReadOptions) -> SourceFormat:
    return replace(
        source,
        decimal=options.decimal or "",
        day_first=options.day_first,
        missing=options.missing,
        public=options.public,
    )


def infer_types(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with each text column as numbers or dates, where all of its values are.

    Numbers become int64 or float64, dates datetime64[ns]; all else stays text. Words such as NA are missing
    in a column of numbers, text in others.
    """
    columns = {name: _infer_column(table[name]) for name in table.columns}
    return pd.DataFrame(columns, index=table.index, copy=False)


def match_plain_forms(cells: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Cells of text in the plain forms of a known table of text: 1.0 as 1 where that one writes 1.

    A column whose values are no numbers or dates, or that the known table writes otherwise, stays.
    """
    is_text = {name: name in known and cells[name].dtype == object for name in cells}
    columns = {
        name: _match_plain_form(cells[name], known[name]) if is_text[name] else cells[name] for name in cells
    }
    return pd.DataFrame(columns, index=cells.index)


def _match_plain_form(values: pd.Series, known: pd.Series) -> pd.Series:
    like = _infer_text(known)
    typed = _infer_column(values)
    if like.dtype == object or typed.dtype.kind not in _FORMS[like.dtype.kind]:
        return values
    return as_text(typed) if as_text(like).equals(as_text(known)) else values


def _infer_column(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values):
        return as_text(values)
    if pd.api.types.is_datetime64_any_dtype(values):
        return parse_dates(values, ISO_DATE)
    if pd.api.types.is_numeric_dtype(values):
        return _infer_numbers(values)
    return _infer_text(as_text(values))


def _infer_numbers(values: pd.Series) -> pd.Series:
    """Numbers of a typed file, as they would be read from the same table in CSV."""
    if pd.api.types.is_integer_dtype(values):
        if ((values <= -FIRST_CODE) | (values >= FIRST_CODE)).any():
            return as_text(values)
        return values.astype("float64" if values.isna().any() else "int64")
    numbers = values.astype("float64")
    refuse_infinite(values, numbers)
    if getattr(values.dtype, "itemsize", _DOUBLE) < _DOUBLE:
        return _infer_text(as_text(values))  # 0.1 of 32 bits is 0.1 in text and 0.10000000149 of 64 bits
    return as_integers(numbers)


def _infer_text(texts: pd.Series) -> pd.Series:
    numbers = parse_numbers(texts)
    if numbers is not None:
        return numbers
    date_format = guess_date_format(texts)
    return texts if date_format is None else parse_dates(texts, date_format)


def _check_file(path: Path, limits: UploadLimits) -> None:
    if path.is_dir():
        raise DataError(f"{path} is a folder, not a table.", "name the file inside it.")
    if not path.is_file():
        raise DataError(f"There is no file {path}.", "check the path and the spelling.")
    if path.suffix.lower() not in SUFFIXES:
        known = ", ".join(sorted(SUFFIXES))
        raise DataError(f"{path.name}: this file type is not supported.", f"use one of {known}.")
    size = path.stat().st_size
    if size == 0:
        raise NoRowsError(f"{path.name} is empty.", "check that the export was complete.")
    if size > limits.size_mb * 2**20:
        raise DataError(
            f"{path.name} is {size / 2**20:.0f} MB, above the limit of {limits.size_mb} MB.",
            "use a sample of its rows, or raise uploads.size_mb in config.yaml.",
        )


def _checked_names(table: pd.DataFrame, path: Path, limits: UploadLimits) -> list[str]:
    names = ["" if pd.isna(name) else str(name).strip() for name in table.columns]
    if len(names) > limits.columns:
        raise DataError(
            f"{path.name} has {len(names)} columns, above the limit of {limits.columns}.",
            "remove columns, or raise uploads.columns in config.yaml.",
        )
    if names and names[0] == "" and _is_row_number(table.iloc[:, 0]):
        names[0] = next(name for name in ("index", "row_index", "row_number_") if name not in names)
    if "" in names:
        raise DataError(
            f"{path.name}: column {names.index('') + 1} has no name.", "name it in the header line."
        )
    longest = max(names, key=len, default="")
    if len(longest) > _LONGEST_NAME:
        raise DataError(
            f"{path.name}: the name of column {names.index(longest) + 1} has {len(longest):,} characters, "
            f"more than {_LONGEST_NAME:,}.",
            "say which line is the header, or shorten the name.",
        )
    repeated = [name for position, name in enumerate(names) if name in names[:position]]
    if repeated:
        raise DataError(
            f'{path.name}: two columns are called "{repeated[0]}".', "give each column its own name."
        )
    return names


def _without_empty_ends(table: pd.DataFrame, layout: Layout | None) -> pd.DataFrame:
    """Leave out columns with neither name nor value: what a separator at the end of each line makes."""
    is_neutral = layout is not None and layout.is_neutral
    is_named = [not is_neutral and not pd.isna(name) and bool(str(name).strip()) for name in table.columns]
    if is_neutral:
        is_named[:-1] = [True] * (len(is_named) - 1)
    kept = [name or has_value(table.iloc[:, place]) for place, name in enumerate(is_named)]
    return table if all(kept) else table.loc[:, kept]


def _is_row_number(values: pd.Series) -> bool:
    """Whether a nameless first column counts rows, as pandas and R write it."""
    numbers = pd.to_numeric(values, errors="coerce")
    return bool(len(numbers) and numbers.notna().all() and (numbers.diff().dropna() == 1).all())
