"""What `add`, `train` and `generate` do for several related tables, and the command `rules`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import (
    Json,
    ProgressPrinter,
    catch_interrupt,
    print_findings,
    print_json,
    print_pairs,
    print_table,
)
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.datasets.source import ReadOptions
    from pipeline.generation.orders import RelatedOrder
    from pipeline.generation.related.results import RelatedGeneration
    from pipeline.models.related.recipe import RelatedRecipe
    from pipeline.workbench.related import DatabaseTarget
    from pipeline.workbench.workbench import Workbench

SOURCE_PASSWORD, TARGET_PASSWORD = "WORKBENCH_SOURCE_PASSWORD", "WORKBENCH_TARGET_PASSWORD"
_OF_RECIPE = ("synthesizer", "epochs", "seed", "threads")


def register(app: typer.Typer) -> None:
    """Put the commands of this module on the command line."""
    app.command("rules")(rules)


def choose_recipe(workbench: Workbench, changes: Mapping[str, Any]) -> RelatedRecipe:
    """The recipe of several tables; DataError for an option that means nothing there."""
    given = {name: value for name, value in changes.items() if value is not None}
    foreign = sorted(given.keys() - set(_OF_RECIPE))
    if foreign:
        raise DataError(
            f"Several tables are not trained with --{foreign[0].replace('_', '-')}.",
            "omit it; --synthesizer, --epochs, --train-seed and --threads are read.",
        )
    return workbench.related.default_recipe(**given)


def read_password(variable: str, url: str) -> str | None:
    """The password of a database from the environment, or from a prompt in a terminal."""
    if variable in os.environ:
        return os.environ[variable]
    if url.startswith("sqlite") or not sys.stdin.isatty():
        return None
    return str(
        typer.prompt("Password of the database", hide_input=True, default="", show_default=False, err=True)
    )


def read_target(url: str | None, schema: str | None, is_appended: bool) -> DatabaseTarget | None:
    """The database of `--into`, its password from the environment or a prompt; None without one."""
    from pipeline.workbench.related import DatabaseTarget

    return (
        None if url is None else DatabaseTarget(url, schema, is_appended, read_password(TARGET_PASSWORD, url))
    )


def refuse_of_one_table(rows: int | None, share: Sequence[str] | None, *flags: bool) -> None:
    """DataError for an option of `generate` that several tables do not have."""
    if rows is not None:
        raise DataError(
            "Several tables have no number of rows.", "give --scale; 1 is the size of the sample."
        )
    if share or any(flags):
        raise DataError(
            "--share, --word, --bundle and --full are for one table.", "omit them for several tables."
        )


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
    is_preview: bool,
    as_json: bool,
) -> None:
    """Register several tables, or print what would be registered."""
    if is_preview:
        _print_schema(workbench.related.plan(name, files, options), as_json)
        return
    schema = workbench.related.add(name, files, metadata, options)
    _print_registered(schema, as_json)


def add_database(
    workbench: Workbench,
    name: str,
    files: Sequence[Path] | None,
    url: str,
    schema: str | None,
    tables: str | None,
    roots: Sequence[str] | None,
    as_json: bool,
) -> None:
    """Register the tables of a database, rows counted on the way."""
    if files:
        raise DataError("Files and a database were named.", "register one of them.")
    from pipeline.workbench.related_text import parse_roots

    password = read_password(SOURCE_PASSWORD, url)
    names = [one.strip() for one in tables.split(",") if one.strip()] if tables else None
    with catch_interrupt() as is_interrupted:
        added = workbench.related.add_database(
            name, url, schema, names, parse_roots(roots or ()), password, ProgressPrinter(is_interrupted)
        )
    _print_registered(added, as_json)


def change_related_columns(workbench: Workbench, name: str, changes: Sequence[str], as_json: bool) -> None:
    """Change columns of several tables by "TABLE.COLUMN.key=value", and list what all were taken for."""
    by_table: dict[str, list[str]] = {}
    for change in changes:
        table, dot, rest = change.partition(".")
        if not dot or "." not in rest.partition("=")[0]:
            raise DataError(
                f'"{change}" names no table.', "write TABLE.COLUMN.key=value, such as loans.amount.minimum=0."
            )
        by_table.setdefault(table, []).append(rest)
    for table, wanted in by_table.items():
        workbench.related.change_columns(name, table, wanted)
    found = workbench.related.describe_columns(name)
    if as_json:
        tables = {table: [one.as_dict() for one in columns] for table, columns in found.items()}
        print_json({"dataset": name, "tables": tables})
        return
    print_table(
        ("TABLE", "COLUMN", "ROLE", "KIND", "WHY"),
        [
            (table, one.name, one.role, one.kind, one.why)
            for table, columns in found.items()
            for one in columns
        ],
    )


def _print_registered(schema: RelatedSchema, as_json: bool) -> None:
    if not as_json:
        print(f'Registered "{schema.name}": {len(schema.tables)} tables.')
    _print_schema(schema, as_json)


def _print_schema(schema: RelatedSchema, as_json: bool) -> None:
    """The tables, keys and relations of a dataset."""
    if as_json:
        from pipeline.workbench.related_text import describe_schema

        print_json(describe_schema(schema))
        return
    print_table(
        ("TABLE", "COLUMNS", "KEY", "ROOT"),
        [
            (one.name, len(one.columns), ", ".join(one.primary_key) or "–", schema.find_root(one.name))
            for one in schema.tables
        ],
    )
    print_table(
        ("RELATION", "PARENT", "WHY"),
        [(one.id, f"{one.parent}.{'+'.join(one.parent_columns)}", one.why) for one in schema.relations],
    )


def train_related(workbench: Workbench, name: str, changes: Mapping[str, Any], as_json: bool) -> None:
    """Fit a model of several tables, or find it."""
    from pipeline.generation.orders import RelatedTrainOrder

    order = RelatedTrainOrder(name, choose_recipe(workbench, changes))
    with catch_interrupt() as is_interrupted:
        done = workbench.runs.perform(order, ProgressPrinter(is_interrupted))
    values = {
        "model": done.model,
        "synthesizer": done.synthesizer,
        "epochs": done.epochs,
        "seconds": round(done.seconds, 3),
        "reused": done.reused,
    }
    (print_json if as_json else print_pairs)(values)
    if done.was_stopped:
        raise typer.Exit(1)


def generate_related(
    workbench: Workbench,
    order: RelatedOrder,
    fmt: str | None,
    out: Path | None,
    dialect: str | None,
    target: DatabaseTarget | None,
    is_dry_run: bool,
    is_plain: bool,
    as_json: bool,
) -> None:
    """Generate several tables as files, or into a database, with their evidence beside them."""
    # What is refused is refused before anything slow begins.
    place = workbench.related.plan_export(order, fmt, out, dialect)
    statements: tuple[str, ...] = ()
    with catch_interrupt() as is_interrupted:
        printer = ProgressPrinter(is_interrupted)
        generation = workbench.runs.perform(order, printer)
        if target is None:
            left = workbench.related.save(generation, place, is_plain)
            where: dict[str, Any] = {"path": str(place.path), "sha256": left.sha256}
            print_findings(left.findings)
        elif is_dry_run:
            planned = workbench.related.plan_load(generation, target)
            where, statements = planned.as_dict(), planned.statements
        else:
            where = workbench.related.load_into(generation, target, printer).as_dict()
    print_findings(generation.evidence.check().warnings)
    values = _describe_generation(generation) | where
    if as_json:
        learned = {name: one.as_dict() for name, one in generation.learned.items()}
        seconds = dict(generation.seconds)
        print_json({**values, "seconds": seconds, "learned": learned, **generation.evidence.as_dict()})
        return
    print_pairs({name: value for name, value in values.items() if name != "statements"})
    for statement in statements:
        print(statement)
    _print_evidence(generation)


def _describe_generation(generation: RelatedGeneration) -> dict[str, Any]:
    return {
        "model": generation.model.id,
        "scale": generation.request.scale,
        "seed": generation.request.seed,
        "as_of": generation.as_of.isoformat(),
        "rows": generation.rows,
    }


def _print_evidence(generation: RelatedGeneration) -> None:
    from pipeline.workbench.related_text import list_relations, list_tables

    print_table(("TABLE", "ROWS", "QUALITY", "FLOOR", "CEILING", "VALID", "PRIVACY"), list_tables(generation))
    print_table(
        ("RELATION", "INTEGRITY", "CHILDREN KS", "TRENDS", "AUC", "CEILING", "FLOOR"),
        list_relations(generation.evidence),
    )
    print_pairs({"verdict": generation.evidence.verdict.value})
    for reason in generation.evidence.reasons:
        print(f"  {reason}")


def rules(
    name: Annotated[str, typer.Argument(help="Name of a dataset of several tables.")],
    propose: Annotated[
        bool, typer.Option("--propose", help="Look for rules that hold in every row of the sample.")
    ] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Confirm all rules that were proposed.")] = False,
    added: Annotated[
        list[str] | None, typer.Option("--add", help="A rule to keep from now on; can be repeated.")
    ] = None,
    removed: Annotated[
        list[str] | None, typer.Option("--remove", help="A rule to drop; can be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the rules that generated tables keep; propose, confirm, add and remove rules."""
    from pipeline.workbench.related_text import describe_schema, list_rules
    from pipeline.workbench.workbench import Workbench

    related = Workbench().related
    if added or removed:
        related.change_rules(name, added or (), removed or ())
    if accept:
        related.accept_rules(name)
    found = related.propose_rules(name) if propose and not accept else related.get(name)
    if as_json:
        print_json({"dataset": name, "rules": describe_schema(found)["rules"]})
        return
    print_table(("RULE", "STATE", "ROWS"), list_rules(found))
