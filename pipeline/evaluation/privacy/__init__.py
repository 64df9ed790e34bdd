"""Does a table give anybody away? Overlap, copies, distances and attacks, each with its baseline."""

from pipeline.evaluation.privacy.assess import Depth, add_measure, compute_privacy, take_worse
from pipeline.evaluation.privacy.copies import RowKeys, compute_row_keys
from pipeline.evaluation.privacy.repeats import (
    ExportRecord,
    compare_exports,
    join_records,
    record_export,
)

__all__ = [
    "Depth",
    "ExportRecord",
    "RowKeys",
    "add_measure",
    "compare_exports",
    "compute_privacy",
    "compute_row_keys",
    "join_records",
    "record_export",
    "take_worse",
]
