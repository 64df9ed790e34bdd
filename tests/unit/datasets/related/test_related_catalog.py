from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.leftovers import mark_as_ours
from pipeline.datasets.related import edits
from pipeline.datasets.related.catalog import RelatedCatalog, find_keys
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.declared import Declared
from pipeline.datasets.related.editing import SetEdits
from pipeline.datasets.related.reading import ReadTable
from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.source import ReadOptions
from pipeline.datasets.spec import Role
from pipeline.errors import DataError, MetadataError, NotFoundError, StoreError
from pipeline.settings import UploadLimits
from tests.unit.datasets.related.related_cases import as_cells, make_calendar, make_shop


def as_tables(tables: Mapping[str, pd.DataFrame]) -> tuple[ReadTable, ...]:
    return tuple(ReadTable(name, cells, {"file": f"{name}.csv"}) for name, cells in tables.items())


@pytest.fixture
def catalog(tmp_path: Path) -> RelatedCatalog:
    return RelatedCatalog(tmp_path / "related", UploadLimits(), lambda name: name == "loans")


@pytest.fixture(scope="module")
def built_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a set that is registered once; tests change copies of it."""
    catalog = RelatedCatalog(tmp_path_factory.mktemp("built"), UploadLimits())
    return catalog.add_tables("shop", as_tables(make_shop())).folder


@pytest.fixture
def shop(catalog: RelatedCatalog, built_shop: Path, tmp_path: Path) -> RelatedDataset:
    shutil.copytree(built_shop, tmp_path / "related" / "shop")
    return catalog.get("shop")


def _roles(dataset: RelatedDataset, table: str) -> dict[str, tuple[Role, bool]]:
    found = dataset.table(table)
    assert found is not None
    return {one.name: (one.role, one.is_unique) for one in found.spec.columns}


def test_a_set_that_was_added_is_listed_and_reads_back(
    catalog: RelatedCatalog, shop: RelatedDataset, tmp_path: Path
) -> None:
    assert [schema.name for schema in catalog.list()] == ["shop"]
    assert catalog.get("shop") == shop
    assert [path.name for path in (tmp_path / "related").iterdir()] == ["shop"]
    cells, wanted = catalog.get("shop").load_cells(), make_shop()
    assert list(cells) == ["customers", "products", "employees", "orders", "order_lines"]
    assert all(cells[name].equals(wanted[name]) for name in wanted)


def test_foreign_keys_are_stored_as_positions_alone(shop: RelatedDataset) -> None:
    assert list(_roles(shop, "orders")) == ["order_id", "ordered_on", "total"]
    links = shop.load_links("orders")
    assert list(links) == ["orders.customer_id", "orders.employee_id"]
    assert links["orders.employee_id"].dtype == np.int64
    missing = make_shop()["orders"]["employee_id"].isna()
    assert (links["orders.employee_id"][missing] == -1).all()
    header = (shop.folder / "tables" / "orders" / "orders.csv").read_text().splitlines()[0]
    assert header == "order_id,ordered_on,total"


def test_keys_of_one_column_are_unique_identities_and_parts_of_keys_are_learned(
    catalog: RelatedCatalog, shop: RelatedDataset
) -> None:
    assert _roles(shop, "customers")["id"] == (Role.IDENTITY, True)
    assert _roles(shop, "order_lines")["line_no"] == (Role.MODELLED, False)
    calendar = catalog.add_tables("calendar", as_tables(make_calendar()))
    assert _roles(calendar, "stores")["Store"] == (Role.IDENTITY, True)
    assert _roles(calendar, "readings")["Date"] == (Role.MODELLED, False)
    assert _roles(calendar, "sales")["Dept"] == (Role.MODELLED, False)


def test_whole_tables_are_typed_with_keys_and_copies_as_text(catalog: RelatedCatalog) -> None:
    calendar = catalog.add_tables("calendar", as_tables(make_calendar()))
    sales = calendar.load_raw("sales")
    assert list(sales) == ["Store", "Dept", "Date", "Amount", "IsHoliday"]
    assert (str(sales["Amount"].dtype), sales["Store"].dtype) == ("float64", object)
    assert sales["IsHoliday"].tolist() == make_calendar()["sales"]["IsHoliday"].tolist()
    assert sales["Date"][0] == "2024-02-02"


def test_a_table_that_only_links_has_no_dataset_and_keeps_its_rows(catalog: RelatedCatalog) -> None:
    pairs = [(a, b) for a in range(1, 11) for b in range(1, 11) if (a + b) % 3]
    tables = {
        "memberships": as_cells({"person_id": [a for a, _ in pairs], "club_id": [b for _, b in pairs]}),
        "persons": as_cells({"id": range(1, 11), "age": range(20, 30)}),
        "clubs": as_cells({"id": range(1, 11), "fee": range(50, 60)}),
    }
    added = catalog.add_tables("clubs", as_tables(tables))
    assert added.table("memberships") is None
    assert added.count_rows("memberships") == len(pairs)
    assert added.load_raw("memberships").equals(tables["memberships"])


def test_the_split_holds_out_a_fifth_of_the_roots_with_all_that_hangs_on_them(
    shop: RelatedDataset,
) -> None:
    held = shop.split()
    assert {name: int(held[name].sum()) for name in ("customers", "products", "employees")} == {
        "customers": 12,
        "products": 8,
        "employees": 6,
    }
    orders = shop.load_links("orders")["orders.customer_id"]
    lines = shop.load_links("order_lines")["order_lines.order_id"]
    assert (held["orders"] == held["customers"][orders]).all()
    assert (held["order_lines"] == held["orders"][lines]).all()
    assert 0 < held["order_lines"].sum() < len(lines)


def test_equal_content_gives_the_same_fingerprint_and_split(catalog: RelatedCatalog, tmp_path: Path) -> None:
    other = RelatedCatalog(tmp_path / "elsewhere", UploadLimits())
    first, second = (one.add_tables("calendar", as_tables(make_calendar())) for one in (catalog, other))
    assert first.fingerprint == second.fingerprint
    assert all((mask == first.split()[name]).all() for name, mask in second.split().items())


def test_public_tables_are_in_both_parts(catalog: RelatedCatalog) -> None:
    declared = Declared(public=frozenset({"products"}))
    added = catalog.add_tables("shop", as_tables(make_shop()), declared=declared)
    assert not added.split()["products"].any()


@pytest.mark.parametrize(("name", "expected"), [("shop", "already"), ("loans", "already"), ("Shop", "valid")])
def test_names_are_unique_among_sets_and_single_tables(
    catalog: RelatedCatalog, shop: RelatedDataset, name: str, expected: str
) -> None:
    with pytest.raises(DataError, match=expected):
        catalog.add_tables(name, as_tables(make_shop()))


def test_an_unknown_set_is_named_with_those_that_there_are(
    catalog: RelatedCatalog, shop: RelatedDataset
) -> None:
    with pytest.raises(NotFoundError, match="use one of shop"):
        catalog.get("shops")


def test_a_small_table_without_children_is_refused(catalog: RelatedCatalog, tmp_path: Path) -> None:
    tables = make_shop() | {"reviews": as_cells({"order_id": range(1, 11), "stars": [1, 5] * 5})}
    with pytest.raises(DataError, match='Table "reviews" has 10 rows; at least 25'):
        catalog.add_tables("shop", as_tables(tables))
    assert not (tmp_path / "related").exists()


def test_dates_that_may_be_read_two_ways_are_named_with_their_table(
    catalog: RelatedCatalog, tmp_path: Path
) -> None:
    tables = make_shop()
    tables["orders"]["ordered_on"] = [f"0{row % 9 + 1}/0{row % 7 + 1}/2024" for row in range(150)]
    with pytest.raises(DataError, match=r'^Table "orders": Day and month'):
        catalog.add_tables("shop", as_tables(tables))
    assert not (tmp_path / "related").exists()


def test_what_a_killed_import_left_is_not_listed_and_goes_with_the_next_write(
    catalog: RelatedCatalog, shop: RelatedDataset, tmp_path: Path
) -> None:
    folder, ended = tmp_path / "related", 2**22 - 3
    dead = folder / f"{mark_as_ours('.adding-').replace(str(os.getpid()), str(ended))}x"
    alive = folder / f"{mark_as_ours('.adding-')}y"
    for draft in (dead, alive):
        (draft / "bank").mkdir(parents=True)
    assert [schema.name for schema in catalog.list()] == ["shop"]
    catalog.add_tables("other", as_tables(make_calendar()))
    assert (dead.exists(), alive.exists()) == (False, True)


def test_a_change_that_was_killed_between_two_moves_is_finished(
    catalog: RelatedCatalog, shop: RelatedDataset, tmp_path: Path
) -> None:
    draft = tmp_path / "related" / f"{mark_as_ours('.changing-').replace(str(os.getpid()), '4194301')}x"
    shutil.copytree(shop.folder, draft / "shop")
    shop.folder.rename(draft / "before")
    assert catalog.list() == ()
    catalog.add_tables("other", as_tables(make_calendar()))
    assert [schema.name for schema in catalog.list()] == ["other", "shop"]


def test_a_folder_that_cannot_be_written_leaves_nothing(
    catalog: RelatedCatalog, shop: RelatedDataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", fail)
        with pytest.raises(StoreError, match='The dataset "other" cannot be written'):
            catalog.add_tables("other", as_tables(make_calendar()))
    assert [path.name for path in (tmp_path / "related").iterdir()] == ["shop"]


def test_a_damaged_set_is_listed_with_the_reason_and_can_be_removed(
    catalog: RelatedCatalog, shop: RelatedDataset, tmp_path: Path
) -> None:
    path = shop.folder / "schema.yaml"
    path.write_text(path.read_text().replace("name: shop", "name: other", 1))
    assert catalog.list() == ()
    assert 'name: "other" is not "shop"' in catalog.list_damaged()[0].message
    with pytest.raises(MetadataError, match="is not"):
        catalog.get("shop")
    catalog.remove("shop")
    assert list((tmp_path / "related").iterdir()) == []


def test_a_relation_that_is_taken_away_becomes_a_column_again(
    catalog: RelatedCatalog, shop: RelatedDataset
) -> None:
    fingerprint = shop.fingerprint
    changed = catalog.change("shop", edits.without_relation(shop.schema, "orders.employee_id"))
    assert "employee_id" in _roles(changed, "orders")
    assert list(changed.load_links("orders")) == ["orders.customer_id"]
    wanted = make_shop()["orders"]
    assert changed.load_cells()["orders"]["employee_id"].equals(wanted["employee_id"])
    assert changed.fingerprint != fingerprint
    versions = changed.folder / "versions" / "001"
    assert (versions / "schema.yaml").exists()
    assert (versions / "tables" / "orders" / "dataset.yaml").exists()
    again = catalog.change(
        "shop", edits.with_relation(changed.schema, "orders", ["employee_id"], "employees")
    )
    relation = next(one for one in again.schema.relations if one.id == "orders.employee_id")
    assert (relation.is_optional, relation.why[:13]) == (True, "set by hand: ")
    assert "employee_id" not in _roles(again, "orders")


def test_a_relation_that_does_not_hold_is_refused_and_nothing_changes(
    catalog: RelatedCatalog, shop: RelatedDataset
) -> None:
    draft = edits.with_relation(shop.schema, "orders", ["ordered_on"], "customers")
    with pytest.raises(DataError, match=r'150 of 150 rows of "orders" have no row in "customers"'):
        catalog.change("shop", draft)
    assert catalog.get("shop") == shop


def test_another_owner_moves_the_root(catalog: RelatedCatalog, shop: RelatedDataset) -> None:
    changed = catalog.change("shop", edits.with_owner(shop.schema, "order_lines.product_id"))
    assert changed.schema.find_root("order_lines") == "products"


def test_rules_along_a_relation_go_with_it(catalog: RelatedCatalog, shop: RelatedDataset) -> None:
    rules = (
        RelatedRule("after_parent", "orders", ("ordered_on",), "orders.employee_id"),
        RelatedRule("range", "orders", ("total",)),
    )
    draft = edits.with_rules(shop.schema, rules)
    changed = catalog.change("shop", edits.without_relation(draft, "orders.employee_id"))
    assert [rule.kind for rule in changed.schema.rules] == ["range"]


def test_a_column_of_one_table_is_changed_as_in_a_dataset_of_one(
    catalog: RelatedCatalog, shop: RelatedDataset
) -> None:
    planned = catalog.plan_edits("shop", SetEdits(("customers.income.maximum=5000",)))
    changed = catalog.keep("shop", planned).table("customers")
    assert changed is not None
    assert next(one for one in changed.spec.columns if one.name == "income").options["maximum"] == 5000
    with pytest.raises(DataError, match='Column "id" is a key of "customers"'):
        catalog.plan_edits("shop", SetEdits(("customers.id.kind=numerical",)))


def as_sheets(tables: Mapping[str, pd.DataFrame]) -> tuple[ReadTable, ...]:
    return tuple(ReadTable(one, cells, {"file": "s.xlsx", "sheet": one}) for one, cells in tables.items())


COVER = pd.DataFrame({"Prepared by": ["Version", "Status"], "Finance": ["1.2", "draft"]})


def test_a_cover_of_a_workbook_is_left_out_where_other_sheets_are_related() -> None:
    shop = {name: as_cells(table) for name, table in make_shop().items()}
    with_cover = find_keys("shop", as_sheets({"Cover": COVER, **shop})).schema
    alone = find_keys("shop", as_sheets(shop)).schema
    assert (with_cover.tables, with_cover.relations) == (alone.tables, alone.relations)
    assert with_cover.source["findings"] == [
        'The sheet "Cover" is left out: it has 2 rows, and no other sheet is related to it.'
    ]
    assert "Cover" not in with_cover.source["tables"]
    for tables, declared in (
        (as_tables({"Cover": COVER, **shop}), Declared()),
        (as_sheets({"Cover": COVER, "customers": shop["customers"]}), Declared()),
        (as_sheets({"Cover": COVER, **shop}), Declared(primary_keys={"Cover": ("Finance",)})),
    ):
        with pytest.raises(DataError, match='Table "Cover" has 2 rows; at least 25'):
            find_keys("shop", tables, declared)


def test_metadata_with_relationships_gives_keys_and_sdtypes(catalog: RelatedCatalog, tmp_path: Path) -> None:
    tables = {name: make_calendar()[name] for name in ("stores", "readings")}
    number, key = {"sdtype": "numerical", "computer_representation": "Float"}, {"sdtype": "id"}
    text, day = {"sdtype": "categorical"}, {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}
    content = {
        "METADATA_SPEC_VERSION": "MULTI_TABLE_V1",
        "tables": {
            "stores": {"columns": {"Store": key, "Type": text, "Size": text}, "primary_key": "Store"},
            "readings": {"columns": {"Store": key, "Date": day, "Temperature": number, "IsHoliday": text}},
        },
        "relationships": [
            {
                "parent_table_name": "stores",
                "parent_primary_key": "Store",
                "child_table_name": "readings",
                "child_foreign_key": "Store",
            }
        ],
    }
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps(content))
    added = catalog.add_tables("weather", as_tables(tables), metadata=path)
    assert [one.id for one in added.schema.relations] == ["readings.Store"]
    stores = added.table("stores")
    assert stores is not None
    assert {one.name: one.kind for one in stores.spec.columns}["Size"] == "categorical"
    content["relationships"][0].pop("parent_primary_key")  # type: ignore[index,attr-defined]
    path.write_text(json.dumps(content))
    with pytest.raises(MetadataError, match=r"relationships\.0\.parent_primary_key: is missing"):
        catalog.add_tables("again", as_tables(tables), metadata=path)


def test_a_public_column_of_no_table_is_named(catalog: RelatedCatalog) -> None:
    with pytest.raises(DataError, match=r'No table has a column "orders\.tax"'):
        catalog.add_tables("shop", as_tables(make_shop()), options=ReadOptions(public=("orders.tax",)))
