"""What `train` and `generate` do for several related tables, and the command `rules`."""

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
    shorten_headline,
)
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.generation.orders import RelatedOrder
    from pipeline.generation.related.results import RelatedGeneration
    from pipeline.models.related.recipe import RelatedRecipe
    from pipeline.workbench.related_tables import DatabaseTarget
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
    return workbench.related_tables.default_recipe(**given)


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
    from pipeline.workbench.related_tables import DatabaseTarget

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
            "--share, --word, --bundle, --full and --model are for one table.",
            "omit them for several tables.",
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
    place = workbench.related_tables.plan_export(order, fmt, out, dialect)
    if target is not None:
        workbench.related_tables.require_loadable(order.dataset, target)
    statements: tuple[str, ...] = ()
    with catch_interrupt() as is_interrupted:
        printer = ProgressPrinter(is_interrupted)
        generation = workbench.runs.perform(order, printer)
        if target is None:
            left = workbench.related_tables.save(generation, place, is_plain)
            where: dict[str, Any] = {"path": str(place.path), "sha256": left.sha256}
            print_findings(left.findings)
        elif is_dry_run:
            planned = workbench.related_tables.plan_load(generation, target)
            where, statements = planned.as_dict(), planned.statements
        else:
            where = workbench.related_tables.load_into(generation, target, printer).as_dict()
    generation = workbench.related_tables.compare(generation)
    print_findings(generation.evidence.reasons)
    values = _describe_generation(generation) | where
    if as_json:
        learned = {name: one.as_dict() for name, one in generation.learned.items()}
        seconds = dict(generation.seconds)
        print_json({**values, "seconds": seconds, "learned": learned, **generation.evidence.as_dict()})
        return
    print_pairs({name: value for name, value in values.items() if name != "statements"})
    print(generation.headline)
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
    print_pairs(shorten_headline(generation.evidence.headline.as_brief()))
    for reason in generation.evidence.reasons:
        print(f"  {reason}")


def rules(
    name: Annotated[str, typer.Argument(help="Name of a dataset, of one table or of several.")],
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

    workbench = Workbench()
    if not workbench.is_related(name):
        from pipeline.cli.rules import RuleChanges, change_single_rules

        wanted = RuleChanges(propose, accept, tuple(added or ()), tuple(removed or ()))
        change_single_rules(workbench.datasets, name, wanted, as_json)
        return
    related = workbench.related
    if added or removed:
        related.change_rules(name, added or (), removed or ())
    if accept:
        related.accept_rules(name)
    found = related.propose_rules(name) if propose and not accept else related.get(name)
    if as_json:
        print_json({"dataset": name, "rules": describe_schema(found)["rules"]})
        return
    print_table(("RULE", "STATE", "ROWS"), list_rules(found))
