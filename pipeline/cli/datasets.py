"""`datasets` and `add`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import Json, print_columns, print_json, print_pairs, print_table
from pipeline.datasets.columns import ColumnInfo, describe_columns
from pipeline.datasets.source import Preview, ReadOptions, list_findings, parse_header
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.workbench.workbench import Workbench

_WIDEST_CELL = 40


def register(app: typer.Typer) -> None:
    """Put the commands of this module on the command line."""
    app.command("datasets")(list_datasets)
    app.command("add")(add)
    app.command("columns")(columns)


def list_datasets(as_json: Json = False) -> None:
    """List the datasets that can be used."""
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    specs = workbench.datasets.list()
    for damaged in workbench.datasets.list_damaged():
        print(f"{damaged.message} Hint: {damaged.hint}", file=sys.stderr)
    several = workbench.related.list()
    if as_json:
        from pipeline.workbench.related_text import describe_schema

        print_json({"datasets": [*map(_describe, specs), *map(describe_schema, several)]})
        return
    print_table(
        ("NAME", "TITLE", "COLUMNS", "ORIGIN"),
        [
            (one.name, one.title, count, "built in" if one.is_builtin else "registered")
            for one, count in [*_count_columns(specs), *_count_tables(several)]
        ],
    )


def _count_columns(specs: Sequence[DatasetSpec]) -> list[tuple[DatasetSpec | RelatedSchema, str]]:
    return [(spec, str(len(spec.columns))) for spec in specs]


def _count_tables(several: Sequence[RelatedSchema]) -> list[tuple[DatasetSpec | RelatedSchema, str]]:
    """How many columns each dataset of several tables has."""
    return [
        (one, f"{sum(len(table.columns) for table in one.tables)} in {len(one.tables)} tables")
        for one in several
    ]


def add(
    name: Annotated[str, typer.Argument(help="Name of the new dataset.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="A table: CSV, Excel or Parquet. Several, a folder or a ZIP are several related tables."
        ),
    ] = None,
    metadata: Annotated[
        Path | None, typer.Option("--metadata", help="Metadata in SDV's JSON format.")
    ] = None,
    header: Annotated[
        str | None, typer.Option("--header", help="Row of the header, from 1 and after --skip-rows, or none.")
    ] = None,
    skip_rows: Annotated[
        int | None, typer.Option("--skip-rows", min=0, help="Rows to skip above the table.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Sheet of a workbook: its name or number.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option("--separator", help="Delimiter: one character, or tab.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Encoding of a text file: utf-8, cp1252, cp1250, …")
    ] = None,
    decimal: Annotated[str | None, typer.Option("--decimal", help="Decimal sign: . or ,")] = None,
    day_first: Annotated[
        bool | None, typer.Option("--day-first/--month-first", help="How 03/04/2024 is read.")
    ] = None,
    missing: Annotated[
        list[str] | None, typer.Option("--missing", help='Word for "no value"; can be repeated.')
    ] = None,
    public: Annotated[
        list[str] | None,
        typer.Option("--public", help="Column of codes that do not identify anyone; can be repeated."),
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", help="A database to read, as a URL without a password.")
    ] = None,
    database_schema: Annotated[str | None, typer.Option("--schema", help="Schema of that database.")] = None,
    tables: Annotated[
        str | None, typer.Option("--tables", help="Tables of that database to read, with commas between.")
    ] = None,
    root: Annotated[
        list[str] | None,
        typer.Option("--root", help="TABLE=ROWS: read only what belongs to so many rows; can be repeated."),
    ] = None,
    relation: Annotated[
        list[str] | None,
        typer.Option(
            "--relation", help='A foreign key: "orders.customer_id -> customers.id"; can be repeated.'
        ),
    ] = None,
    no_relation: Annotated[
        list[str] | None,
        typer.Option("--no-relation", help="TABLE.COLUMN that is no foreign key; can be repeated."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", help="TABLE=COLUMN,COLUMN as its primary key, TABLE=none without one; can be repeated."
        ),
    ] = None,
    is_preview: Annotated[
        bool, typer.Option("--preview", help="Print what was detected and the first rows; register nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Register one table or several as a dataset; columns and keys are detected, or read from --metadata."""
    from pipeline.cli.related_sets import (
        add_database,
        add_related,
        is_several,
        refuse_keys,
        require_files,
    )
    from pipeline.datasets.related.editing import SaidKeys
    from pipeline.workbench.workbench import Workbench

    options = ReadOptions(
        parse_header(header), skip_rows, sheet, separator, encoding, decimal, day_first,
        tuple(missing or ()), tuple(public or ()),
    )  # fmt: skip
    keys = SaidKeys(tuple(relation or ()), tuple(no_relation or ()), tuple(key or ()))
    workbench = Workbench()
    if database is not None:
        _refuse_reading(options, metadata)
        add_database(
            workbench, name, files, database, database_schema, tables, root, keys, is_preview, as_json
        )
        return
    files = require_files(files)
    if is_several(workbench, files, options):
        add_related(workbench, name, files, metadata, options, keys, is_preview, as_json)
        return
    refuse_keys(keys)
    if is_preview:
        _print_previews([_look(workbench, name, file, options) for file in files], as_json)
        return
    spec = workbench.datasets.add(name, files, metadata, options)
    if as_json:
        print_json(_describe(spec) | {"columns": [one.as_dict() for one in describe_columns(spec)]})
        return
    for finding in list_findings(spec.source):
        print(finding)
    print(f'Registered "{spec.name}". What will happen to each column:')
    print_columns(describe_columns(spec))


def _refuse_reading(options: ReadOptions, metadata: Path | None) -> None:
    """DataError for what is said of files where a database is read."""
    if metadata is not None or options != ReadOptions():
        raise DataError(
            "--metadata and how files are read (--separator, --public and the like) mean nothing for a "
            "database.",
            "omit them; change columns with `columns` once the tables are registered.",
        )


def _look(
    workbench: Workbench, name: str, file: Path, options: ReadOptions
) -> tuple[Preview, tuple[ColumnInfo, ...]]:
    """The first rows of a file, and what its columns would be taken for; none where a column is asked for."""
    preview = workbench.datasets.preview(file, options)
    try:
        spec = workbench.datasets.plan(file, options, name)
    except DataError as error:
        return replace(preview, findings=(*preview.findings, f"{error.message} Hint: {error.hint}")), ()
    doubts = tuple(one for one in list_findings(spec.source) if one not in preview.findings)
    return replace(preview, findings=(*preview.findings, *doubts)), describe_columns(spec)


def _print_previews(found: Sequence[tuple[Preview, tuple[ColumnInfo, ...]]], as_json: bool) -> None:
    if as_json:
        plain = [one.as_dict() | {"detected": [info.as_dict() for info in infos]} for one, infos in found]
        print_json(plain[0] if len(plain) == 1 else {"tables": plain})
        return
    for preview, infos in found:
        for finding in preview.findings:
            print(finding)
        if infos:
            print_columns(infos)
        print_pairs(preview.source.as_dict() | {"rows": preview.row_count})
        for option, choices in preview.candidates.items():
            print(f"other {option}: {', '.join(map(repr, choices))}")
        print_table(preview.columns, [[_one_line(cell) for cell in row] for row in preview.rows])


def _one_line(cell: str | None) -> str:
    text = " ".join((cell or "").split())
    return text if len(text) <= _WIDEST_CELL else text[: _WIDEST_CELL - 1] + "…"


def columns(
    name: Annotated[str, typer.Argument(help="Name of the dataset.")],
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Change a column, such as amount.kind=numerical; of several tables TABLE.COLUMN.key=value, "
            "TABLE.primary_key=COLUMN,COLUMN, TABLE.owner=COLUMN, TABLE.public=true; can be repeated.",
        ),
    ] = None,
    added: Annotated[
        list[str] | None,
        typer.Option(
            "--add-relation", help='A foreign key: "orders.customer_id -> customers.id"; can be repeated.'
        ),
    ] = None,
    dropped: Annotated[
        list[str] | None,
        typer.Option("--drop-relation", help="TABLE.COLUMN that is no foreign key; can be repeated."),
    ] = None,
    is_preview: Annotated[
        bool,
        typer.Option(
            "--preview",
            help="Print ten synthetic rows as they would come out, of several tables the keys; keep nothing.",
        ),
    ] = False,
    metadata: Annotated[
        Path | None, typer.Option("--metadata-out", help="Write the metadata of the table in SDV's format.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what each column was taken for, why, and what else it could be; change columns and keys."""
    from pipeline.cli.related_sets import change_set
    from pipeline.datasets.related.editing import SetEdits
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    wanted = SetEdits(tuple(change or ()), tuple(added or ()), tuple(dropped or ()))
    if workbench.is_related(name):
        change_set(workbench, name, wanted, is_preview, metadata, as_json)
        return
    if added or dropped:
        raise DataError(f'"{name}" has one table, and so no relation.', "name a dataset of several tables.")
    datasets = workbench.datasets
    if is_preview:
        _print_rows(datasets.preview_rows(name, change or ()), as_json)
        return
    found = datasets.change_columns(name, change) if change else datasets.describe_columns(name)
    if metadata is not None:
        datasets.save_metadata(name, metadata)
    if as_json:
        print_json({"dataset": name, "columns": [column.as_dict() for column in found]})
        return
    print_table(
        ("COLUMN", "ROLE", "KIND", "GROUP", "WHY", "COULD ALSO BE"),
        [(one.name, one.role, one.kind, one.group, one.why, ", ".join(one.alternatives)) for one in found],
    )


def _print_rows(rows: pd.DataFrame, as_json: bool) -> None:
    records = [{str(name): value for name, value in row.items()} for row in rows.to_dict(orient="records")]
    if as_json:
        print_json({"rows": records})
    else:
        print_table(tuple(map(str, rows.columns)), [tuple(row.values()) for row in records])


def _describe(spec: DatasetSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "builtin": spec.is_builtin,
        "columns": [{"name": one.name, "role": one.role, "kind": one.kind} for one in spec.columns],
        "findings": list(list_findings(spec.source)),
    }
