"""Output of the command line: JSON or text on stdout, progress on stderr; and stopping by Ctrl-C."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.evaluation.score_text import format_percent, format_score
from pipeline.progress import Progress, RowProgress, Signal, Stage
from pipeline.synthesizers.recipe import AUTO, OF_ONE_SYNTHESIZER, Recipe, list_unread
from pipeline.synthesizers.width import ColumnPlan

if TYPE_CHECKING:
    from pipeline.datasets.columns import ColumnInfo
    from pipeline.evaluation.figure import Figure
    from pipeline.generation.manifest import Export
    from pipeline.generation.results import BulkResult, Generation, Training
    from pipeline.runs.records import Run


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]

_ROWS_EVERY_S = 1.0
_OPTIONS = {"use_hma": "--hma", "time_budget_s": "--time-budget"}
"""Options that are not named like their setting."""


def print_json(values: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(values, indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns on stdout."""
    lines = [tuple(headings), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_pairs(values: Mapping[str, object]) -> None:
    """`name: value` lines on stdout."""
    for name, value in values.items():
        print(f"{name}: {value}")


def print_treatments(plans: Sequence[ColumnPlan]) -> None:
    """A line on stderr for every column that is not simply learned as it is."""
    for plan in plans:
        if not plan.is_plain:
            print(f'Column "{plan.column}" is {plan.treatment}: {plan.reason}.', file=sys.stderr)


def print_ignored(recipe: Recipe, changes: Mapping[str, Any]) -> None:
    """A line on stderr for each option that means nothing to the chosen synthesizer."""
    unread = {*list_unread(recipe.synthesizer), *(OF_ONE_SYNTHESIZER if recipe.synthesizer == AUTO else ())}
    for setting in sorted(unread):
        if changes.get(setting) is not None:
            option = _OPTIONS.get(setting, f"--{setting.replace('_', '-')}")
            print(f"{recipe.synthesizer} does not read {option}: it has no effect.", file=sys.stderr)


def print_stopped(done: Training) -> None:
    """A line on stderr for a training that was interrupted."""
    print(
        f"Stopped after epoch {done.epochs}: model {done.model} holds the best state so far. "
        "The same command resumes from there.",
        file=sys.stderr,
    )


def print_forced(made: Generation | BulkResult) -> None:
    """A line on stderr where rows had to be set to a share."""
    if made.forced_rows:
        print(
            f"{made.forced_rows:,} of {made.rows:,} rows were set to the category of a share, "
            "because the model rarely generates it; their other columns may not fit it.",
            file=sys.stderr,
        )


def print_warnings(export: Export) -> None:
    """A line on stderr for every finding that the manifest records as accepted."""
    print_findings(export.warnings)


def print_findings(findings: Sequence[str]) -> None:
    """A line on stderr for each."""
    for finding in findings:
        print(f"Warning: {finding}", file=sys.stderr)


def print_columns(columns: Sequence[ColumnInfo], table: str = "") -> None:
    """What each column was taken for, why, and what else it could be; those in doubt come first."""
    ordered = sorted(columns, key=lambda one: not one.alternatives)
    print_table(
        (*(("TABLE",) if table else ()), "COLUMN", "ROLE", "KIND", "WHY", "COULD ALSO BE"),
        [
            (*((table,) if table else ()), one.name, one.role, one.kind, one.why, ", ".join(one.alternatives))
            for one in ordered
        ],
    )


class ProgressPrinter:
    """Prints stages, some ten epochs of a training, and rows each second; STOP once `is_interrupted`."""

    def __init__(self, is_interrupted: Callable[[], bool] = lambda: False) -> None:
        self._is_interrupted = is_interrupted
        self._stage: Stage | None = None
        self._next_rows_s = 0.0

    def __call__(self, progress: Progress) -> Signal:
        if progress.stage is not self._stage:
            self._stage = progress.stage
            print(f"{progress.stage.description} …", file=sys.stderr, flush=True)
        if progress.epoch and (
            progress.epoch == progress.epochs or progress.epoch % max(1, progress.epochs // 10) == 0
        ):
            parts = [f"{name} {value:+.3f}" for name, value in progress.losses.items()]
            parts += [f"quality {format_score(progress.quality)}"] if progress.quality is not None else []
            print(f"  epoch {progress.epoch}/{progress.epochs}  {', '.join(parts)}".rstrip(), file=sys.stderr)
        if isinstance(progress, RowProgress) and progress.total_rows and self._is_due(progress):
            rate = progress.rows_per_second
            parts = [
                f"{progress.rows:,} of {progress.total_rows:,} rows",
                f"{progress.parts:,} of {progress.total_parts:,} parts",
                *([f"{rate:,.0f} rows a second"] if rate >= 1 else []),
            ]
            print(f"  {', '.join(parts)}", file=sys.stderr, flush=True)
        return Signal.STOP if self._is_interrupted() else Signal.CONTINUE

    def _is_due(self, progress: RowProgress) -> bool:
        now = time.monotonic()
        if now < self._next_rows_s and progress.parts < progress.total_parts:
            return False
        self._next_rows_s = now + _ROWS_EVERY_S
        return True


def shorten_evidence(measured: dict[str, Any]) -> dict[str, str]:
    """Every part of an evaluation, as `as_dict` gives it, in a line each."""
    quality, validity, privacy = measured["quality"], measured["validity"], measured["privacy"]
    shapes, trends = (format_percent(quality[part]) for part in ("column_shapes", "column_pair_trends"))
    return {
        **shorten_headline(measured),
        "quality of all rows": f"{format_percent(quality['score'])} (column shapes {shapes}, pair trends "
        f"{trends}; {quality['measured']} of {quality['total']} measured)",
        "validity": f"{format_percent(validity['score'])} of {len(validity['rules'])} rules' checks pass",
        "privacy": f"{privacy['verdict']} (identity overlap {sum(privacy['overlap'].values())})",
        **_brief_likeness(measured),
    }


def shorten_headline(said: Mapping[str, Any]) -> dict[str, str]:
    """Verdict, reason, next step and figure, in a line each."""
    return {
        "verdict": said["verdict"],
        "reason": said["reason"],
        "next step": said["next_step"],
        "quality": said["figure"]["sentence"],
    }


def _brief_likeness(measured: dict[str, Any]) -> dict[str, str]:
    """What only a full evaluation holds."""
    brief = {}
    if "baselines" in measured:
        scores = measured["baselines"]["scores"]
        brief["baselines"] = "; ".join(f"{one['item']} {one['sentence']}" for one in scores)
    for part in ("detection", "utility"):
        if part in measured:
            brief[part] = measured[part]["finding"]
    if "coverage" in measured:
        brief["coverage"] = format_percent(measured["coverage"]["score"])
    return brief


QUALITY_HEADINGS = ("QUALITY", "FLOOR", "CEILING")


def tell_figure(figure: Figure) -> tuple[str, ...]:
    """The cells of `QUALITY_HEADINGS`, 0–1, with what is to be known of the score in words."""
    if figure.score is None:
        return "", "", ""
    score, floor, ceiling = (
        "–" if one is None else format_score(one) for one in (figure.score, figure.floor, figure.ceiling)
    )
    return f"{score}, {figure.finding}" if figure.finding else score, floor, ceiling


@contextmanager
def catch_interrupt() -> Iterator[Callable[[], bool]]:
    """Give the question whether Ctrl-C was pressed in the block; a second one raises KeyboardInterrupt."""
    before = signal.getsignal(signal.SIGINT)
    was_pressed = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal was_pressed
        was_pressed = True
        signal.signal(signal.SIGINT, before)
        print("Stopping after this epoch or stage; Ctrl-C again aborts at once.", file=sys.stderr, flush=True)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: was_pressed
    finally:
        signal.signal(signal.SIGINT, before)


def print_labels(run: Run, as_json: bool) -> None:
    """The title and the tags of a run, and the model that has them too."""
    values = {"run": run.id, "model": run.model, "title": run.title}
    if as_json:
        print_json({**values, "tags": list(run.tags)})
    else:
        print_pairs({**values, "tags": ", ".join(run.tags)})
