"""What `bulk` does for several related tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.output import (
    ProgressPrinter,
    catch_interrupt,
    print_findings,
    print_json,
    print_pairs,
    print_table,
    shorten_headline,
)
from pipeline.errors import DataError
from pipeline.evaluation.figure import Figure
from pipeline.generation.results import HEADLINE

if TYPE_CHECKING:
    from pipeline.generation.orders import RelatedBulkOrder
    from pipeline.generation.results import RelatedBulkResult
    from pipeline.workbench.workbench import Workbench


def refuse_bulk_of_one_table(rows: int | None, part_rows: int | None, share: Sequence[str] | None) -> None:
    """DataError for an option of `bulk` that several tables do not have."""
    if rows is not None or part_rows is not None:
        raise DataError(
            "Several tables have no number of rows.",
            "give --scale, where 1 is the size of the sample, and --part-roots.",
        )
    if share:
        raise DataError("--share is for one table.", "omit it for several tables.")


def require_rows(rows: int | None, scale: float | None, part_roots: int | None) -> int:
    """The rows of one table; DataError where they are missing or an option is for several tables."""
    if scale is not None or part_roots is not None:
        raise DataError("--scale and --part-roots are for several tables.", "give --rows for one table.")
    if rows is None:
        raise DataError("The number of records is missing.", "give it with --rows.")
    return rows


def bulk_related(workbench: Workbench, order: RelatedBulkOrder, as_json: bool) -> None:
    """Make several large tables in parts, and print what lies in the folder."""
    with catch_interrupt() as is_interrupted:
        done = workbench.runs.perform(order, ProgressPrinter(is_interrupted))
    print_findings(done.warnings)
    if as_json:
        values = done.as_plain()
        quality = Figure.from_dict(values["figure"]).as_quality()
        print_json({**values, **quality, "evidence": done.manifest["evidence"]})
        return
    print_pairs(_describe(done))
    print_table(("TABLE", "ROWS"), [(name, f"{rows:,}") for name, rows in done.rows.items()])


def _describe(done: RelatedBulkResult) -> dict[str, Any]:
    evidence, first = done.manifest["evidence"], done.manifest["first_part"]["rows"]
    values = {name: value for name, value in done.as_plain().items() if name not in ("rows", *HEADLINE)}
    of_first = f"of the first {sum(first.values()):,} rows"
    return {**values, **shorten_headline(evidence), "verdict": f"{evidence['verdict']} {of_first}"}
