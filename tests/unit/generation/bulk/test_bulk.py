from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.errors import DataError, ExportError, SamplingError
from pipeline.exporters import ExportFormat, Provenance, export_table
from pipeline.exporters.columnar import encode_columns
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import (
    PartRecord,
    check_folder,
    claim,
    find_begun,
    find_record,
    save_record,
)
from pipeline.generation.bulk.plan import Job, check_order, plan_parts
from pipeline.generation.orders import BulkOrder
from pipeline.identity.permutation import Codes, Permutation
from pipeline.identity.task import ColumnTask, IdentityRequest
from pipeline.settings import IdentityOptions

JOB = Job(
    dataset="pci",
    fingerprint="f" * 64,
    model="a" * 12,
    rows=1_003,
    part_rows=250,
    seed=7,
    as_of="2026-01-31",
    shares={"card_provider": {"Visa": 0.335, "JCB": 0.015}},
    format="parquet",
    identity={"ssn": "valid", "iin": "test"},
    versions={"workbench_model": "3"},
)
PROVENANCE = Provenance("Title", "name", 3, 0, date(2026, 1, 31), "abc")


def test_parts_follow_each_other_without_gap_and_differ_by_one_row_at_most() -> None:
    parts = list(plan_parts(JOB))
    assert [part.file for part in parts[:2]] == ["part-00000.parquet", "part-00001.parquet"]
    assert [part.rows for part in parts] == [200, 201, 200, 201, 201]
    assert [part.first_row for part in parts] == [0, 200, 401, 601, 802]
    assert parts[-1].first_row + parts[-1].rows == JOB.rows


def test_shares_add_up_exactly_over_all_parts_and_each_part_is_near_its_own() -> None:
    parts = list(plan_parts(JOB))
    totals = Counter[str]()
    for part in parts:
        totals.update(part.shares["card_provider"])
        assert abs(part.shares["card_provider"]["Visa"] - 0.335 * part.rows) < 2
    assert totals == {"Visa": 336, "JCB": 15}


def test_shares_of_every_category_leave_no_row_to_others() -> None:
    job = replace(JOB, shares={"gender": {"Female": 1 / 3, "Male": 1 / 3, "Other": 1 / 3}})
    assert [sum(part.shares["gender"].values()) for part in plan_parts(job)] == [200, 201, 200, 201, 201]


def test_a_job_survives_json_and_its_id_depends_on_every_value() -> None:
    again = Job.from_dict(json.loads(json.dumps(JOB.as_dict())))
    assert again.id == JOB.id
    assert replace(JOB, seed=8).id != JOB.id


def test_jobs_of_the_same_rows_are_one_table_in_every_format() -> None:
    assert replace(JOB, format="csv").table_key == JOB.table_key
    assert replace(JOB, part_rows=251).table_key != JOB.table_key


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": 0}, "0 rows were requested"),
        ({"part_rows": 0}, "0 rows in a part"),
        ({"format": "excel"}, "cannot be written as excel"),
        ({"rows": 10**9, "part_rows": 10}, "more than 100,000 files"),
    ],
)
def test_an_impossible_order_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_order(replace(BulkOrder("pci", 1_000, "out"), **changes))


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match=r'holds "notes\.txt"'):
        claim(Folder(str(tmp_path)), JOB)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_of_another_request_is_refused_and_the_difference_named(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    claim(folder, JOB)
    check_folder(folder, JOB)
    assert find_begun(folder) == JOB
    with pytest.raises(DataError, match="its rows is 1003, not 2000"):
        claim(folder, replace(JOB, rows=2_000))


@pytest.mark.parametrize("address", ["{tmp_path}/new", "memory://bulk-{name}"])
def test_a_part_is_found_again_only_while_its_file_is_unchanged(address: str, tmp_path: Path) -> None:
    folder = Folder(address.format(tmp_path=tmp_path, name=tmp_path.name))
    part = next(plan_parts(JOB))
    digest = folder.write_json(part.file, {"rows": 1})
    size = len(folder.read(part.file) or b"")
    save_record(folder, PartRecord(0, part.file, 0, 200, size, digest, (200,)))
    found = find_record(folder, part)
    assert found is not None
    assert (found.rows, found.is_new, found.checked) == (200, False, (200,))
    folder.write(part.file, b"x" * size)
    assert find_record(folder, part) is None


def test_an_address_that_no_file_system_knows_is_refused() -> None:
    with pytest.raises(DataError, match="Cannot write to nowhere://x"):
        Folder("nowhere://x")


def _pick(first_row: int, rows: int, total: int, chosen: np.ndarray, headroom: float = 1.0) -> np.ndarray:
    column = ColumnSpec("number", Role.IDENTITY, "card_number", is_unique=True)
    request = IdentityRequest(
        columns=(column,),
        modelled=pd.DataFrame(index=range(rows)),
        seed=3,
        as_of=date(2026, 1, 31),
        options=IdentityOptions(),
        first_row=first_row,
        total_rows=total,
        headroom=headroom,
    )
    task = ColumnTask(request, column)
    excluded = np.arange(5, dtype=np.uint64)
    return task.pick(Codes(Permutation.seeded(105, task.job_seed()), excluded), chosen)


def test_fewer_codes_than_rows_suffice_where_only_some_rows_take_them() -> None:
    parts = [_pick(first, 50, 200, np.arange(0, 50, 2)) for first in range(0, 200, 50)]
    codes = np.concatenate(parts)
    assert len(set(codes.tolist())) == 100
    assert codes.min() >= 5


def test_a_part_never_takes_codes_of_another_part() -> None:
    with pytest.raises(SamplingError, match="100 distinct values, but 104 rows need one"):
        _pick(50, 50, 200, np.arange(26))


def test_headroom_refuses_early_what_would_only_just_fit() -> None:
    assert len(_pick(0, 50, 200, np.arange(24))) == 24
    with pytest.raises(SamplingError, match="but 96 rows need one"):
        _pick(0, 50, 200, np.arange(24), headroom=1.25)


def _awkward() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": ['say "hi"', "a,b", "=1+1", None, "line\nbreak", "'=x", "−5", "plain"],
            "count": pd.array([1, -2, None, 4, 5, 6, 7, 8], dtype="Int64"),
            "price": [0.1, 1e20, -2.5, 3.0, float("nan"), 1e-7, 123456.789, 0.0],
            "born": pd.to_datetime(["2000-02-29", None] * 4),
        }
    )


def _as_arrow(table: pd.DataFrame) -> pa.Table:
    types = (pa.string(), pa.int64(), pa.float64(), pa.date32())
    arrays = [pa.array(table[name], kind, from_pandas=True) for name, kind in zip(table, types, strict=True)]
    return pa.table(arrays, names=list(table))


def test_columnar_csv_equals_the_usual_export() -> None:
    table = _awkward()
    assert encode_columns(_as_arrow(table), ExportFormat.CSV) == export_table(
        table, ExportFormat.CSV, PROVENANCE
    )


def test_columnar_csv_of_a_lone_empty_cell_is_no_blank_line() -> None:
    table = pa.table({"only": pa.array(["a", None])})
    assert encode_columns(table, ExportFormat.CSV) == b'only\na\n""\n'


def test_columnar_parquet_reads_back_and_repeats_its_bytes() -> None:
    table = _as_arrow(_awkward())
    content = encode_columns(table, ExportFormat.PARQUET)
    assert pq.read_table(pa.BufferReader(content)).equals(table)
    assert content == encode_columns(table, ExportFormat.PARQUET)


def test_a_writer_whose_draft_an_equal_job_removes_writes_the_file_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, removed = Folder(str(tmp_path)), list[str]()
    flush = os.fsync

    def remove_once(handle: int) -> None:
        flush(handle)
        if not removed:
            removed.extend(path.name for path in tmp_path.iterdir())
            Folder(str(tmp_path)).remove_drafts()

    monkeypatch.setattr(os, "fsync", remove_once)
    folder.write("part-00000.csv", b"rows")
    assert len(removed) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["part-00000.csv"]
    assert folder.read("part-00000.csv") == b"rows"


def test_a_file_that_breaks_off_on_the_way_to_another_machine_never_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(f"memory://{tmp_path.name}/parts")
    folder.write("part-00000.csv", b"the first one")
    write = MemoryFileSystem.pipe_file

    def break_off(self: MemoryFileSystem, path: str, value: bytes, **_: object) -> None:
        write(self, path, value[:3])
        raise OSError("the connection was lost")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, "pipe_file", break_off)
        for name in ("part-00000.csv", "part-00001.csv"):
            with pytest.raises(ExportError, match=f"Cannot write {name} .* the connection was lost"):
                folder.write(name, b"the second one")
    assert folder.list() == ["part-00000.csv"]
    assert folder.read("part-00000.csv") == b"the first one"
    assert folder.measure(["part-00000.csv", "part-00001.csv"]) == {"part-00000.csv": 13}
    folder.write("part-00000.csv", b"the second one")
    assert folder.read("part-00000.csv") == b"the second one"
    assert list(MemoryFileSystem().ls(f"{tmp_path.name}/parts", detail=False)) == [
        f"/{tmp_path.name}/parts/part-00000.csv"
    ]
