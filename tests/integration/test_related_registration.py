"""Sets of tables from the files that people have to datasets, and what stops on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.related.catalog import RelatedCatalog
from pipeline.errors import DataError
from pipeline.settings import PROJECT_ROOT, UploadLimits
from tests.unit.datasets.related.related_cases import make_calendar, make_shop

ADD = """
import sys, time
from pathlib import Path
from pipeline.datasets.related import storing
from pipeline.datasets.related.catalog import RelatedCatalog
from pipeline.settings import UploadLimits

write_table = storing.write_table

def write_slowly(folder, name, own):
    write_table(folder, name, own)
    if name == "products":
        print("half made", flush=True)
        time.sleep(600)

storing.write_table = write_slowly
RelatedCatalog(Path(sys.argv[1]), UploadLimits()).add("shop", [Path(sys.argv[2])])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files in three formats with a note beside them."""
    target = tmp_path / "export"
    target.mkdir()
    tables = make_shop()
    tables["customers"].to_csv(target / "customers.csv", index=False, sep=";")
    tables["employees"].astype({"employee_id": int, "manager_id": float, "salary": float}).to_parquet(
        target / "employees.parquet"
    )
    with pd.ExcelWriter(target / "sales.xlsx") as book:
        for name in ("orders", "order_lines", "products"):
            tables[name].to_excel(book, sheet_name=name, index=False)
    (target / "README.txt").write_text("Exported on Monday.\n")
    return target


def test_a_folder_of_csv_parquet_and_excel_becomes_one_dataset(folder: Path, tmp_path: Path) -> None:
    catalog = RelatedCatalog(tmp_path / "related", UploadLimits())
    added = catalog.add("shop", [folder])
    assert sorted(one.id for one in added.schema.relations) == [
        "employees.manager_id",
        "order_lines.order_id",
        "order_lines.product_id",
        "orders.customer_id",
        "orders.employee_id",
    ]
    cells, wanted = added.load_cells(), make_shop()
    for name in ("customers", "orders", "order_lines", "products"):
        assert cells[name].equals(wanted[name]), name
    assert cells["employees"]["manager_id"].equals(wanted["employees"]["manager_id"])
    assert str(added.load_raw("orders")["ordered_on"].dtype) == "datetime64[ns]"


def test_an_archive_gives_the_same_dataset_as_its_files(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "shop.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"shop/{file.name}")
    first = RelatedCatalog(tmp_path / "first", UploadLimits()).add("shop", [folder])
    second = RelatedCatalog(tmp_path / "second", UploadLimits()).add("shop", [path])
    assert second.data_fingerprint == first.data_fingerprint
    assert second.schema.relations == first.schema.relations


def test_a_killed_import_leaves_nothing_that_counts(folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "related"
    process = subprocess.Popen(
        [sys.executable, "-c", ADD, str(state), str(folder)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "half made"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=300)
    process.stdout.close()
    catalog = RelatedCatalog(state, UploadLimits())
    assert [path.name[:8] for path in state.iterdir()] == [".adding-"]
    assert (catalog.list(), catalog.list_damaged()) == ((), ())
    catalog.add("shop", [folder])
    assert [path.name for path in state.iterdir()] == ["shop"]


def test_orphans_are_named_before_anything_is_written(folder: Path, tmp_path: Path) -> None:
    customers = make_shop()["customers"].head(50)
    customers.to_csv(folder / "customers.csv", index=False)
    with pytest.raises(DataError, match=r'rows of "orders" have no row in "customers" by "customer_id"'):
        RelatedCatalog(tmp_path / "related", UploadLimits()).add("shop", [folder])
    assert not (tmp_path / "related").exists()


def test_what_is_held_out_is_a_family_of_rows(tmp_path: Path) -> None:
    source = tmp_path / "calendar"
    source.mkdir()
    for name, cells in make_calendar().items():
        cells.to_csv(source / f"{name}.csv", index=False)
    added = RelatedCatalog(tmp_path / "related", UploadLimits()).add("calendar", [source])
    held, raw = added.split(), added.load_all()
    for name in ("readings", "sales"):
        inside, outside = (set(raw[name].loc[mask, "Store"]) for mask in (held[name], ~held[name]))
        assert not inside & outside
        assert len(inside) == 2
    assert np.isclose(held["sales"].mean(), 2 / 12, atol=0.05)
