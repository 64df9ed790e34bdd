"""Columns that somebody makes categories: accepted where training finds some, refused where it does not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.datasets import shared_categories
from pipeline.datasets.catalog import Catalog
from pipeline.datasets.columns import describe_columns
from pipeline.datasets.related.catalog import RelatedCatalog
from pipeline.datasets.related.editing import SetEdits
from pipeline.datasets.related.reading import ReadTable
from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError
from pipeline.settings import UploadLimits
from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.width import Treatment, plan_columns
from tests.unit.datasets.related.related_cases import make_shop

ROWS = 200


def add(folder: Path, codes: list[str]) -> Catalog:
    """A table of codes, amounts and places."""
    file = folder / "parts.csv"
    amounts = [f"{row * 7.31 % 90 + 1:.2f}" for row in range(ROWS)]
    cells = {"code": codes, "amount": amounts, "place": ["Hof", "Ulm"] * (ROWS // 2)}
    pd.DataFrame(cells).to_csv(file, index=False)
    catalog = Catalog(folder / "datasets", UploadLimits())
    catalog.add("parts", [file])
    return catalog


def make_codes(most: int) -> list[str]:
    """Codes of which each but the last is in `most` rows."""
    return [f"K{row // most * 37 + 1000:05d}-{'ABCDEFG'[row // most % 7]}" for row in range(ROWS)]


@pytest.mark.parametrize(("most", "is_learnable"), [(1, False), (4, False), (6, None), (7, None), (11, True)])
def test_categories_are_accepted_exactly_where_training_finds_any(
    tmp_path: Path, most: int, is_learnable: bool | None
) -> None:
    catalog = add(tmp_path, make_codes(most))
    training = catalog.get("parts").split().training
    [plan] = plan_columns(training, (ModelledColumn("code", ModelledType.CATEGORICAL),))
    found = plan.treatment is not Treatment.IDENTITY
    assert is_learnable in (None, found)
    if not found:
        with pytest.raises(DataError, match='Column "code" cannot be of the kind "categorical"'):
            catalog.plan_change("parts", ["code.kind=categorical"])
        return
    changed = catalog.plan_change("parts", ["code.kind=categorical"])
    assert changed.columns[0].kind == ModelledType.CATEGORICAL


@pytest.mark.parametrize("change", ["kind=categorical", "role=modelled"])
def test_codes_of_one_row_each_are_no_categories(tmp_path: Path, change: str) -> None:
    catalog = add(tmp_path, make_codes(1))
    with pytest.raises(DataError, match="none of its 160 values is in 5 training rows") as caught:
        catalog.plan_change("parts", [f"code.{change}"])
    assert "code.kind=code" in str(caught.value.hint)


def test_other_changes_of_a_table_are_not_asked_for_categories(tmp_path: Path) -> None:
    catalog = add(tmp_path, make_codes(1))
    spec = catalog.plan_change("parts", ["amount.minimum=0", "place.role=identity"])
    assert [one.kind for one in describe_columns(spec)][:2] == ["code", "numerical"]


def test_amounts_that_were_an_identity_are_numbers_again_where_they_are_to_be_learned(tmp_path: Path) -> None:
    catalog = add(tmp_path, make_codes(1))
    catalog.change("parts", catalog.plan_change("parts", ["amount.role=identity"]))
    spec = catalog.plan_change("parts", ["amount.role=modelled"])
    amount = next(one for one in describe_columns(spec) if one.name == "amount")
    assert (amount.role, amount.kind, amount.form["decimals"]) == ("modelled", "numerical", 2)


def test_repeated_codes_are_learned_where_their_role_says_so(tmp_path: Path) -> None:
    catalog = add(tmp_path, make_codes(11))
    spec = catalog.plan_change("parts", ["code.role=modelled"])
    assert (spec.columns[0].role, spec.columns[0].kind) == ("modelled", "categorical")


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> RelatedCatalog:
    catalog = RelatedCatalog(tmp_path_factory.mktemp("related"), UploadLimits())
    tables = make_shop()
    tables["customers"]["badge"] = make_codes(1)[: len(tables["customers"])]
    tables["customers"]["area"] = make_codes(30)[: len(tables["customers"])]
    tables["products"]["grade"] = make_codes(1)[: len(tables["products"])]
    found = [ReadTable(name, cells, {"file": f"{name}.csv"}) for name, cells in tables.items()]
    catalog.add_tables("shop", found)
    return catalog


def test_a_column_of_a_set_is_no_category_where_no_value_is_shared(shops: RelatedCatalog) -> None:
    with pytest.raises(DataError, match='Column "badge" cannot be of the kind "categorical"'):
        shops.plan_edits("shop", SetEdits(("customers.badge.kind=categorical",)))


def test_a_column_of_a_set_is_a_category_where_values_are_shared(shops: RelatedCatalog) -> None:
    planned = shops.plan_edits("shop", SetEdits(("customers.area.kind=categorical",)))
    kinds = {one.name: one.kind for one in planned.own["customers"].spec.columns}
    assert kinds["area"] == "categorical"


def test_a_public_table_of_a_set_may_have_categories_of_one_row(shops: RelatedCatalog) -> None:
    settings = ("products.public=true", "products.grade.kind=categorical")
    planned = shops.plan_edits("shop", SetEdits(settings))
    kinds = {one.name: one.kind for one in planned.own["products"].spec.columns}
    assert kinds["grade"] == "categorical"
    with pytest.raises(DataError, match='Column "grade" cannot be of the kind "categorical"'):
        shops.plan_edits("shop", SetEdits(settings[1:]))


def test_as_many_rows_are_asked_for_as_synthesizers_ask_for() -> None:
    assert shared_categories.FEWEST_ROWS == FEWEST_ROWS
