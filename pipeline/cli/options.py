"""Options of the commands that make and measure tables, and what they become; a recipe takes many at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.reports import ReportFormat
    from pipeline.workbench.workbench import Workbench
if TYPE_CHECKING:
    from pipeline.access.accounts import AccountRole


Title = Annotated[str | None, typer.Option("--title", help="The title; an empty one removes it.")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", help="A tag, in place of the present ones; can be repeated.")
]
NoTags = Annotated[bool, typer.Option("--no-tags", help="Remove all tags.")]
Synthesizer = Annotated[str | None, typer.Option("--synthesizer", help="Which synthesizer learns the data.")]
Epochs = Annotated[
    int | None,
    typer.Option("--epochs", min=1, max=10_000, help="Training epochs (70); gaussian_copula has none."),
]
Hma = Annotated[
    bool | None,
    typer.Option("--hma/--no-hma", help="Train on HMA's initial synthetic data or on the real rows."),
]
BatchSize = Annotated[int | None, typer.Option("--batch-size", min=10, help="Rows in a training step (500).")]
Patience = Annotated[
    int | None, typer.Option("--patience", min=1, help="Stop after this many epochs without better quality.")
]
TimeBudget = Annotated[
    float | None, typer.Option("--time-budget", min=1, help="Stop training after this many seconds.")
]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, max=64, help="CPU threads; part of the recipe.")
]
Keep = Annotated[
    Literal["best", "last"] | None, typer.Option("--keep", help="Which epoch becomes the model (best).")
]
GeneratorRate = Annotated[
    float | None, typer.Option("--generator-rate", help="Learning rate of CTGAN's generator (0.0002).")
]
DiscriminatorRate = Annotated[
    float | None,
    typer.Option("--discriminator-rate", help="Learning rate of CTGAN's discriminator (0.0002)."),
]
Device = Annotated[
    Literal["cpu", "cuda", "auto"] | None,
    typer.Option("--device", help="Where to train; part of the recipe."),
]
Refine = Annotated[
    bool | None,
    typer.Option("--refine/--no-refine", help="Choose among the synthesizer's rows by a learned ratio."),
]
Upstream = Annotated[
    bool | None,
    typer.Option("--upstream", help="ctgan's own model, without the workbench's changes, for comparison."),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Date from which ages and expiries count, YYYY-MM-DD (today).")
]
Dataset = Annotated[str, typer.Argument(help="Name of a dataset; `datasets` lists them.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the rows.")]
Share = Annotated[
    list[str] | None, typer.Option("--share", help="COLUMN=VALUE:FRACTION, met exactly; can be repeated.")
]

Rows = Annotated[int | None, typer.Option("--rows", help="Number of records of one table.")]
Model = Annotated[
    str | None,
    typer.Option("--model", help="Id of a stored model, in place of the options of training."),
]
Scale = Annotated[
    float | None,
    typer.Option("--scale", help="Size of several tables, in times of the sample's (1)."),
]
Dialect = Annotated[
    str | None,
    typer.Option("--dialect", help="Of an SQL script: sqlite, postgresql, mysql, mssql or oracle (sqlite)."),
]
Into = Annotated[
    str | None,
    typer.Option("--into", help="Database to load several tables into, as a URL without a password."),
]
IntoSchema = Annotated[str | None, typer.Option("--into-schema", help="Schema of that database.")]
Append = Annotated[bool, typer.Option("--append", help="Load also into tables that hold rows already.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="With --into: print the statements and counts; load nothing.")
]
Format = Annotated[
    str | None,
    typer.Option("--format", help="csv, excel, json, word or parquet (by --out's ending, or csv)."),
]
Out = Annotated[Path | None, typer.Option("--out", help="File or existing folder to write to.")]
WithHtml = Annotated[
    bool, typer.Option("--report/--no-report", help="Write the report beside the file, as HTML.")
]
WithWord = Annotated[bool, typer.Option("--word", help="Also write the report as a Word document.")]
WithBundle = Annotated[
    bool, typer.Option("--bundle", help="Also write file, manifest and reports as one ZIP.")
]
Full = Annotated[bool, typer.Option("--full", help="Evaluate fully first, as evaluate does; up to a minute.")]

Plain = Annotated[
    bool, typer.Option("--plain", help="Plain numbers and ISO dates, not the form of the source's file.")
]

File = Annotated[Path, typer.Argument(help="A table with the dataset's columns, from any tool.")]
Holdout = Annotated[
    Path | None,
    typer.Option("--holdout", help="Real rows not used for training, in place of the dataset's own."),
]
Target = Annotated[
    str | None, typer.Option("--target", help="Modelled column to predict, as a test of utility.")
]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", help="Report to write as one HTML file that works offline.")
]
WordFile = Annotated[Path | None, typer.Option("--word", help="Report to write as a Word document.")]

BulkRows = Annotated[int | None, typer.Option("--rows", min=1, help="Number of records of one table.")]
BulkOut = Annotated[str, typer.Option("--out", help="Folder or URL for the parts.")]
BulkFormat = Annotated[str, typer.Option("--format", help="parquet or csv.")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", help="Address of a Dask cluster that makes the parts (dask.scheduler)."),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=256, help="Processes of this machine that make parts (1)."),
]
PartRows = Annotated[
    int | None,
    typer.Option(
        "--part-rows", min=1, help="Largest number of records in a part (50,000); affects the records."
    ),
]
PartRoots = Annotated[
    int | None,
    typer.Option(
        "--part-roots",
        min=1,
        help="Of several tables: root records (such as customers) in a part; affects the records.",
    ),
]


_RECIPE: dict[str, Any] = {
    "synthesizer": Synthesizer,
    "epochs": Epochs,
    "use_hma": Hma,
    "batch_size": BatchSize,
    "patience": Patience,
    "time_budget_s": TimeBudget,
    "threads": Threads,
    "keep": Keep,
    "generator_rate": GeneratorRate,
    "discriminator_rate": DiscriminatorRate,
    "device": Device,
    "refine": Refine,
    "upstream": Upstream,
}

Command = Callable[..., None]


def takes_recipe(seed_option: str, without: Collection[str] = ()) -> Callable[[Command], Command]:
    """Give a command every option of a recipe, `without` those that it has in a form of its own.

    It takes them together as `changes`, in the words of `Workbench.default_recipe`; `seed_option` is the
    name of the seed of the weights there.
    """
    seed = Annotated[int | None, typer.Option(seed_option, min=0, help="Seed of the weights (0).")]
    kinds = {name: kind for name, kind in {**_RECIPE, "seed": seed}.items() if name not in without}
    parameters = {name: f"recipe_{name}" for name in kinds}

    def decorate(command: Command) -> Command:
        @wraps(command)
        def called(**arguments: Any) -> None:
            changes = {name: arguments.pop(parameter) for name, parameter in parameters.items()}
            command(**arguments, changes=changes)

        options = {parameters[name]: kind for name, kind in kinds.items()}
        called.__signature__ = _replace_changes(command, options)  # type: ignore[attr-defined]
        return called

    return decorate


def _replace_changes(command: Command, options: Mapping[str, Any]) -> inspect.Signature:
    """The signature that typer reads: the command's own, with these options in place of `changes`."""
    own = inspect.signature(command, eval_str=True).parameters.values()
    kept = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own if one.name != "changes"]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in options.items()
    ]
    return inspect.Signature([*kept, *added])


def require_one_table(
    rows: int | None, scale: float | None, dialect: str | None, into: str | None, is_dry_run: bool
) -> int:
    """The rows of one table; DataError where they are missing or an option is for several tables."""
    if scale is not None or dialect or into or is_dry_run:
        raise DataError(
            "--scale, --dialect, --into and --dry-run are for several tables.", "give --rows for one table."
        )
    if rows is None:
        raise DataError("The number of records is missing.", "give it with --rows.")
    return rows


def parse_date(text: str | None) -> date | None:
    """An ISO date; DataError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DataError(f'--as-of: "{text}" is not a date.', "write it as YYYY-MM-DD.") from error


def plan_reports(workbench: Workbench, html: Path | None, word: Path | None) -> list[Path]:
    """Where reports go; DataError, before anything slow, for a wrong ending or a folder that is not there."""
    from pipeline.reports import ReportFormat

    asked = (("--html", html, ReportFormat.HTML), ("--word", word, ReportFormat.WORD))
    found = [(option, path, fmt) for option, path, fmt in asked if path is not None]
    for option, path, fmt in found:
        if workbench.evidence.plan_report(path) is not fmt:
            raise DataError(
                f'{option}: "{path.name}" has the wrong file extension.',
                f"end the file name in {fmt.suffix}.",
            )
    return [path for _, path, _ in found]


def choose_reports(is_html: bool, is_word: bool) -> list[ReportFormat]:
    """The formats of the reports beside a generated file."""
    from pipeline.reports import ReportFormat

    asked = {ReportFormat.HTML: is_html, ReportFormat.WORD: is_word}
    return [fmt for fmt, is_asked in asked.items() if is_asked]


def parse_shares(texts: Sequence[str] | None) -> dict[str, dict[Any, float]]:
    """`gender=Female:0.5` entries as column → category → share; DataError names the entry that is wrong."""
    shares: dict[str, dict[Any, float]] = {}
    for text in texts or ():
        column, equals, rest = text.partition("=")
        value, colon, fraction = rest.rpartition(":")
        number = _to_fraction(fraction)
        if not (column and equals and value and colon) or number is None:
            raise DataError(
                f'--share: "{text}" is not a valid share.',
                "write COLUMN=VALUE:FRACTION with a fraction from 0 to 1, for example gender=Female:0.5.",
            )
        if value in shares.setdefault(column, {}):
            raise DataError(f"--share: {column}={value} was given twice.", "give each category one share.")
        shares[column][value] = number
    return shares


def _to_fraction(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None


def parse_role(text: str) -> AccountRole:
    """A role by its name; DataError for any other word."""
    from pipeline.access.accounts import AccountRole

    try:
        return AccountRole(text.lower())
    except ValueError as error:
        raise DataError(f'There is no role "{text}".', f"choose one of {', '.join(AccountRole)}.") from error


def settle_tags(tags: list[str] | None, no_tags: bool) -> list[str] | None:
    """The tags to set; None where they stay. DataError where both options are given."""
    if tags and no_tags:
        raise DataError("--tag and --no-tags contradict each other.", "give one of them.")
    return [] if no_tags else tags or None
