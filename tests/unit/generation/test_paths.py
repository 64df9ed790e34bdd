"""Where exports may go."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.datasets.catalog import BUILTIN_FOLDERS
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.errors import ConfigError, DataError
from pipeline.exporters import ExportFormat
from pipeline.generation.paths import name_manifest, prepare_state, prepare_target

SPEC = DatasetSpec(
    name="tiny",
    title="Tiny",
    description="",
    table="tiny",
    as_of=date(2026, 1, 1),
    columns=tuple(ColumnSpec(f"c{n}", Role.MODELLED, "numerical") for n in range(70)),
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_without_out_the_file_goes_to_the_exports_of_the_state_folder(state: Path) -> None:
    target = prepare_target(state, SPEC, "tiny-1", "json", None)
    assert (target.path, target.format) == (state / "exports" / "tiny-1.json", ExportFormat.JSON)


def test_an_existing_folder_gets_the_file_under_its_own_name(state: Path, tmp_path: Path) -> None:
    assert prepare_target(state, SPEC, "tiny-1", None, tmp_path).path == tmp_path / "tiny-1.csv"


def test_the_ending_decides_where_no_format_is_named(state: Path, tmp_path: Path) -> None:
    assert prepare_target(state, SPEC, "x", None, tmp_path / "t.xlsx").format is ExportFormat.EXCEL


@pytest.mark.parametrize("folder", [*BUILTIN_FOLDERS.values()])
def test_a_raw_sample_is_never_written(state: Path, folder: Path) -> None:
    with pytest.raises(DataError, match="holds the workbench's data"):
        prepare_target(state, SPEC, "x", "csv", folder / "employee.csv")


def test_a_link_does_not_lead_into_the_state_folder(state: Path, tmp_path: Path) -> None:
    (state / "datasets").mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(state / "datasets")
    with pytest.raises(DataError, match="holds the workbench's data"):
        prepare_target(state, SPEC, "x", "csv", link / "t.csv")


def test_the_state_folder_takes_files_in_exports_only(state: Path) -> None:
    (state / "exports").mkdir(parents=True)
    inside = prepare_target(state, SPEC, "x", "csv", state / "exports" / "t.csv")
    assert inside.path == state / "exports" / "t.csv"
    with pytest.raises(DataError, match="holds the workbench's data"):
        prepare_target(state, SPEC, "x", "csv", state / "workbench.db")


@pytest.mark.parametrize(
    ("fmt", "name", "message"),
    [
        ("csv", "t.xlsx", 'format csv and the ending ".xlsx" contradict'),
        ("word", "t.docx", "word holds at most 63 columns, and the table has 70"),
        (None, "t.pdf", "not an export format"),
        ("csv", "missing/t.csv", "missing does not exist"),
        ("csv", "x" * 245 + ".csv", "is too long"),
    ],
)
def test_a_target_that_cannot_work_is_refused(
    state: Path, tmp_path: Path, fmt: str | None, name: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        prepare_target(state, SPEC, "x", fmt, tmp_path / name)


def test_a_folder_in_the_place_of_the_manifest_is_refused(state: Path, tmp_path: Path) -> None:
    name_manifest(tmp_path / "t.csv").mkdir()
    with pytest.raises(DataError, match="not a regular file"):
        prepare_target(state, SPEC, "x", "csv", tmp_path / "t.csv")


def test_a_state_folder_that_cannot_be_made_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="state folder /dev/null/x"):
        prepare_state(Path("/dev/null/x"))
