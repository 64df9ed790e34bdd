"""Tables of one row a day: told, since days that are generated anew are those of the sample once more."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.datasets.commands import columns_command
from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.spec import DatasetSpec, ModelledType
from pipeline.datasets.typed import conform

_FILLED = 0.5
_DAY_S = 86_400.0


def tell_calendars(
    schema: RelatedSchema, own: Mapping[str, tuple[DatasetSpec, pd.DataFrame]]
) -> dict[str, list[str]]:
    """A sentence for each table whose key is a date and that has most of its days."""
    told = {}
    for name, (spec, cells) in own.items():
        key = schema.get(name).primary_key
        column = next((one for one in spec.columns if key == (one.name,)), None)
        if schema.get(name).is_public or column is None or column.kind != ModelledType.DATETIME:
            continue
        days = pd.to_datetime(conform(cells[column.name], column, name), errors="coerce").dropna()
        span = (days.max() - days.min()).total_seconds() / _DAY_S + 1 if len(days) else 0.0
        if len(days) > _FILLED * span:
            told[name] = [
                f'The table has one row a day by "{column.name}". Days that are generated anew are much the '
                "same, so that its rows may equal real ones: where it is a calendar and holds nothing about "
                f"people, declare it public ({columns_command(schema.name, f'{name}.public=true')})."
            ]
    return told
