"""`models`: list, show, delete."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import Json, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from pipeline.models.related.model import RelatedModelSummary
    from pipeline.models.store import ModelSummary

app = typer.Typer(
    help="List, show and delete fitted models, of one table or of several.", invoke_without_command=True
)
ModelId = Annotated[str, typer.Argument(help="Id of a model; `models` lists them.")]


@app.callback()
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """List the fitted models."""
    if context.invoked_subcommand is not None:
        return
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    models = workbench.models.list()
    for damaged in workbench.models.list_damaged():
        print(f"Model {damaged} is damaged; `models delete {damaged}` removes it.", file=sys.stderr)
    related = workbench.models.list_related()
    if as_json:
        described = [{**one.info.as_dict(), "size_bytes": one.size_bytes} for one in related]
        print_json({"models": [_describe(one) for one in models], "related_models": described})
        return
    every: list[ModelSummary | RelatedModelSummary] = [*models, *related]
    every.sort(key=lambda one: one.info.created_at, reverse=True)
    print_table(
        ("ID", "DATASET", "SYNTHESIZER", "EPOCHS", "CREATED", "KB"), [_list_model(one) for one in every]
    )


def _list_model(summary: ModelSummary | RelatedModelSummary) -> tuple[object, ...]:
    info = summary.info
    kilobytes = summary.size_bytes // 1000
    return info.id, info.dataset, info.recipe.synthesizer, info.epochs_trained, info.created_at, kilobytes


@app.command("show")
def show(model: ModelId, as_json: Json = False) -> None:
    """Show where a model comes from, and how each of its columns was treated."""
    from pipeline.workbench.workbench import Workbench

    models = Workbench().models
    if models.is_related(model):
        (print_json if as_json else print_pairs)(models.get_related(model).as_dict())
        return
    info = models.get(model)
    if as_json:
        print_json(asdict(info))
    else:
        treatments = {f"column {plan.column}": f"{plan.treatment}, {plan.reason}" for plan in info.treatments}
        values = {name: value for name, value in asdict(info).items() if name != "treatments"}
        print_pairs({**values, **treatments})


@app.command("delete")
def delete(model: ModelId, as_json: Json = False) -> None:
    """Delete a model; the next request for its recipe trains again."""
    from pipeline.workbench.workbench import Workbench

    Workbench().models.delete(model)
    (print_json if as_json else print_pairs)({"deleted": model})


def _describe(summary: ModelSummary) -> dict[str, Any]:
    values = asdict(summary.info)
    del values["history"]
    return {**values, "size_bytes": summary.size_bytes}
