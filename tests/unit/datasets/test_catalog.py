from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets import catalog as catalog_module
from pipeline.datasets.catalog import Catalog
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.features import extract, render
from pipeline.datasets.source import ReadOptions
from pipeline.datasets.spec import Role, RuleSpec
from pipeline.datasets.written import write_in_form
from pipeline.errors import DataError, MetadataError, NotFoundError, StoreError
from pipeline.settings import UploadLimits

AS_OF = date(2026, 1, 1)
LIMITS = UploadLimits(size_mb=1, columns=20)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "datasets", LIMITS)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "loans.csv"
    rows = [
        f"{row};{('little', 'NA', 'rich')[row % 3]};{'' if row == 4 else row * 10};{row % 28 + 1:02d}/03/2024"
        for row in range(1, 41)
    ]
    path.write_text("\n".join(["id;saving;amount;opened", *rows]) + "\n")
    return path


def test_builtin_datasets_come_first_and_without_any_state(catalog: Catalog) -> None:
    assert [(spec.name, spec.is_builtin) for spec in catalog.list()] == [("employee", True), ("pci", True)]


def test_added_dataset_is_listed_and_reads_back(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    added = catalog.add("loans", [table])
    assert [spec.name for spec in catalog.list()] == ["employee", "pci", "loans"]
    found = catalog.get("loans")
    assert found == added
    raw = found.load_raw()
    assert raw["saving"].tolist()[:3] == ["NA", "rich", "little"]
    assert raw["amount"].isna().sum() == 1
    assert str(raw["opened"].dt.date[0]) == "2024-03-02"
    assert [path.name for path in (tmp_path / "datasets").iterdir()] == ["loans"]


def test_added_table_is_stored_as_plain_csv(catalog: Catalog, table: Path) -> None:
    lines = catalog.add("loans", [table]).table_path.read_text().splitlines()
    assert lines[0] == "id,saving,amount,opened"
    assert lines[1] == "1,NA,10,02/03/2024"
    assert lines[4] == "4,NA,,05/03/2024"


def test_given_metadata_decides_and_its_date_format_is_kept(
    catalog: Catalog, table: Path, tmp_path: Path
) -> None:
    columns = {
        "id": {"sdtype": "id"},
        "saving": {"sdtype": "categorical"},
        "amount": {"sdtype": "numerical"},
        "opened": {"sdtype": "datetime", "datetime_format": "%d/%m/%Y"},
    }
    path = tmp_path / "given.json"
    path.write_text(json.dumps({"tables": {"other": {"columns": columns, "primary_key": "id"}}}))
    added = catalog.add("loans", [table], path)
    assert [column.role for column in added.spec.columns] == [Role.IDENTITY, *[Role.MODELLED] * 3]
    assert added.load_cells()["opened"][0] == "02/03/2024"
    assert str(added.load_raw()["opened"].dt.date[0]) == "2024-03-02"


def test_metadata_that_does_not_fit_leaves_nothing_behind(
    catalog: Catalog, table: Path, tmp_path: Path
) -> None:
    path = tmp_path / "given.json"
    path.write_text(json.dumps({"tables": {"t": {"columns": {"id": {"sdtype": "id"}}}}}))
    with pytest.raises(MetadataError, match="the columns amount, opened, saving are not described"):
        catalog.add("loans", [table], path)
    assert not (tmp_path / "datasets").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("disk full")])
def test_interrupted_registration_leaves_nothing_behind(
    catalog: Catalog, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def interrupt(self: Dataset) -> None:
        raise error

    monkeypatch.setattr(catalog_module.Dataset, "validate", interrupt)
    with pytest.raises((KeyboardInterrupt, StoreError), match=r"^$|cannot be written"):
        catalog.add("loans", [table])
    assert list((tmp_path / "datasets").iterdir()) == []


@pytest.mark.parametrize("name", ["", "Loans", "1st", "a b", "../up", "a" * 65])
def test_bad_names_are_refused(catalog: Catalog, table: Path, name: str) -> None:
    with pytest.raises(DataError, match="is not a valid dataset name"):
        catalog.add(name, [table])


@pytest.mark.parametrize("name", ["employee", "loans"])
def test_taken_names_are_refused(catalog: Catalog, table: Path, name: str) -> None:
    catalog.add("loans", [table])
    with pytest.raises(DataError, match=f'There is a dataset "{name}" already'):
        catalog.add(name, [table])


def test_too_few_rows_are_refused(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("a,b\n" + "1,x\n" * 24)
    with pytest.raises(DataError, match=r"few\.csv has 24 rows; at least 25 are needed"):
        catalog.add("few", [path])


def test_several_files_are_refused(catalog: Catalog, table: Path) -> None:
    with pytest.raises(DataError, match="2 files were given"):
        catalog.add("loans", [table, table])


def test_unknown_dataset_brings_close_names(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match=r'There is no dataset "employe".*use one of employee'):
        catalog.get("employe")


def test_unknown_dataset_brings_the_names_of_sets_of_tables(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "datasets", LIMITS, list_others=lambda: ("bank",))
    with pytest.raises(
        NotFoundError, match=r'There is no dataset "nosuch"\..*use one of employee, pci, bank'
    ):
        catalog.get("nosuch")
    with pytest.raises(NotFoundError, match=r'There is no dataset "bnak"\..*use one of bank\.'):
        catalog.get("bnak")
    with pytest.raises(NotFoundError, match=r'no dataset "bank" of one table\..*use one of employee, pci\.'):
        catalog.get("bank")


def test_removed_dataset_is_gone(catalog: Catalog, table: Path, tmp_path: Path) -> None:
    catalog.add("loans", [table])
    catalog.remove("loans")
    assert list((tmp_path / "datasets").iterdir()) == []
    with pytest.raises(NotFoundError, match='no dataset "loans"'):
        catalog.remove("loans")


def test_builtin_dataset_cannot_be_removed(catalog: Catalog) -> None:
    with pytest.raises(DataError, match='"pci" is built in'):
        catalog.remove("pci")


def test_folder_that_disagrees_with_its_name_is_refused(
    catalog: Catalog, table: Path, tmp_path: Path
) -> None:
    catalog.add("loans", [table])
    (tmp_path / "datasets" / "loans").rename(tmp_path / "datasets" / "debts")
    with pytest.raises(MetadataError, match='name: "loans" is not "debts"'):
        catalog.get("debts")


@pytest.mark.parametrize("content", ["columns: [", "name: debts\n", None])
def test_damaged_dataset_is_named_and_removed_while_the_others_are_listed(
    catalog: Catalog, table: Path, tmp_path: Path, content: str | None
) -> None:
    catalog.add("loans", [table])
    catalog.add("debts", [table])
    spec = tmp_path / "datasets" / "debts" / "dataset.yaml"
    spec.unlink() if content is None else spec.write_text(content)
    assert [one.name for one in catalog.list()] == ["employee", "pci", "loans"]
    assert [one.name for one in catalog.list_damaged()] == ["debts"]
    assert "dataset.yaml" in catalog.list_damaged()[0].message
    with pytest.raises(MetadataError, match=r"debts.dataset\.yaml"):
        catalog.get("debts")
    catalog.remove("debts")
    assert catalog.list_damaged() == ()


def test_dates_keep_the_form_that_they_were_given_in(catalog: Catalog, table: Path) -> None:
    added = catalog.add("loans", [table])
    opened = added.spec.columns[3]
    assert opened.form == {"kind": "date", "pattern": "%d/%m/%Y"}
    assert RuleSpec("date_format", "opened") in added.spec.rules
    modelled = extract(added.spec, added.load_raw(), AS_OF)
    rendered = pd.DataFrame(render(added.spec, modelled, AS_OF, np.random.default_rng(0)))
    assert list(write_in_form(added.spec, rendered)["opened"])[:2] == ["02/03/2024", "03/03/2024"]


@pytest.mark.parametrize("source", [".csv", ".xlsx", ".parquet"])
def test_registered_file_reads_back_as_the_dataset_in_every_format(
    catalog: Catalog, tmp_path: Path, source: str
) -> None:
    rows = range(40)
    table = pd.DataFrame(
        {
            "x": [row / 8 for row in rows],
            "kind": [1.0 + row % 2 for row in rows],
            "gaps": [None if row % 5 == 0 else float(row % 2) for row in rows],
            "word": [["1.0", "new"][row % 2] for row in rows],
        }
    )
    files = {suffix: tmp_path / f"table{suffix}" for suffix in (".csv", ".xlsx", ".parquet")}
    table.to_csv(files[".csv"], index=False)
    table.to_excel(files[".xlsx"], index=False)
    table.to_parquet(files[".parquet"])
    dataset = catalog.add("kinds", [files[source]])
    raw = dataset.load_raw()
    assert raw["kind"].tolist()[:2] == ["1", "2"]
    for file in files.values():
        pd.testing.assert_frame_equal(dataset.read_like(file), raw)


def _statement(above: str, below: str) -> str:
    rows = "".join(f"{row},{('in', 'out')[row % 2]},{row * 1.25}\n" for row in range(100, 160))
    return f"{above}no,way,amount\n{rows}{below}"


def test_how_a_file_was_read_is_kept_and_repeated(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    path.write_text(_statement("Statement\n\n", "Total,,9712.5\n"))
    options = ReadOptions(missing=("?",), day_first=True)
    added = catalog.add("statement", [path], options=options)
    assert added.spec.source == {
        "header": 3,
        "day_first": True,
        "missing": ["?"],
        "findings": ["One line was skipped above the header.", "The last row holds totals and was left out."],
    }
    assert catalog.get("statement").spec.source == added.spec.source
    raw = added.load_raw()
    for name, above in (("longer", "Statement\nof May\nby the branch\n\n"), ("plain", "")):
        sibling = tmp_path / f"{name}.csv"
        sibling.write_text(_statement(above, ""))
        pd.testing.assert_frame_equal(added.read_like(sibling), raw)


def test_columns_without_names_go_by_place(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text(_statement("", "").partition("\n")[2])
    added = catalog.add("bare", [path])
    raw = added.load_raw()
    assert list(raw.columns) == ["column_1", "column_2", "column_3"]
    pd.testing.assert_frame_equal(added.read_like(path), raw)
    pd.testing.assert_frame_equal(added.read_like(added.table_path), raw)


def test_carriage_returns_and_blanks_in_cells_are_stored_as_they_are(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("kind,note\n" + '"a","  one\rtwo"\nb,"x ""y"" z"\n' * 20, newline="")
    added = catalog.add("notes", [path])
    assert added.load_cells()["note"].tolist()[:2] == ["  one\rtwo", 'x "y" z']
