"""The command line: parse, call the workbench, present. Results go to stdout, progress to stderr.

Exit codes: 0 done, 2 bad input or usage (one clear message, no traceback), 1 anything else.
"""

from __future__ import annotations

import sys

import typer

from pipeline.cli import (
    accounts,
    audit,
    bulk,
    datasets,
    evaluate,
    generate,
    models,
    related,
    runs,
    sweep,
    tokens,
)
from pipeline.errors import (
    AccessError,
    ConfigError,
    DataError,
    NotFoundError,
    RecipeError,
    SamplingError,
    WorkbenchError,
)

BAD_INPUT = (ConfigError, DataError, NotFoundError, SamplingError, AccessError, RecipeError)

app = typer.Typer(
    name="python -m pipeline",
    help="Synthetic test data that behaves like the real thing and contains no real person.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
datasets.register(app)
generate.register(app)
evaluate.register(app)
bulk.register(app)
sweep.register(app)
app.add_typer(models.app, name="models")
app.add_typer(accounts.app, name="user")
app.add_typer(tokens.app, name="token")
app.add_typer(audit.app, name="audit")
runs.register(app)
related.register(app)


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code."""
    try:
        app(arguments, standalone_mode=True)
    except WorkbenchError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2 if isinstance(error, BAD_INPUT) else 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 1
    except SystemExit as end:
        # Typer leaves with 130 after Ctrl-C.
        return end.code if end.code in (0, 2) else 1
    return 0
