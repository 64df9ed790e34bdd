from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipeline.datasets import metadata as dataset_metadata
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.metadata import sdv_error_types
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, FeatureSpec, Role, RuleSpec
from pipeline.datasets.spec_file import format_spec, load_spec
from pipeline.errors import DataError, MetadataError, WorkbenchError

SPEC = DatasetSpec(
    name="staff",
    title="Staff",
    description="A few people: invented.",
    table="staff",
    as_of=date(2026, 1, 1),
    columns=(
        ColumnSpec("id", Role.IDENTITY, "key", is_unique=True, options={"prefix": "S", "width": 3}),
        ColumnSpec("born", Role.IDENTITY, "date_of_birth", follows=("age",), may_equal_real=True),
        ColumnSpec("pay", Role.MODELLED, "numerical", options={"decimals": 0}),
        ColumnSpec("answer", Role.MODELLED, "categorical"),
    ),
    features=(FeatureSpec("age", "age", "born"),),
    rules=(RuleSpec("one_of", "answer", options={"values": ["no", "NA", "yes"]}), RuleSpec("unique", "id")),
    shares={"answer": {"yes": 0.5, "no": 0.25}},
)
METADATA = {
    "tables": {
        "staff": {
            "columns": {
                "id": {"sdtype": "id"},
                "born": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"},
                "pay": {"sdtype": "numerical"},
                "answer": {"sdtype": "categorical"},
            },
            "primary_key": "id",
        }
    },
    "relationships": [],
    "METADATA_SPEC_VERSION": "V2",
}
ROWS = [
    (f"S{i:03d}", f"19{60 + i}-01-01", "" if i == 3 else str(100 + i), ("yes", "NA", "no")[i % 3])
    for i in range(20)
]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    lines = ["id,born,pay,answer", *(",".join(row) for row in ROWS)]
    (tmp_path / "staff.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "metadata.json").write_text(json.dumps(METADATA))
    (tmp_path / "dataset.yaml").write_text(format_spec(SPEC))
    return Dataset(SPEC, tmp_path)


def test_spec_survives_writing_and_reading(dataset: Dataset) -> None:
    assert load_spec(dataset.folder / "dataset.yaml") == SPEC


def _set(path: str, value: object) -> Callable[[dict], None]:
    def change(content: dict) -> None:
        *parents, last = path.split(".")
        target: object = content
        for key in parents:
            target = target[int(key)] if isinstance(target, list) else target[key]  # type: ignore[index]
        target[last] = value  # type: ignore[index]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("colour", "red"), "colour: Extra inputs"),
        (_set("holdout", "much"), "holdout: Input should be a valid number"),
        (_set("holdout", 1.5), "holdout: Input should be less than 1"),
        (_set("as_of", "soon"), "as_of: Input should be a valid date"),
        (_set("columns.0.unique", "yes"), r"columns\.0\.unique: Input should be a valid boolean"),
        (_set("columns.0.role", "secret"), r'columns\.0\.role: "secret" is not one of identity, modelled'),
        (_set("columns.2.kind", "wavy"), r'columns\.2\.kind: "wavy" is not one of'),
        (_set("columns.1.follows", ["moon"]), r'columns\.1\.follows: "moon" is not one of'),
        (_set("columns.0.name", "pay"), r'"id" is not one of|columns: "pay" appears twice'),
        (_set("features.0.column", "moon"), r'features\.0\.column: "moon"'),
        (_set("rules.0.column", "moon"), r'rules\.0: "moon"'),
        (_set("shares.answer", {"yes": 0.9, "no": 0.3}), r"shares\.answer: the shares add up to 120%"),
        (_set("table", ""), "table: String should have at least 1 character"),
    ],
)
def test_load_spec_names_the_wrong_key(
    dataset: Dataset, change: Callable[[dict], None], message: str
) -> None:
    path = dataset.folder / "dataset.yaml"
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(MetadataError, match=message):
        load_spec(path)


@pytest.mark.parametrize("text", ["a: [", "just words", "", "as_of: 2026-02-31\n"])
def test_load_spec_refuses_what_is_no_yaml_mapping(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dataset.yaml"
    path.write_text(text)
    with pytest.raises(MetadataError, match=r"dataset\.yaml"):
        load_spec(path)


def test_load_raw_types_columns_by_the_spec(dataset: Dataset) -> None:
    raw = dataset.load_raw()
    assert list(raw) == ["id", "born", "pay", "answer"]
    assert raw["id"][7] == "S007"
    assert raw["pay"].isna().sum() == 1
    assert raw["pay"][4] == 104.0
    assert raw["answer"].value_counts().to_dict() == {"yes": 7, "NA": 7, "no": 6}


def test_load_raw_names_a_cell_that_is_no_number(dataset: Dataset) -> None:
    path = dataset.table_path
    path.write_text(path.read_text().replace(",104,", ",lots,"))
    with pytest.raises(
        DataError, match='column "pay" holds no number in 1 of 20 rows, the first is "lots" in row 5'
    ):
        dataset.load_raw()


def test_read_like_orders_columns_and_leaves_others_out(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("extra,answer,pay,born,id\n1,NA,5,1990-01-01,0001\n")
    assert dataset.read_like(path).to_dict("list") == {
        "id": ["0001"],
        "born": ["1990-01-01"],
        "pay": [5],
        "answer": ["NA"],
    }


def test_read_like_takes_off_the_apostrophe_of_an_export(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("id,born,pay,answer\n'=1+1,1990-01-01,'-5,''@x\n'quoted',1990-01-01,6,'' -y\n")
    table = dataset.read_like(path)
    assert table["id"].tolist() == ["=1+1", "'quoted'"]
    assert table["pay"].tolist() == [-5, 6]
    assert table["answer"].tolist() == ["'@x", "' -y"]


def test_read_like_keeps_the_apostrophes_of_parquet(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    pd.DataFrame({"id": ["'=1"], "born": ["1990-01-01"], "pay": [5], "answer": ["-y"]}).to_parquet(path)
    assert dataset.read_like(path)["id"].tolist() == ["'=1"]


@pytest.mark.parametrize(("name", "written"), [("=pay", "'=pay"), ("'=pay", "'=pay"), ("'=pay", "''=pay")])
def test_read_like_finds_a_column_whose_name_starts_a_formula(
    dataset: Dataset, tmp_path: Path, name: str, written: str
) -> None:
    spec = replace(dataset.spec, columns=(ColumnSpec(name, Role.MODELLED, "numerical"),))
    path = tmp_path / "export.csv"
    path.write_text(f"{written},more\n5,a\n")
    assert Dataset(spec, dataset.folder).read_like(path)[name].tolist() == [5]


def test_read_like_keeps_an_apostrophe_of_the_dataset_itself(dataset: Dataset, tmp_path: Path) -> None:
    spec = replace(dataset.spec, columns=(ColumnSpec("note", Role.MODELLED, "categorical"),))
    own = tmp_path / "own"
    own.mkdir()
    (own / dataset.table_path.name).write_text("note\n'+A\n+B\n")
    path = tmp_path / "export.csv"
    path.write_text("note\n'+A\n+B\n'+B\n'=C\n")
    assert Dataset(spec, own).read_like(path)["note"].tolist() == ["'+A", "+B", "+B", "=C"]


def test_read_like_names_absent_columns(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("id,born\n1,1990-01-01\n")
    with pytest.raises(DataError, match=r'other\.csv has no column "pay", "answer"'):
        dataset.read_like(path)


def test_split_is_disjoint_complete_and_repeatable(dataset: Dataset) -> None:
    split = dataset.split()
    assert (len(split.training), len(split.holdout)) == (16, 4)
    assert sorted([*split.training["id"], *split.holdout["id"]]) == [row[0] for row in ROWS]
    assert dataset.split().holdout["id"].tolist() == split.holdout["id"].tolist()


def test_split_depends_on_content_not_on_line_ends_or_description(dataset: Dataset) -> None:
    held = dataset.split().holdout["id"].tolist()
    fingerprint = dataset.fingerprint
    dataset.table_path.write_bytes(dataset.table_path.read_bytes().replace(b"\n", b"\r\n"))
    assert dataset.fingerprint == fingerprint
    (dataset.folder / "dataset.yaml").write_text(format_spec(SPEC).replace("invented", "made up"))
    assert dataset.fingerprint != fingerprint
    assert dataset.split().holdout["id"].tolist() == held
    dataset.table_path.write_text(dataset.table_path.read_text().replace(",105,", ",999,"))
    assert dataset.split().holdout["id"].tolist() != held


def test_validate_accepts_data_that_fits(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    checked, check = [], dataset_metadata.check_data
    monkeypatch.setattr(
        dataset_metadata, "check_data", lambda *given: checked.append(given[2]) or check(*given)
    )
    dataset.validate()
    (cells,) = checked
    assert cells.fillna("").to_numpy().tolist() == [list(row) for row in ROWS]


def _metadata_with(change: Callable[[dict], None]) -> str:
    content = json.loads(json.dumps(METADATA))
    change(content["tables"]["staff"])
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "expected an object, found list"),
        ('{"tables": 3}', "exactly one table"),
        ('{"tables": {"a": {}, "b": {}}}', "exactly one table"),
        ('{"tables": {"staff": {"columns": {"id": {}}}}}', "sdtype"),
        ('{"tables": {"staff": {"columns": 5}}}', r"metadata\.json"),
        ('{"tables": {"staff": 5}}', r"metadata\.json"),
        (_metadata_with(lambda table: table["columns"].pop("pay")), "pay are not described"),
        (_metadata_with(lambda table: table["columns"].update(x={"sdtype": "id"})), "x are not in the table"),
        (_metadata_with(lambda table: table.update(primary_key="answer")), "primary_key|sdtype"),
        (
            _metadata_with(lambda table: table["columns"].update(answer={"sdtype": "numerical"})),
            "Invalid values.*answer",
        ),
        (
            _metadata_with(lambda table: table["columns"]["born"].update(datetime_format="%d/%m/%Y")),
            "Invalid values.*born",
        ),
        (_metadata_with(lambda table: table["columns"]["pay"].update(range_max=50)), "Out of range.*pay"),
    ],
)
def test_validate_refuses_metadata_that_does_not_fit(dataset: Dataset, text: str, message: str) -> None:
    dataset.metadata_path.write_text(text)
    with pytest.raises(MetadataError, match=message):
        dataset.validate()


def test_validate_refuses_repeated_keys(dataset: Dataset) -> None:
    dataset.table_path.write_text(dataset.table_path.read_text().replace("S004,", "S005,"))
    with pytest.raises(MetadataError, match="Key column 'id' contains repeating values"):
        dataset.validate()


def test_validate_refuses_columns_that_the_spec_does_not_know(dataset: Dataset) -> None:
    lines = dataset.table_path.read_text().splitlines()
    dataset.table_path.write_text("\n".join([lines[0] + ",more", *(line + ",1" for line in lines[1:])]))
    with pytest.raises(MetadataError, match="the columns more are missing"):
        dataset.validate()


def test_every_error_of_sdv_has_one_of_ours() -> None:
    from sdv import errors
    from sdv.metadata import errors as metadata_errors

    classes = {
        value
        for module in (errors, metadata_errors)
        for value in vars(module).values()
        if isinstance(value, type)
    }
    raised = {one for one in classes if issubclass(one, Exception) and not issubclass(one, Warning)}
    assert raised - set(sdv_error_types()) == set()
    assert all(issubclass(ours, WorkbenchError) for ours in sdv_error_types().values())


def test_metadata_of_older_single_tables_is_converted(dataset: Dataset) -> None:
    old = json.loads(_metadata_with(lambda table: None))["tables"]["staff"]
    old["METADATA_SPEC_VERSION"] = "SINGLE_TABLE_V1"
    old["columns"]["pay"]["computer_representation"] = "Int64"
    dataset.metadata_path.write_text(json.dumps(old))
    dataset.validate()
    found = dataset_metadata.read_metadata(dataset.metadata_path, "staff")
    assert found == json.loads(_metadata_with(lambda table: None))
