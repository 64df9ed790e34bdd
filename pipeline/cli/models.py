"""`models`: list, show, label, delete."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import NoTags, Tags, Title, settle_tags
from pipeline.cli.output import (
    QUALITY_HEADINGS,
    Json,
    print_json,
    print_labels,
    print_pairs,
    print_table,
    tell_figure,
)

if TYPE_CHECKING:
    from pipeline.workbench.labels import NamedModel

app = typer.Typer(
    help="List, show, name and delete fitted models, of one table or of several.", invoke_without_command=True
)
ModelId = Annotated[str, typer.Argument(help="Id of a model; `models` lists them.")]


@app.callback()
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """List the fitted models."""
    if context.invoked_subcommand is not None:
        return
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    for damaged in workbench.models.list_damaged():
        print(f"Model {damaged} is damaged; `models delete {damaged}` removes it.", file=sys.stderr)
    models = workbench.labels.list_models()
    if as_json:
        print_json(
            {
                "models": [_describe(one) for one in models if not one.is_related],
                "related_models": [_describe(one) for one in models if one.is_related],
            }
        )
        return
    headings = (
        "ID",
        "DATASET",
        "SYNTHESIZER",
        "EPOCHS",
        *QUALITY_HEADINGS,
        "OWNER",
        "CREATED",
        "KB",
        "TITLE",
        "TAGS",
    )
    print_table(headings, [_list_model(one) for one in models])


def _list_model(model: NamedModel) -> tuple[object, ...]:
    info = model.summary.info
    # Of several tables the sum over all of them was trained.
    epochs = info.recipe.epochs if model.is_related else info.epochs_trained
    trained = (info.id, info.dataset, info.recipe.synthesizer, epochs)
    kilobytes = model.summary.size_bytes // 1000
    labels = (model.labels.title or "", ", ".join(model.labels.tags))
    return (
        *trained,
        *tell_figure(model.figure),
        model.owner or "",
        info.created_at,
        kilobytes,
        *labels,
    )


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
        print_json({**asdict(info), **info.figure.as_quality()})
    else:
        treatments = {f"column {plan.column}": f"{plan.treatment}, {plan.reason}" for plan in info.treatments}
        values = {name: value for name, value in asdict(info).items() if name not in ("treatments", "figure")}
        print_pairs({**values, "quality": info.figure.sentence, **treatments})


@app.command("label")
def label(
    model: ModelId, title: Title = None, tags: Tags = None, no_tags: NoTags = False, as_json: Json = False
) -> None:
    """Give the training run of a model, and with it the model, a title and tags."""
    from pipeline.workbench.workbench import Workbench

    print_labels(Workbench().labels.label_model(model, title, settle_tags(tags, no_tags)), as_json)


@app.command("delete")
def delete(model: ModelId, as_json: Json = False) -> None:
    """Delete a model; the next request for its recipe trains again."""
    from pipeline.workbench.workbench import Workbench

    Workbench().models.delete(model)
    (print_json if as_json else print_pairs)({"deleted": model})


def _describe(model: NamedModel) -> dict[str, Any]:
    values = asdict(model.summary.info)
    values.pop("history", None)
    labels = {"title": model.labels.title, "tags": list(model.labels.tags), "owner": model.owner}
    quality = {} if model.is_related else model.figure.as_quality()
    return {**values, **quality, "size_bytes": model.summary.size_bytes, **labels}
