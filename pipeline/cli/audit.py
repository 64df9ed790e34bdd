"""`audit`: whether the audit log is complete and unchanged."""

from __future__ import annotations

import sys
from dataclasses import asdict

import typer

from pipeline.cli.output import Json, print_json, print_pairs

app = typer.Typer(help="Check the audit log.", no_args_is_help=True)


@app.callback()
def choose() -> None:
    """Check the audit log."""


@app.command("verify")
def verify(as_json: Json = False) -> None:
    """Follow the log's chain; exit code 1, with the first broken entry, where one was removed or changed."""
    from pipeline.workbench.workbench import Workbench

    check = Workbench().account.audit.verify()
    (print_json if as_json else print_pairs)(asdict(check))
    if check.is_intact:
        return
    print(
        f"Error: Entry {check.first_broken} of the audit log is missing, changed or signed by another key. "
        "Hint: compare the database and the folder of secrets with a backup.",
        file=sys.stderr,
    )
    raise typer.Exit(1)
