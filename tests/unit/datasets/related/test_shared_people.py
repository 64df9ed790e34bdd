"""People of two tables without a foreign key between them are told when the tables are registered."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from pipeline.datasets.related.schema import RelatedSchema, RelatedTable, Relation
from pipeline.datasets.related.shared_people import tell_shared_people
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role

DAY = date(2026, 1, 1)


def _describe(table: str, names: list[str]) -> tuple[DatasetSpec, pd.DataFrame]:
    spec = DatasetSpec(table, table, "", table, DAY, (ColumnSpec("name", Role.IDENTITY, "name"),))
    return spec, pd.DataFrame({"name": names})


@pytest.mark.parametrize(("is_related", "told"), [(False, ["complaints"]), (True, [])])
def test_names_of_an_unrelated_table_are_told(is_related: bool, told: list[str]) -> None:
    relation = Relation("complaints", ("customer",), "customers", ("id",))
    tables = (
        RelatedTable("customers", ("id", "name"), ("id",)),
        RelatedTable("complaints", ("customer", "name")),
    )
    schema = RelatedSchema("shop", "Shop", "", DAY, tables, (relation,) if is_related else ())
    names = [f"Ann {number}" for number in range(30)]
    own = {
        "customers": _describe("customers", names),
        "complaints": _describe("complaints", [*names[:20], "Bo"]),
    }
    found = tell_shared_people(schema, own)
    assert list(found) == told
    for sentence in found.get("complaints", []):
        assert sentence.startswith(
            '20 of 21 values of column "name" are in customers.name, but no foreign key'
        )
        assert "Ann" not in sentence
