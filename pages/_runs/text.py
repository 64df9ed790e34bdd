"""What pages say of a run: what it makes, with which settings, and its status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pages._errors import escape
from pages._filters import holds_words
from pages._runs.duration import tell_about
from pipeline.evaluation.score_text import format_score
from pipeline.generation.orders import (
    BulkOrder,
    GenerateOrder,
    RelatedBulkOrder,
    RelatedOrder,
    RelatedTrainOrder,
)
from pipeline.models.related.recipe import RelatedRecipe, name_related
from pipeline.progress import Stage
from pipeline.runs.orders import EvaluateOrder, Order, TrainOrder, UnknownOrder, find_recipe
from pipeline.runs.records import BulkSummary, RowsSoFar, Run, is_stopped_training
from pipeline.runs.states import RunKind, RunLane, RunStatus
from pipeline.synthesizers.recipe import AUTO, Recipe, count_epochs, has_epochs, name_recipe
from pipeline.workbench.sweeps import find_trained

KINDS = {
    RunKind.TRAIN: "Training",
    RunKind.GENERATE: "Table",
    RunKind.EVALUATE: "Evaluation",
    RunKind.BULK: "Bulk table",
    RunKind.RELATED_TRAIN: "Training of several tables",
    RunKind.RELATED: "Several tables",
    RunKind.RELATED_BULK: "Several bulk tables",
}
STATUSES = {
    RunStatus.QUEUED: "waiting",
    RunStatus.RUNNING: "running",
    RunStatus.DONE: "done",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "cancelled",
}
ICONS = {
    RunStatus.QUEUED: ":material/hourglass_top:",
    RunStatus.RUNNING: ":material/directions_run:",
    RunStatus.DONE: ":material/check_circle:",
    RunStatus.FAILED: ":material/error:",
    RunStatus.CANCELLED: ":material/cancel:",
}
_QUEUES = {RunLane.LONG: "trainings and large tables", RunLane.SHORT: "short work"}
_MOST_BY_CLOCK = 0.95
"""A stage that takes longer than expected stops the bar here."""
_HMA = {True: "HMA first", False: "no HMA"}
_REFINED = {True: "refined", False: "not refined"}


def name_run(run: Run) -> str:
    """The title of a run with what it makes, in a few words without markup."""
    return f"{run.title} ({name_work(run)})" if run.title else name_work(run)


def name_choice(run: Run) -> str:
    """A run among others of its dataset, for lists to choose from: short enough for a phone."""
    made = f"{run.order.rows:,} rows" if isinstance(run.order, GenerateOrder) else ""
    score = "" if run.figure.score is None else format_score(run.figure.score)
    tags = (f"#{tag}" for tag in run.tags)
    parts = (made, score, _name_trained(run)) if made else (_name_trained(run), score)
    return " · ".join(filter(None, (run.title, *parts, *tags)))


def name_shortly(run: Run) -> str:
    """A run among others of its dataset, as a heading: its title, else synthesizer, epochs and score."""
    score = "" if run.figure.score is None else f" ({format_score(run.figure.score)})"
    return run.title or f"{_name_trained(run)}{score}"


def _name_trained(run: Run) -> str:
    """The synthesizer and epochs of a run; of a training that was stopped, those that it trained."""
    recipe = find_trained(run)
    if recipe is None:
        return describe_model(run)
    return f"{name_recipe(recipe, run.epoch)}, stopped" if is_stopped_training(run) else name_recipe(recipe)


def matches(run: Run, text: str) -> bool:
    """Whether each word of a text stands in what is said of a run: name, kind, status, owner, tags, id."""
    said = (
        name_run(run),
        KINDS[run.kind],
        STATUSES[run.status],
        run.owner,
        *run.tags,
        run.id,
        run.model or "",
    )
    return holds_words(said, text)


def name_work(run: Run) -> str:
    """What a run makes, in a few words without markup."""
    match run.order:
        case GenerateOrder() | BulkOrder() as order:
            return f"{run.dataset}, {order.rows:,} rows, seed {order.seed}"
        case TrainOrder(recipe=Recipe() as recipe):
            return f"{run.dataset}, {name_recipe(recipe)}"
        case RelatedOrder() | RelatedBulkOrder() as order:
            return f"{run.dataset}, scale {order.scale:g}, seed {order.seed}"
        case RelatedTrainOrder(recipe=RelatedRecipe() as recipe):
            return f"{run.dataset}, {name_related(recipe)}"
        case EvaluateOrder():
            return f"{run.dataset}, a table of yours"
    return f"{run.dataset}, ordered with another version"


def mark_tags(tags: Sequence[str]) -> str:
    """Tags as badges, as Markdown that follows a name."""
    return "".join(f" :gray-badge[{escape(tag)}]" for tag in tags)


def describe_model(run: Run) -> str:
    """The synthesizer and epochs of an order, as words without markup."""
    if isinstance(run.order, RelatedOrder | RelatedBulkOrder):
        return name_related(run.order.recipe or RelatedRecipe())
    recipe = find_recipe(run.order)
    return "the model that a stopped training kept" if recipe is None else name_recipe(recipe)


def describe_order(run: Run) -> str:
    """When a run was ordered, and with which settings, as one line without markup."""
    attempts = f"; attempt {run.attempt}" if run.attempt > 1 else ""
    recipe = [*_list_recipe(find_recipe(run.order)), *_list_related_recipe(run.order)]
    settings = ", ".join([*_list_settings(run.order), *recipe])
    ordered = f"Ordered {run.created_at:%Y-%m-%d %H:%M} UTC, run {run.id}{attempts}."
    return f"{ordered} Settings: {settings}." if settings else ordered


def describe_progress(run: Run) -> str:
    """The status of a run that is not over, as one line without markup."""
    if run.is_cancel_requested:
        return "Cancelling at the next step …"
    if run.status is RunStatus.QUEUED:
        place = f", place {run.position} in the queue of {_QUEUES[run.lane]}" if run.position else ""
        work = f"; {tell_about(run.remaining_s)} of work" if run.remaining_s else ""
        return f"Waiting{place}{work} …"
    return f"{_describe_stage(run)} {count_seconds(run):.0f} s elapsed"


def describe_end(run: Run, is_judged: bool = False) -> str:
    """What came of a run that is over, as one line without markup; `is_judged` where its verdict is shown."""
    parts = [] if run.seconds is None else [f"{run.seconds:,.1f} s of work"]
    parts += [] if run.quality is None or is_judged else [_describe_quality(run)]
    parts += [f"learned: {run.learned}"] if is_judged and run.learned else []
    parts += [f"{rate:,.0f} rows/s"] if (rate := _find_rate(run)) else []
    parts += [] if run.peak_memory_mb is None else [f"{run.peak_memory_mb:,.0f} MB at most"]
    parts += [] if run.model is None else [f"model {run.model}"]
    return f"{', '.join(parts)}." if parts else ""


def _describe_quality(run: Run) -> str:
    learned = f", learned: {run.learned}" if run.learned else ""
    verdict = f"verdict {run.verdict}, " if run.verdict else ""
    return f"{verdict}quality {run.figure.on_scale}{learned}"


def count_seconds(run: Run) -> float:
    """Seconds of work so far; those since the last heartbeat are counted while it is running."""
    if run.status is not RunStatus.RUNNING or run.heartbeat_at is None:
        return run.seconds or 0.0
    return (run.seconds or 0.0) + max((datetime.now(UTC) - run.heartbeat_at).total_seconds(), 0.0)


def _describe_stage(run: Run) -> str:
    if run.stage == "train" and run.epoch:
        return f"Training, epoch {run.epoch:,} of {run.epochs:,}{_tell_rest(run)};"
    if isinstance(run.result, RowsSoFar) and isinstance(run.order, BulkOrder | RelatedBulkOrder):
        return _describe_rows(run, run.order, run.result)
    return f"{Stage(run.stage).description if run.stage else 'Starting'} …"


def _describe_rows(run: Run, order: BulkOrder | RelatedBulkOrder, made: RowsSoFar) -> str:
    if not made.rows and isinstance(order, RelatedBulkOrder):
        return "Counting the rows of all parts …"
    # How many rows several tables have is known once all parts are counted.
    whole = f" of {order.rows:,}" if isinstance(order, BulkOrder) else ""
    return f"{made.rows:,}{whole} rows, {made.rows_per_second:,.0f} rows/s{_tell_rest(run)};"


def compute_time_share(run: Run) -> float:
    """How much of a run's time is over by now, 0–1: between two reports it goes on with the clock."""
    if run.remaining_s is None or run.status is not RunStatus.RUNNING:
        return min(max(run.share, 0.0), 1.0)
    total_s = (run.seconds or 0.0) + run.remaining_s
    now = count_seconds(run) / total_s if total_s else 0.0
    return min(max(run.share, min(now, _MOST_BY_CLOCK)), 1.0)


def _tell_rest(run: Run) -> str:
    if run.remaining_s is None:
        return ""
    left_s = max(run.remaining_s - (count_seconds(run) - (run.seconds or 0.0)), 0.0)
    return f", about {_tell_time(left_s)} remaining"


def _tell_time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _find_rate(run: Run) -> float | None:
    return run.result.rows_per_second if isinstance(run.result, BulkSummary | RowsSoFar) else None


def _list_settings(order: Order | UnknownOrder) -> list[str]:
    as_of = None if isinstance(order, TrainOrder | RelatedTrainOrder | UnknownOrder) else order.as_of
    with_format = GenerateOrder | BulkOrder | RelatedOrder | RelatedBulkOrder
    fmt = order.format if isinstance(order, with_format) else None
    return [*([f"as of {as_of}"] if as_of else []), *([f"format {fmt}"] if fmt else [])]


def _list_recipe(recipe: Recipe | None) -> list[str]:
    if recipe is None:
        return []
    epochs = f" for {count_epochs(recipe.epochs)}" if has_epochs(recipe.synthesizer) else ""
    steps = [f"{recipe.batch_size:,} rows a step", f"training seed {recipe.seed}"]
    if recipe.synthesizer == AUTO:
        # The other settings are those of whichever synthesizer is taken.
        return [f"{recipe.synthesizer}{epochs}", *steps]
    stages = [_HMA[bool(recipe.use_hma)], _REFINED[bool(recipe.refine)]]
    return [f"{recipe.synthesizer}{epochs}", *stages, *steps, *_list_end(recipe)]


def _list_related_recipe(order: Order | UnknownOrder) -> list[str]:
    if not isinstance(order, RelatedTrainOrder | RelatedOrder | RelatedBulkOrder) or order.recipe is None:
        return []
    recipe = order.recipe
    return [name_related(recipe).replace(", ", " for "), f"training seed {recipe.seed}"]


def _list_end(recipe: Recipe) -> list[str]:
    """When a training ends, how fast it learns, and which epoch it keeps."""
    patience, budget_s = recipe.patience, recipe.time_budget_s
    parts = [f"stops after {count_epochs(patience)} without better quality"] if patience else []
    parts += [f"at most {budget_s:,.0f} s"] if budget_s else []
    if recipe.synthesizer == "ctgan":
        parts.append(f"learning rates {recipe.generator_rate:g} and {recipe.discriminator_rate:g}")
    return [*parts, f"keeps the {recipe.keep} epoch"]
