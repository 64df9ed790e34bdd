"""Runs beside each other: their settings and their figures, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.evaluation.score_text import format_score
from pipeline.runs.records import GenerateSummary, TrainSummary
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import list_unread

if TYPE_CHECKING:
    from pipeline.evaluation.figure import Figure
    from pipeline.runs.records import Run

_WORDS = {
    "seed": "Seed of the rows",
    "train_seed": "Seed of the training",
    "use_hma": "HMA first",
    "batch_size": "Batch, rows a step",
    "time_budget_s": "Time budget, s",
    "as_of": "As of",
    "refine": "Refined",
    "keep": "Keeps the epoch",
}
_SAME = {"seed": "train_seed"}
"""What an order and its recipe call by the same name."""
_HIDDEN = {"identity", "recipe"}


@dataclass(frozen=True)
class ComparedRow:
    """One setting or figure of several runs, as text, in the order of the runs; empty where one has none."""

    part: str
    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the runs do not agree."""
        return len(set(self.values)) > 1


def compare_runs(runs: Sequence[Run]) -> tuple[ComparedRow, ...]:
    """The settings, then the figures of runs; what none of them has is left out."""
    settings = [_list_settings(run) for run in runs]
    figures = [_list_figures(run) for run in runs]
    return put_beside(settings, figures)


def find_pair(runs: Sequence[Run]) -> tuple[Run, Run] | None:
    """Two runs whose tables the evidence can put side by side; None for any others."""
    measurable = all(_is_measurable(run) for run in runs)
    if len(runs) != 2 or not measurable or runs[0].dataset != runs[1].dataset:
        return None
    return runs[0], runs[1]


def are_trainings(runs: Sequence[Run]) -> bool:
    """Whether runs are trainings of one dataset, whose curves can be drawn together."""
    return {run.kind for run in runs} == {RunKind.TRAIN} and len({run.dataset for run in runs}) == 1


def _is_measurable(run: Run) -> bool:
    return run.kind in (RunKind.TRAIN, RunKind.GENERATE) and run.status is RunStatus.DONE and bool(run.model)


def put_beside(
    settings: Sequence[Mapping[str, str]], figures: Sequence[Mapping[str, str]]
) -> tuple[ComparedRow, ...]:
    """Settings, then figures, by name, one mapping for each column; what none of them has is left out."""
    return (*_list_rows("Setting", settings), *_list_rows("Figure", figures))


def _list_rows(part: str, found: Sequence[Mapping[str, str]]) -> list[ComparedRow]:
    names = dict.fromkeys(name for one in found for name in one)
    rows = (ComparedRow(part, name, tuple(one.get(name, "") for one in found)) for name in names)
    return [row for row in rows if any(row.values)]


def _list_settings(run: Run) -> dict[str, str]:
    order = run.order.as_plain()
    return spell_settings({**order, **read_recipe(order.get("recipe") or {})})


def read_recipe(told: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of a recipe that its synthesizer reads."""
    unread = list_unread(told.get("synthesizer"))
    return {_SAME.get(name, name): value for name, value in told.items() if name not in unread}


def spell_settings(plain: Mapping[str, Any]) -> dict[str, str]:
    """Plain values of an order or a recipe as text, by what people call them."""
    shown = {name: value for name, value in plain.items() if name not in _HIDDEN}
    return {_WORDS.get(name, name.replace("_", " ").capitalize()): spell(one) for name, one in shown.items()}


def _list_figures(run: Run) -> dict[str, str]:
    result = run.result
    trained = result if isinstance(result, TrainSummary) else TrainSummary()
    made = result if isinstance(result, GenerateSummary) else GenerateSummary()
    return {
        "Status": run.status.value,
        "Verdict": spell(run.verdict),
        **list_quality(run.figure),
        "Validity, 0–1": "" if made.validity is None else format_score(made.validity),
        "Privacy": spell(made.privacy),
        "Columns learned": spell(run.learned),
        "Epochs trained": spell(trained.epochs),
        "Kept epoch": spell(trained.kept_epoch),
        "Work, s": "" if run.seconds is None else f"{run.seconds:,.1f}",
        "Memory at most, MB": "" if run.peak_memory_mb is None else f"{run.peak_memory_mb:,.0f}",
        "Model": spell(run.model),
        "Owner": run.owner,
        "Ordered, UTC": f"{run.created_at:%Y-%m-%d %H:%M}",
    }


def list_quality(figure: Figure) -> dict[str, str]:
    """The quality with its ends, and what is to be known of it in words."""
    numbers = {
        "Quality, 0–1": figure.score,
        "Floor: independent columns": figure.floor,
        "Ceiling: other real rows": figure.ceiling,
    }
    told = {name: "" if one is None else format_score(one) for name, one in numbers.items()}
    return {**told, "Finding": figure.finding}


def spell(value: Any) -> str:
    """A plain value as people read it."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {spell(one)}" for name, one in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)
