"""A set of tables in parts: the same bytes on any number of workers, keys that never repeat, and resuming."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipeline.datasets.related.editing import SetEdits
from pipeline.errors import DataError, JobCancelled, SamplingError
from pipeline.generation.orders import RelatedBulkOrder
from pipeline.generation.related.bulk import completion
from pipeline.generation.results import RelatedBulkResult
from pipeline.progress import Progress, RowProgress, Signal
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.integration.conftest import Command, Refusal
from tests.unit.datasets.related.related_cases import make_shop


@pytest.fixture(scope="module")
def workbench(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A workbench with a shop: two roots beside the customers, a table of lines, managers among employees.

    `open_shop` is the same with public products and employees.
    """
    folder = tmp_path_factory.mktemp("shop")
    for name, table in make_shop().items():
        table.to_csv(folder / f"{name}.csv", index=False)
    found = Workbench(Settings(home=home))
    found.related.add("shop", sorted(folder.iterdir()))
    found.related.add("open_shop", sorted(folder.iterdir()))
    found.related.edit("open_shop", SetEdits(("products.public=true", "employees.public=true")))
    return found


@pytest.fixture
def order(workbench: Workbench, tmp_path: Path) -> RelatedBulkOrder:
    """Twice the shop in three parts of forty customers."""
    return make_order(workbench, tmp_path / "out")


@pytest.fixture(scope="module")
def whole(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> RelatedBulkResult:
    """The tables of the order, made at once by this process."""
    return workbench.related_bulk.make(make_order(workbench, tmp_path_factory.mktemp("whole") / "out"))


def make_order(workbench: Workbench, out: Path) -> RelatedBulkOrder:
    """Twice the shop in three parts of forty customers."""
    recipe = workbench.related_tables.default_recipe(epochs=1)
    return RelatedBulkOrder("shop", str(out), 2.0, recipe, seed=5, part_roots=40)


def read_files(folder: Path) -> dict[str, str]:
    """The checksum of each file of rows, and of the manifest."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "_parts"]
    return {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in paths}


def read_table(folder: Path, name: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted((folder / name).iterdir())], ignore_index=True)


def stop_after(parts: int) -> Callable[[Progress], Signal]:
    """A callback that ends a job once so many parts were counted or written."""

    def answer(progress: Progress) -> Signal:
        is_over = isinstance(progress, RowProgress) and progress.parts >= parts
        return Signal.STOP if is_over else Signal.CONTINUE

    return answer


def test_parts_are_the_same_on_one_and_two_workers_and_their_keys_never_repeat(
    workbench: Workbench, order: RelatedBulkOrder, whole: RelatedBulkResult
) -> None:
    alone, folder = whole, Path(whole.out)
    other = workbench.related_bulk.make(replace(order, workers=2))
    assert alone.parts == alone.new_parts == 3
    assert read_files(folder) == read_files(Path(other.out))
    assert alone.sha256 == other.sha256
    tables = {name: read_table(folder, name) for name in alone.rows}
    assert {name: len(table) for name, table in tables.items()} == dict(alone.rows)
    assert alone.rows["customers"] == 120
    schema = workbench.related.get("shop")
    for table in schema.tables:
        assert not tables[table.name].duplicated(list(table.primary_key)).any(), table.name
    for one in schema.relations:
        held = tables[one.child][list(one.columns)].dropna()
        known = set(tables[one.parent][list(one.parent_columns)].itertuples(index=False, name=None))
        assert set(held.itertuples(index=False, name=None)) <= known, one.id
    described = json.loads((folder / "manifest.json").read_text())
    assert {name: one["sha256"] for name, one in described["files"].items()} == {
        name: digest for name, digest in read_files(folder).items() if "/" in name
    }
    assert described["report"]["sha256"] == read_files(folder)["report.html"]
    keys = {(one["table"], one["kind"]): one for one in described["all_parts"]["keys"]}
    assert keys["orders", "primary"]["checked"] == alone.rows["orders"]
    assert described["evidence"]["tables"].keys() == tables.keys()


def test_a_job_that_was_ended_after_a_part_goes_on_with_the_others(
    workbench: Workbench, order: RelatedBulkOrder, whole: RelatedBulkResult, tmp_path: Path
) -> None:
    with pytest.raises(JobCancelled, match="complete parts are found again"):
        workbench.related_bulk.make(order, stop_after(4))
    folder = tmp_path / "out"
    assert [path.name for path in sorted((folder / "orders").iterdir())] == ["part-00000.parquet"]
    assert not (folder / "manifest.json").exists()
    done = workbench.related_bulk.make(order)
    assert (done.parts, done.new_parts) == (3, 2)
    assert read_files(folder) == read_files(Path(whole.out))
    assert done.sha256 == whole.sha256


def test_a_folder_of_another_job_is_refused(
    workbench: Workbench, order: RelatedBulkOrder, tmp_path: Path
) -> None:
    with pytest.raises(JobCancelled, match="complete parts are found again"):
        workbench.related_bulk.make(order, stop_after(1))
    with pytest.raises(DataError, match="parts of other tables: their seed is 5, not 6"):
        workbench.related_bulk.make(replace(order, seed=6))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match='not empty: it holds "notes'):
        workbench.related_bulk.make(replace(order, out=str(tmp_path / "full")))


def test_too_few_codes_are_found_before_anything_is_written(
    workbench: Workbench, order: RelatedBulkOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        completion.FirstPart, "estimate_rows", lambda self: dict.fromkeys(self.counts, 10**19)
    )
    with pytest.raises(SamplingError, match="distinct values"):
        workbench.related_bulk.make(order)
    assert not (tmp_path / "out").exists()


def test_options_of_the_other_kind_are_refused(
    workbench: Workbench, refusal: Refusal, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert "no number of rows" in refusal("bulk", "shop", "--rows", 5, "--out", out)
    assert "is for one table" in refusal("bulk", "shop", "--share", "a=b:0.5", "--out", out)
    assert "are for several tables" in refusal("bulk", "employee", "--scale", 2, "--out", out)
    assert "number of records is missing" in refusal("bulk", "employee", "--out", out)
    assert "cannot be written as excel" in refusal("bulk", "shop", "--format", "excel", "--out", out)


@pytest.mark.parametrize("fmt", ["parquet", "csv"])
def test_public_tables_with_keys_of_numbers_are_written_in_parts(
    workbench: Workbench, command: Command, tmp_path: Path, fmt: str
) -> None:
    assert workbench.related.get("open_shop").get("products").is_public
    asked = ("--scale", 2, "--part-roots", 40, "--epochs", 1, "--format", fmt)
    command("bulk", "open_shop", *asked, "--out", tmp_path / "out")
    read = {"parquet": pd.read_parquet, "csv": pd.read_csv}[fmt]
    tables = {path.parent.name: read(path) for path in sorted((tmp_path / "out").glob(f"*/part-00000.{fmt}"))}
    sample = make_shop()
    assert tables["products"].product_id.astype(str).tolist() == sample["products"].product_id.tolist()
    assert tables["employees"].manager_id.dropna().isin(tables["employees"].employee_id).all()
    for child, column, parent in (
        ("order_lines", "product_id", "products"),
        ("orders", "employee_id", "employees"),
    ):
        assert str(tables[child][column].dtype) in ("int64", "float64")
        assert tables[child][column].dropna().isin(tables[parent][column]).all()
