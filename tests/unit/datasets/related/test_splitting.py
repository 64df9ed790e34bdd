from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.datasets.related.splitting import hold_out_roots


def _split(owners: np.ndarray) -> dict[str, np.ndarray]:
    tables = (RelatedTable("people", ("id",), ("id",)), RelatedTable("orders", ("person",)))
    relation = Relation("orders", ("person",), "people", ("id",), is_optional=True, is_owner=True)
    schema = RelatedSchema("s", "", "", date(2026, 1, 2), tables, (relation,))
    rows = {"people": 100, "orders": len(owners)}
    return hold_out_roots(schema, "f", rows, lambda _: {"orders.person": owners})


def test_rows_go_where_their_owner_goes() -> None:
    owners = np.repeat(np.arange(100), 3)
    held = _split(owners)
    assert held["people"].mean() == pytest.approx(0.2)
    assert (held["orders"] == held["people"][owners]).all()


def test_rows_without_their_optional_owner_are_in_both_parts() -> None:
    owners = np.full(200, -1)
    assert _split(owners)["orders"].mean() == pytest.approx(0.2)
