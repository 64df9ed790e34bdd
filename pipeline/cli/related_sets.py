"""What `add` and `columns` do for several related tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.output import (
    ProgressPrinter,
    catch_interrupt,
    print_columns,
    print_json,
    print_table,
)
from pipeline.cli.related import SOURCE_PASSWORD, read_password
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.datasets.related.editing import SaidKeys, SetEdits
    from pipeline.datasets.related.overview import SetOverview
    from pipeline.datasets.source import ReadOptions
    from pipeline.workbench.workbench import Workbench


def require_files(files: Sequence[Path] | None) -> list[Path]:
    """The files of `add`; DataError where neither a file nor a database is given."""
    if not files:
        raise DataError("There is nothing to register.", "name a file, or a database with --database.")
    return list(files)


def is_several(workbench: Workbench, files: Sequence[Path], options: ReadOptions) -> bool:
    """Whether files hold several tables: two files or more, a folder, an archive, or sheets with keys."""
    if len(files) > 1 or any(one.is_dir() or one.suffix.lower() == ".zip" for one in files):
        return True
    return files[0].suffix.lower() == ".xlsx" and options.sheet is None and workbench.related.is_set(files[0])


def add_related(
    workbench: Workbench,
    name: str,
    files: Sequence[Path],
    metadata: Path | None,
    options: ReadOptions,
    keys: SaidKeys,
    is_preview: bool,
    as_json: bool,
) -> None:
    """Register several tables, or print what would be registered."""
    if is_preview:
        _print_overview(workbench.related.plan(name, files, metadata, options, keys), as_json)
        return
    _print_registered(workbench, workbench.related.add(name, files, metadata, options, keys), as_json)


def add_database(
    workbench: Workbench,
    name: str,
    files: Sequence[Path] | None,
    url: str,
    schema: str | None,
    tables: str | None,
    roots: Sequence[str] | None,
    keys: SaidKeys,
    is_preview: bool,
    as_json: bool,
) -> None:
    """Register the tables of a database, or print what would be registered; rows are counted on the way."""
    if files:
        raise DataError("Files and a database were named.", "register one of them.")
    from pipeline.workbench.related_text import parse_roots

    password = read_password(SOURCE_PASSWORD, url)
    names = [one.strip() for one in tables.split(",") if one.strip()] if tables else None
    with catch_interrupt() as is_interrupted:
        printer = ProgressPrinter(is_interrupted)
        take = workbench.related.plan_database if is_preview else workbench.related.add_database
        taken = take(
            name,
            url,
            schema,
            names,
            parse_roots(roots or ()),
            password,
            printer,
            keys,
        )
    if is_preview:
        _print_overview(taken, as_json)
    else:
        _print_registered(workbench, taken, as_json)


def refuse_keys(keys: SaidKeys) -> None:
    """DataError for what is said of keys where there is one table only."""
    if keys != type(keys)():
        raise DataError(
            "--relation, --no-relation and --key are for several tables.", "omit them, or name more files."
        )


def change_set(
    workbench: Workbench, name: str, wanted: SetEdits, is_preview: bool, metadata: Path | None, as_json: bool
) -> None:
    """Change keys, relations and columns of several tables, and list what there is of them.

    With a preview everything is checked and listed as it would be, and nothing is kept.
    """
    if metadata is not None:
        raise DataError("--metadata-out is for one table.", "omit it for several tables.")
    related, is_change = workbench.related, wanted != type(wanted)()
    overview = related.edit(name, wanted, is_preview) if is_change else related.describe(name)
    found = {} if is_preview and is_change else related.describe_columns(name)
    if as_json:
        from pipeline.workbench.related_text import describe_overview

        tables = {table: [one.as_dict() for one in columns] for table, columns in found.items()}
        print_json({"dataset": name, "tables": tables, "schema": describe_overview(overview)})
        return
    _print_overview(overview, as_json)
    if not found:
        print("Nothing was kept.")
        return
    print_table(
        ("TABLE", "COLUMN", "ROLE", "KIND", "WHY", "COULD ALSO BE"),
        [
            (table, one.name, one.role, one.kind, one.why, ", ".join(one.alternatives))
            for table, columns in found.items()
            for one in columns
        ],
    )


def _print_registered(workbench: Workbench, overview: SetOverview, as_json: bool) -> None:
    """The tables, keys and relations, and what each column was taken for."""
    found = workbench.related.describe_columns(overview.schema.name)
    if as_json:
        from pipeline.workbench.related_text import describe_overview

        columns = {table: [one.as_dict() for one in infos] for table, infos in found.items()}
        print_json(describe_overview(overview) | {"detected": columns})
        return
    print(f'Registered "{overview.schema.name}": {len(overview.schema.tables)} tables.')
    _print_overview(overview, as_json)
    for table, infos in found.items():
        print_columns(infos, table)


def _print_overview(overview: SetOverview, as_json: bool) -> None:
    """The tables, keys and relations of a dataset, what is learned of it, and what needs a decision."""
    from pipeline.workbench.related_text import describe_overview, list_findings_by_table, tell_keys

    if as_json:
        print_json(describe_overview(overview))
        return
    schema, learned = overview.schema, overview.learned
    print_table(
        ("TABLE", "COLUMNS", "LEARNED", "REPLACED BY INVENTED TEXT", "KEY", "ROOT"),
        [
            (
                one.name,
                len(one.columns),
                len(learned[one.name].modelled) if one.name in learned else "public",
                ", ".join(learned[one.name].replaced) if one.name in learned else "",
                ", ".join(one.primary_key) or "–",
                schema.find_root(one.name),
            )
            for one in schema.tables
        ],
    )
    for sentence in (*tell_keys(schema), overview.headline, *list_findings_by_table(overview)):
        print(sentence)
