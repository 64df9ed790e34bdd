"""Options that several commands share, and what they become."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.report import ReportFormat

Synthesizer = Annotated[str | None, typer.Option("--synthesizer", help="Which synthesizer learns the data.")]
Epochs = Annotated[int | None, typer.Option("--epochs", min=1, max=10_000, help="Training epochs (70).")]
Hma = Annotated[
    bool | None,
    typer.Option("--hma/--no-hma", help="Train on HMA's initial synthetic data or on the real rows."),
]
BatchSize = Annotated[int | None, typer.Option("--batch-size", min=10, help="Rows in a training step (500).")]
Patience = Annotated[
    int | None, typer.Option("--patience", min=1, help="Stop after so many epochs without better quality.")
]
TimeBudget = Annotated[
    float | None, typer.Option("--time-budget", min=1, help="Stop training after so many seconds.")
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
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Date from which ages and expiries count, YYYY-MM-DD (today).")
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
}

Command = Callable[..., None]


def takes_recipe(seed_option: str, without: Collection[str] = ()) -> Callable[[Command], Command]:
    """Give a command every option of a recipe, `without` those that it has in a form of its own.

    It takes them together as `changes`, in the words of `Workbench.default_recipe`; `seed_option` is the
    name of the seed of the weights there.
    """
    seed = Annotated[int | None, typer.Option(seed_option, min=0, help="Seed of the weights (0).")]
    kinds = {name: kind for name, kind in {**_RECIPE, "seed": seed}.items() if name not in without}
    options = {f"recipe_{name}": (name, kind) for name, kind in kinds.items()}

    def decorate(command: Command) -> Command:
        @wraps(command)
        def called(**arguments: Any) -> None:
            changes = {name: arguments.pop(parameter) for parameter, (name, _) in options.items()}
            command(**arguments, changes=changes)

        own = inspect.signature(command, eval_str=True).parameters.values()
        added = [
            inspect.Parameter(parameter, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for parameter, (_, kind) in options.items()
        ]
        kept = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own if one.name != "changes"]
        called.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]
        return called

    return decorate


def parse_date(text: str | None) -> date | None:
    """An ISO date; DataError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DataError(f'--as-of: "{text}" is not a date.', "write it as YYYY-MM-DD.") from error


def plan_reports(html: Path | None, word: Path | None) -> list[Path]:
    """Where reports go; DataError, before anything slow, for a wrong ending or a folder that is not there."""
    from pipeline.assessments import plan_report
    from pipeline.report import ReportFormat

    asked = (("--html", html, ReportFormat.HTML), ("--word", word, ReportFormat.WORD))
    found = [(option, path, fmt) for option, path, fmt in asked if path is not None]
    for option, path, fmt in found:
        if plan_report(path) is not fmt:
            raise DataError(
                f'{option}: "{path.name}" names another kind of file.', f"let its name end in {fmt.suffix}."
            )
    return [path for _, path, _ in found]


def choose_reports(is_html: bool, is_word: bool) -> list[ReportFormat]:
    """The formats of the reports beside a generated file."""
    from pipeline.report import ReportFormat

    asked = {ReportFormat.HTML: is_html, ReportFormat.WORD: is_word}
    return [fmt for fmt, is_asked in asked.items() if is_asked]


def parse_shares(texts: list[str]) -> dict[str, dict[Any, float]]:
    """`gender=Female:0.5` entries as column → category → share; DataError names the entry that is wrong."""
    shares: dict[str, dict[Any, float]] = {}
    for text in texts:
        column, equals, rest = text.partition("=")
        value, colon, fraction = rest.rpartition(":")
        number = _to_fraction(fraction)
        if not (column and equals and value and colon) or number is None:
            raise DataError(
                f'--share: "{text}" cannot be understood.',
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
