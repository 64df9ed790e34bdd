"""How much memory a run will take, roughly and on the safe side, and whether there is as much."""

from __future__ import annotations

from pipeline.errors import JobError
from pipeline.evaluation.reference import Reference
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import compute_width, estimate_memory_mb, find_free_mb

_LIBRARIES_MB = 450.0
"""A worker that has loaded torch, SDV and pandas, measured on Linux."""
_LAYER_UNITS = 2 * 512
_CODE_BYTES = 4 * 3
"""A code of the encoded table: itself, a shuffled copy, and what a measurement takes of it."""
_CELL_BYTES = 400
"""A cell of a generated table: text as pandas holds it, in the table, in its checks and in its file."""


def estimate_training_mb(reference: Reference, recipe: Recipe) -> float:
    """Memory of fitting a recipe, in MB; TrainingError where the recipe or the table cannot be trained."""
    synthesizer = create_synthesizer(recipe.synthesizer, reference.columns, recipe)
    plans = synthesizer.plan(reference.training)
    table_mb = len(reference.training) * compute_width(plans) * _CODE_BYTES / 1e6
    return _LIBRARIES_MB + table_mb + estimate_memory_mb(plans, _LAYER_UNITS, recipe.batch_size)


def estimate_table_mb(reference: Reference, rows: int) -> float:
    """Memory of generating, measuring and exporting a table of `rows` rows, in MB."""
    return _LIBRARIES_MB + rows * len(reference.spec.columns) * _CELL_BYTES / 1e6


def require_memory(estimated_mb: float, most_mb: int) -> None:
    """Raise JobError where a run would not fit in `most_mb`; 0 stands for what the machine has free."""
    available_mb = most_mb or find_free_mb()
    if estimated_mb > available_mb:
        source = "runs.memory_mb allows" if most_mb else "this machine has free"
        raise JobError(
            f"The run would take about {estimated_mb:,.0f} MB; {source} {available_mb:,.0f} MB.",
            "choose another synthesizer or fewer rows, or group the categories of wide columns; "
            "an administrator can raise runs.memory_mb.",
        )


def measure_memory_mb() -> float:
    """Memory that this process holds at the moment, in MB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6
