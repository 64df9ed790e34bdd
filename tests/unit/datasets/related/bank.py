"""The built-in bank as rules read it: typed tables, links and a schema, without any registration."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.datasets.rules.given import RuleTables
from pipeline.settings import PROJECT_ROOT

_DATES = {
    "customers": ["date_of_birth", "joined"],
    "accounts": ["opened", "closed"],
    "cards": ["issued", "expires"],
    "merchant_categories": [],
    "transactions": ["date"],
    "loans": ["granted", "ended"],
}
_KEYS = {
    "customers": ("customer_id",),
    "accounts": ("account_id",),
    "cards": ("account_id", "card_no"),
    "merchant_categories": ("mcc",),
    "transactions": ("transaction_id",),
    "loans": ("loan_id",),
}
_RELATIONS = (
    Relation("customers", ("referred_by",), "customers", ("customer_id",), is_optional=True),
    Relation("accounts", ("customer_id",), "customers", ("customer_id",), is_owner=True),
    Relation("cards", ("account_id",), "accounts", ("account_id",), is_owner=True),
    Relation("transactions", ("account_id",), "accounts", ("account_id",), is_owner=True),
    Relation("transactions", ("account_id", "card_no"), "cards", ("account_id", "card_no"), is_optional=True),
    Relation("transactions", ("mcc",), "merchant_categories", ("mcc",), is_optional=True),
    Relation("loans", ("account_id",), "accounts", ("account_id",), is_owner=True),
)


@cache
def load_bank() -> RuleTables:
    """The bank of `content3` with all of its columns."""
    tables = {
        name: pd.read_csv(PROJECT_ROOT / "content3" / f"{name}.csv", parse_dates=dates)
        for name, dates in _DATES.items()
    }
    described = tuple(
        RelatedTable(
            name,
            tuple(table.columns),
            _KEYS[name],
            (("card_number",),) if name == "cards" else (),
            order="date" if name == "transactions" else "",
            is_public=name == "merchant_categories",
        )
        for name, table in tables.items()
    )
    schema = RelatedSchema("bank", "Bank", "", date(2026, 1, 1), described, _RELATIONS)
    return RuleTables(schema, tables, {one.id: find_parents(tables, one) for one in _RELATIONS})


def find_parents(tables: dict[str, pd.DataFrame], relation: Relation) -> np.ndarray:
    """The position of each row's parent, -1 where the foreign key is empty."""
    keys = tables[relation.parent][list(relation.parent_columns)].itertuples(index=False, name=None)
    places = {key: place for place, key in enumerate(keys)}
    held = tables[relation.child][list(relation.columns)].itertuples(index=False, name=None)
    return np.array([places.get(key, -1) for key in held], dtype=np.int64)
