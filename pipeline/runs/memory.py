"""How much memory a run will take, roughly and on the safe side, and whether there is as much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.errors import JobError, TrainingError
from pipeline.evaluation.reference import Reference
from pipeline.models.choice import CANDIDATES, make_candidate
from pipeline.runs.records import Run
from pipeline.runs.states import RunLane, RunPlace, RunStatus
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.recipe import AUTO, Recipe
from pipeline.synthesizers.width import compute_width, estimate_memory_mb, find_free_mb

_LIBRARIES_MB = 450.0
"""A worker that has loaded torch, SDV and pandas, measured on Linux."""
_LAYER_UNITS = 2 * 512
_CODE_BYTES = 4 * 3
"""A code of the encoded table: itself, a shuffled copy, and what a measurement takes of it."""
_FILE_FACTOR = 15
"""Memory of a table for each byte of it as text: read, made comparable, measured. Twice what was measured."""
_TEXT = (".csv", ".json", ".txt")
_PACKED = 4
"""How much a table grows that is in a file of Excel or Parquet."""
_CELL_BYTES = 400
"""A cell of a generated table: text as pandas holds it, in the table, in its checks and in its file."""


def estimate_training_mb(reference: Reference, recipe: Recipe) -> float:
    """Memory of fitting a recipe, in MB; TrainingError where the recipe or the table cannot be trained.

    Where the synthesizer is left open, the most that a candidate takes; one that cannot be planned is left
    out, as when they are tried.
    """
    if recipe.synthesizer == AUTO:
        return max(_estimate_candidates(reference, recipe))
    synthesizer = create_synthesizer(recipe.synthesizer, reference.columns, recipe)
    plans = synthesizer.plan(reference.training)
    table_mb = len(reference.training) * compute_width(plans) * _CODE_BYTES / 1e6
    return _LIBRARIES_MB + table_mb + estimate_memory_mb(plans, _LAYER_UNITS, recipe.batch_size)


def _estimate_candidates(reference: Reference, recipe: Recipe) -> list[float]:
    """Memory of each candidate that can be planned; the first one's TrainingError where none can."""
    estimates_mb: list[float] = []
    refusals: list[TrainingError] = []
    for name in CANDIDATES:
        try:
            estimates_mb.append(estimate_training_mb(reference, make_candidate(recipe, name)))
        except TrainingError as refusal:
            refusals.append(refusal)
    if not estimates_mb:
        raise refusals[0]
    return estimates_mb


def estimate_table_mb(reference: Reference, rows: int) -> float:
    """Memory of generating, measuring and exporting a table of `rows` rows, in MB."""
    return _LIBRARIES_MB + rows * len(reference.spec.columns) * _CELL_BYTES / 1e6


def estimate_file_mb(*files: str) -> float:
    """Memory of reading and measuring tables that are in files, in MB; 0 for a file that is not there."""
    sizes = (_measure_unpacked(Path(file)) for file in files)
    return _LIBRARIES_MB + sum(sizes) * _FILE_FACTOR / 1e6


def _measure_unpacked(file: Path) -> int:
    """Bytes of a table as text, roughly."""
    if not file.is_file():
        return 0
    return file.stat().st_size * (1 if file.suffix.lower() in _TEXT else _PACKED)


def compute_reserved_mb(open_runs: Iterable[Run], beside: Mapping[RunLane, int]) -> float:
    """Memory that open runs of a machine have yet to take, in MB, while one more run is done.

    `beside` says how many runs of each lane the engine does beside that one: those that run, then the
    hungriest that wait.
    """
    reserved_mb = 0.0
    by_lane: dict[RunLane, list[tuple[bool, float]]] = {lane: [] for lane in beside}
    for run in open_runs:
        is_waiting = run.status is RunStatus.QUEUED
        taken_mb = 0.0 if is_waiting else run.peak_memory_mb or 0.0
        missing_mb = max(0.0, (run.estimated_memory_mb or 0.0) - taken_mb)
        if run.place is RunPlace.LOCAL:
            reserved_mb += missing_mb
        else:
            by_lane[run.lane].append((is_waiting, -missing_mb))
    for lane, runs in by_lane.items():
        reserved_mb -= sum(missing_mb for _, missing_mb in sorted(runs)[: beside[lane]])
    return reserved_mb


def require_memory(estimated_mb: float, most_mb: int, reserved_mb: float = 0.0) -> None:
    """Raise JobError where a run would not fit in `most_mb`.

    0 stands for what the machine has free and other runs will not take (`reserved_mb`).
    """
    available_mb = most_mb or max(0.0, find_free_mb() - reserved_mb)
    if estimated_mb > available_mb:
        free = "this machine has free beside its other runs" if reserved_mb else "this machine has free"
        source = "runs.memory_mb allows" if most_mb else free
        raise JobError(
            f"The run would take about {estimated_mb:,.0f} MB; {source} {available_mb:,.0f} MB.",
            "choose another synthesizer or fewer rows, or group the categories of wide columns; "
            "an administrator can raise runs.memory_mb.",
        )


def measure_memory_mb() -> float:
    """Memory that this process holds at the moment, in MB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6
