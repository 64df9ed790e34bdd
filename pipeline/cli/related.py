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
    from datetime import date

    from pipeline.datasets.related.schema import RelatedSchema
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
    """The password of a database from the environment, or from a prompt where there is somebody to ask."""
    if variable in os.environ:
        return os.environ[variable]
    if url.startswith("sqlite") or not sys.stdin.isatty():
        return None
    return str(
        typer.prompt("Password of the database", hide_input=True, default="", show_default=False, err=True)
    )


def parse_roots(texts: Sequence[str]) -> dict[str, int]:
    """`customers=5000` entries as table → rows; DataError names the entry that is wrong."""
    roots = {}
    for text in texts:
        table, equals, number = text.partition("=")
        if not (table and equals and number.isdecimal() and int(number)):
            raise DataError(
                f'--root: "{text}" is not a limit.', "write TABLE=ROWS, for example customers=5000."
            )
        roots[table] = int(number)
    return roots


def print_schema(schema: RelatedSchema, as_json: bool) -> None:
    """The tables, keys and relations of a dataset."""
    if as_json:
        print_json(describe_schema(schema))
        return
    print(f'Registered "{schema.name}": {len(schema.tables)} tables.')
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


def describe_schema(schema: RelatedSchema) -> dict[str, Any]:
    """A schema as plain JSON values."""

    return {
        "name": schema.name,
        "title": schema.title,
        "builtin": schema.is_builtin,
        "tables": [
            {
                "name": one.name,
                "columns": list(one.columns),
                "primary_key": list(one.primary_key),
                "unique": [list(key) for key in one.unique],
                "order": one.order or None,
                "public": one.is_public,
            }
            for one in schema.tables
        ],
        "relations": [
            {
                "id": one.id,
                "child": one.child,
                "columns": list(one.columns),
                "parent": one.parent,
                "parent_columns": list(one.parent_columns),
                "optional": one.is_optional,
                "one_to_one": one.is_one_to_one,
                "owner": one.is_owner,
                "why": one.why,
            }
            for one in schema.relations
        ],
        "rules": [
            {"rule": print_rule(one, schema), "confirmed": one.is_confirmed, "rows": one.rows}
            for one in schema.rules
        ],
    }


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
    name: str,
    changes: Mapping[str, Any],
    scale: float,
    seed: int,
    as_of: date | None,
    fmt: str | None,
    out: Path | None,
    dialect: str | None,
    target: DatabaseTarget | None,
    is_plain: bool,
    as_json: bool,
) -> None:
    """Generate several tables as files, or into a database, with their evidence beside them."""
    from pipeline.generation.orders import RelatedOrder

    order = RelatedOrder(name, scale, choose_recipe(workbench, changes), seed, as_of)
    # What is refused is refused before anything slow begins.
    place = workbench.related.plan_export(name, fmt, out, dialect) if target is None else None
    if target is not None:
        workbench.related.check_target(name, target)
    with catch_interrupt() as is_interrupted:
        generation = workbench.runs.perform(order, ProgressPrinter(is_interrupted))
    print_findings(generation.evidence.check().warnings)
    if place is not None:
        left = workbench.related.export(generation, place, is_plain)
        where: dict[str, Any] = {"path": str(left.path), "sha256": left.sha256}
    elif target is not None:
        where = workbench.related.load_into(generation, target)
    _print_generation(generation, where, as_json)


def _print_generation(generation: RelatedGeneration, where: Mapping[str, Any], as_json: bool) -> None:
    evidence = generation.evidence
    values = {
        "model": generation.model.id,
        "scale": generation.request.scale,
        "seed": generation.request.seed,
        "as_of": generation.as_of.isoformat(),
        "rows": generation.rows,
        **where,
    }
    if as_json:
        found = evidence.as_dict()
        print_json(
            {
                **values,
                "seconds": dict(generation.seconds),
                "verdict": evidence.privacy.value,
                "learned": {name: one.as_dict() for name, one in generation.learned.items()},
                **found,
            }
        )
        return
    print_pairs(values)
    print_table(
        ("TABLE", "ROWS", "QUALITY", "FLOOR", "CEILING", "VALID", "PRIVACY"), list(evidence.list_tables())
    )
    print_table(
        ("RELATION", "INTEGRITY", "CHILDREN (KS)", "TRENDS", "AUC", "FLOOR", "CEILING"),
        list(evidence.list_relations()),
    )


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
    from pipeline.workbench.workbench import Workbench

    found = Workbench().related.change_rules(name, propose, accept, added or (), removed or ())
    if as_json:
        print_json({"dataset": name, "rules": describe_schema(found)["rules"]})
        return
    from pipeline.datasets.related.rules.text import print_rule

    print_table(
        ("RULE", "STATE", "ROWS"),
        [
            (print_rule(one, found), "kept" if one.is_confirmed else "proposed", one.rows)
            for one in found.rules
        ],
    )
