"""Tables of one row a day are told when they are registered."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from pipeline.datasets.related.calendars import tell_calendars
from pipeline.datasets.related.schema import RelatedSchema, RelatedTable
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role

DAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("step", "is_public", "told"), [(1, False, True), (30, False, False), (1, True, False)]
)
def test_a_table_with_most_of_its_days_is_told(step: int, is_public: bool, told: bool) -> None:
    column = ColumnSpec("day", Role.MODELLED, ModelledType.DATETIME, options={"format": "%Y-%m-%d"})
    spec = DatasetSpec("days", "Days", "", "days", DAY, (column,))
    days = pd.date_range("2024-01-01", periods=40, freq=f"{step}D").astype(str)
    table = RelatedTable("days", ("day",), ("day",), is_public=is_public)
    schema = RelatedSchema("shop", "Shop", "", DAY, (table,))
    found = tell_calendars(schema, {"days": (spec, pd.DataFrame({"day": days}))})
    assert ("days" in found) is told
    assert all("`columns shop --set days.public=true`" in text for text in found.get("days", ()))
