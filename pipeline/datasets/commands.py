"""The command that changes columns of a dataset, as hints and findings name it."""

from __future__ import annotations

import shlex

from pipeline.datasets.spec import DatasetSpec


def set_command(spec: DatasetSpec, column: str, change: str) -> str:
    """The command that changes one column, in quotes where its name needs them."""
    path = f"{spec.table}.{column}" if spec.part_of else column
    return columns_command(spec.part_of or spec.name, f"{path}.{change}")


def columns_command(dataset: str, *changes: str) -> str:
    """The command that makes changes such as "orders.amount.minimum=0"."""
    return f"`columns {dataset} {' '.join(f'--set {shlex.quote(change)}' for change in changes)}`"
