"""A small shop: customers, orders and items, each in a few rows, for rules of every kind."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.datasets.rules.given import RuleTables

RELATIONS = (
    Relation("orders", ("customer",), "customers", ("id",), is_owner=True),
    Relation("orders", ("payer",), "customers", ("id",), is_optional=True),
    Relation("customers", ("friend",), "customers", ("id",), is_optional=True),
)


def make_shop(**changes: list[object]) -> RuleTables:
    """Two customers with five orders; `table_column=[...]` changes a column, `customer=[...]` a link."""
    tables = {
        "customers": pd.DataFrame(
            {
                "id": [1, 2],
                "since": pd.to_datetime(["2024-01-01", "2024-03-01"]),
                "friend": [None, 1.0],
                "opening": [100.0, 0.0],
                "turnover": [30.30, 7.0],
                "orders": [3, 2],
                "left": pd.to_datetime(["2024-03-05", None]),
                "limit": [150.0, 10.0],
                "email": ["a@example.com", None],
                "phone": [None, "(212) 555-0101"],
            }
        ),
        "orders": pd.DataFrame(
            {
                "no": [1, 2, 3, 4, 5],
                "customer": [1, 1, 1, 2, 2],
                "payer": [2.0, None, None, 1.0, None],
                "placed": pd.to_datetime(
                    ["2024-01-02", "2024-01-03", "2024-01-03", "2024-03-01", "2024-04-01"]
                ),
                "ended": pd.to_datetime(["2024-01-05", "2024-01-05", None, None, "2024-04-02"]),
                "price": [2.5, 0.1, 10.05, 1.0, 2.0],
                "items": [4, 3, 2, 1, 3],
                "amount": [10.0, 0.3, 20.1, 1.0, 6.0],
                "paid": [10.0, 0.3, 20.0, 1.0, 6.0],
                "balance": [110.0, 110.3, 130.4, 1.0, 7.0],
                "kind": ["toy", "book", "toy", "book", "toy"],
                "shelf": ["A", "B", "A", "B", "A"],
            }
        ),
    }
    links = {
        "orders.customer": np.array([0, 0, 0, 1, 1]),
        "orders.payer": np.array([1, -1, -1, 0, -1]),
        "customers.friend": np.array([-1, 0]),
    }
    for name, values in changes.items():
        table, _, column = name.partition("_")
        kept = tables[table][column]
        tables[table][column] = pd.to_datetime(values) if kept.dtype.kind == "M" else values
    described = (
        RelatedTable("customers", tuple(tables["customers"].columns), ("id",)),
        RelatedTable("orders", tuple(tables["orders"].columns), ("no",)),
    )
    schema = RelatedSchema("shop", "Shop", "", date(2025, 1, 1), described, RELATIONS)
    return RuleTables(schema, tables, links)
