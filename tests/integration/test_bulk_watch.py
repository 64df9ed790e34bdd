"""Large tables among the exports: what their parts repeat is recorded, evaluated and shown nowhere else."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.access.audit import AuditEvent, AuditFilter
from pipeline.cli import run
from pipeline.datasets import features
from pipeline.errors import ExportError
from pipeline.evaluation.privacy.copies import RowKeys, compute_row_keys
from pipeline.evaluation.privacy.repeats import ExportRecord, record_export
from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.generation.bulk import checks, manifest
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.part import MadePart
from pipeline.generation.bulk.part_context import PartContext
from pipeline.generation.bulk.watch import TableWatch
from pipeline.generation.orders import BulkOrder, GenerateOrder
from pipeline.generation.results import BulkResult
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench

AS_OF = date(2026, 5, 17)
ROWS, PART_ROWS = 200, 40
OPTIONS = ("--synthesizer", "autoregressive", "--epochs", "1", "--keep", "best", "--as-of", AS_OF.isoformat())


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 600 people whose rows repeat one another, so that a table repeats many of them."""
    file = tmp_path_factory.mktemp("people") / "people.csv"
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "email": [f"person{number}@example.com" for number in range(600)],
            "group": rng.choice(list("abcdef"), 600),
            "age": rng.integers(20, 60, 600),
        }
    )
    table.to_csv(file, index=False)
    return file


@pytest.fixture
def workbench(people: Path, tmp_path: Path) -> Workbench:
    return open_workbench(people, tmp_path / "home")


@pytest.fixture
def order(workbench: Workbench, tmp_path: Path) -> BulkOrder:
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    out = str(tmp_path / "parts")
    return BulkOrder("people", ROWS, out, recipe, seed=5, as_of=AS_OF, part_rows=PART_ROWS)


def open_workbench(people: Path, home: Path) -> Workbench:
    workbench = Workbench(Settings(home=home))
    workbench.datasets.add("people", [people])
    return workbench


def read_noted(workbench: Workbench, out: str) -> tuple[frozenset[int], ExportRecord]:
    """The parts of a large table that are noted, and what they repeat."""
    job = manifest.find_begun(Folder(out))
    assert job is not None
    return workbench.context.stores.exports.list_parts(job.table_key), workbench.context.stores.exports.get(
        job.table_key
    )


def compute_record(workbench: Workbench, files: list[Path]) -> ExportRecord:
    """What the rows of some parts repeat, as they lie on disk."""
    reference = workbench.context.stores.library.obtain_reference(
        workbench.context.stores.catalog.get("people")
    )
    table = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    modelled = features.extract(reference.spec, table, AS_OF)
    keys = compute_row_keys(reference.training, reference.holdout, modelled)
    return record_export(keys, workbench.context.stores.catalog.get("people").fingerprint)


def list_parts(out: str) -> list[Path]:
    return sorted(Path(out).glob("*.parquet"))


def read_finding(done: BulkResult) -> dict[str, object]:
    finding: dict[str, object] = done.manifest["first_rows"]["privacy"]["measures"][-1]
    return finding


def plant_exports(workbench: Workbench) -> None:
    """Note 60 exports which together repeat every training row, and no holdout row beyond chance."""
    dataset = workbench.context.stores.catalog.get("people")
    training = workbench.context.stores.library.obtain_reference(dataset).training
    for start in range(0, len(training), 8):
        bits = np.packbits((np.arange(len(training)) // 8) == start // 8).tobytes().hex()
        record = ExportRecord(dataset.fingerprint, 8, len(training), 120, bits, "00" * 15)
        workbench.context.stores.exports.add(f"{start:064}", record, "ana")


def test_what_all_parts_repeat_is_noted_and_part_of_the_evidence(workbench, order):
    done = workbench.bulk.make(order)
    parts, record = read_noted(workbench, order.out)
    assert parts == set(range(5))
    assert record == compute_record(workbench, list_parts(order.out))
    repeated = int(np.unpackbits(np.frombuffer(bytes.fromhex(record.training_bits), np.uint8)).sum())
    assert 50 < repeated < 400
    finding = read_finding(done)
    assert finding["name"] == "repeated_exports"
    assert finding["sentence"].startswith(f"The only export so far repeats {repeated} of 480 training rows")
    assert finding["sentence"] in html.unescape((Path(order.out) / "report.html").read_text("utf-8"))
    assert workbench.exports.compare_all("people").sentence == finding["sentence"]


def test_nothing_in_the_folder_tells_which_real_rows_are_repeated(workbench, order):
    workbench.bulk.make(order)
    _, whole = read_noted(workbench, order.out)
    records = [whole, *(compute_record(workbench, [file]) for file in list_parts(order.out))]
    bits = {bits for record in records for bits in (record.training_bits, record.holdout_bits)}
    assert all(bits.strip("0") for bits in bits)
    files = [file for file in Path(order.out).rglob("*") if file.is_file()]
    assert len(files) == 5 + 5 + 3
    for file in files:
        content = file.read_bytes()
        assert not [one for one in bits if one.encode() in content or bytes.fromhex(one) in content], file
        if file.suffix == ".json":
            assert b"bits" not in content
            assert b'repeats"' not in content


def test_an_export_after_a_large_table_is_told_of_it_and_the_other_way_round(workbench, order):
    workbench.bulk.make(order)
    small = GenerateOrder("people", 1000, order.recipe, 1, AS_OF)
    told = workbench.exports.export(workbench.generate(small), "csv").manifest["evidence"]["privacy"][
        "measures"
    ][-1]
    assert told["sentence"].startswith("2 exports together repeat")
    later = workbench.bulk.make(replace(order, seed=6, out=f"{order.out}-later"))
    assert read_finding(later)["sentence"].startswith("3 exports together repeat")
    assert workbench.exports.compare_all("people").sentence == read_finding(later)["sentence"]


def test_a_large_table_is_told_the_same_every_time(workbench, order):
    first = workbench.bulk.make(order)
    workbench.bulk.make(replace(order, seed=6, out=f"{order.out}-later"))
    for again in (order, replace(order, out=f"{order.out}-copy")):
        assert workbench.bulk.make(again).sha256 == first.sha256


def test_the_same_table_in_another_format_counts_once(workbench, order):
    first = workbench.bulk.make(order)
    other = workbench.bulk.make(replace(order, format="csv", out=f"{order.out}-csv"))
    assert (other.new_parts, read_finding(other)) == (5, read_finding(first))
    assert (
        len(workbench.context.stores.exports.list(workbench.context.stores.catalog.get("people").fingerprint))
        == 1
    )


def test_a_job_killed_before_a_part_is_noted_is_completed_without_writing_it_again(
    workbench, order, monkeypatch
):
    note = TableWatch.note

    def die_at_the_third(watch: TableWatch, made: MadePart) -> None:
        if made.record.index == 2:
            raise KeyboardInterrupt("at the third part")
        note(watch, made)

    with monkeypatch.context() as patched:
        patched.setattr(TableWatch, "note", die_at_the_third)
        with pytest.raises(KeyboardInterrupt, match="at the third part"):
            workbench.bulk.make(order)
    written = {file: file.stat().st_mtime_ns for file in list_parts(order.out)}
    assert len(written) == 3
    parts, record = read_noted(workbench, order.out)
    assert (parts, record) == ({0, 1}, compute_record(workbench, list_parts(order.out)[:2]))
    done = workbench.bulk.make(order)
    assert done.new_parts == 2
    assert {file: file.stat().st_mtime_ns for file in written} == written
    parts, record = read_noted(workbench, order.out)
    assert (parts, record) == (set(range(5)), compute_record(workbench, list_parts(order.out)))


def test_parts_that_another_installation_made_are_noted_here_and_not_written_again(
    workbench, order, people, tmp_path
):
    first = workbench.bulk.make(order)
    written = {file: file.stat().st_mtime_ns for file in list_parts(order.out)}
    elsewhere = open_workbench(people, tmp_path / "elsewhere")
    again = elsewhere.bulk.make(order)
    assert (again.new_parts, again.sha256) == (0, first.sha256)
    assert {file: file.stat().st_mtime_ns for file in written} == written
    assert read_noted(elsewhere, order.out) == read_noted(workbench, order.out)


def test_parts_that_are_noted_are_neither_sampled_nor_written_again(workbench, order, monkeypatch):
    first = workbench.bulk.make(order)
    noted = list[MadePart]()
    monkeypatch.setattr(TableWatch, "note", lambda _, made: noted.append(made))
    assert workbench.bulk.make(order).sha256 == first.sha256
    assert [(made.record.is_new, made.repeats) for made in noted] == [(False, None)] * 5


def test_a_part_that_copies_lone_rows_is_not_written(workbench, order, monkeypatch):
    rich = RowKeys(np.arange(480), np.arange(480, 600), np.arange(590, 640), chance_pairs=0.0)
    monkeypatch.setattr(PartContext, "compare_rows", lambda *_: rich)
    with pytest.raises(
        ExportError, match=r"part-00000\.parquet is not written: 10 of 600 real rows"
    ) as caught:
        workbench.bulk.make(order)
    assert caught.value.hint == "report the dataset and the seed."
    assert list_parts(order.out) == []


def test_a_part_that_names_real_people_is_not_written(workbench, order, monkeypatch):
    sentence = '9 of 40 rows repeat both "name" and "born" of one real row'
    found = PrivacyFinding("identity_combinations", Verdict.FAIL, 0.2, None, None, None, 0.0, sentence)
    monkeypatch.setattr(checks, "evaluate_combinations", lambda *_: found)
    with pytest.raises(ExportError, match=r"part-00000\.parquet is not written: 9 of 40 rows repeat both"):
        workbench.bulk.make(order)
    assert list_parts(order.out) == []


def test_a_finding_warns_on_the_command_line_in_the_manifest_and_in_the_audit_log(
    workbench, tmp_path, monkeypatch, capsys
):
    plant_exports(workbench)
    monkeypatch.setenv("WORKBENCH_HOME", str(workbench.settings.state_folder))
    request = ["--rows", str(ROWS), "--part-rows", str(PART_ROWS), "--out", str(tmp_path / "cli"), "--json"]
    assert run(["bulk", "people", *request, *OPTIONS]) == 0
    captured = capsys.readouterr()
    warnings = json.loads((tmp_path / "cli" / "manifest.json").read_text())["warnings"]
    (warning,) = warnings["findings"]
    assert warnings["accepted_by"] == workbench.actor.name
    assert warning.startswith("61 exports together repeat 480 of 480 training rows (100.0%)")
    assert f"Warning: {warning}\n" in captured.err
    assert json.loads(captured.out)["privacy"]["verdict"] == "fail"
    (entry,) = workbench.account.audit.list(AuditFilter(event=AuditEvent.TABLE_GENERATED))
    assert entry.details["findings"] == 1
