"""`datasets` and `add`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import Json, print_json, print_table
from pipeline.datasets.spec import DatasetSpec


def register(app: typer.Typer) -> None:
    """Put the commands of this module on the command line."""
    app.command("datasets")(list_datasets)
    app.command("add")(add)


def list_datasets(as_json: Json = False) -> None:
    """List the datasets that can be used."""
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    specs = workbench.datasets.list()
    for damaged in workbench.datasets.list_damaged():
        print(f"{damaged.message} Hint: {damaged.hint}", file=sys.stderr)
    if as_json:
        print_json({"datasets": [_describe(spec) for spec in specs]})
        return
    print_table(
        ("NAME", "TITLE", "COLUMNS", "ORIGIN"),
        [
            (spec.name, spec.title, len(spec.columns), "built in" if spec.is_builtin else "registered")
            for spec in specs
        ],
    )


def add(
    name: Annotated[str, typer.Argument(help="Name of the new dataset.")],
    files: Annotated[list[Path], typer.Argument(help="A table: CSV, Excel or Parquet.")],
    metadata: Annotated[
        Path | None, typer.Option("--metadata", help="Metadata in SDV's JSON format.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Register a table as a dataset; what its columns are is detected, or read from --metadata."""
    from pipeline.workbench.workbench import Workbench

    spec = Workbench().datasets.add(name, files, metadata)
    if as_json:
        print_json(_describe(spec))
        return
    print(f'Registered "{spec.name}". What will happen to each column:')
    print_table(("COLUMN", "ROLE", "KIND"), [(one.name, one.role, one.kind) for one in spec.columns])


def _describe(spec: DatasetSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "builtin": spec.is_builtin,
        "columns": [{"name": one.name, "role": one.role, "kind": one.kind} for one in spec.columns],
    }
