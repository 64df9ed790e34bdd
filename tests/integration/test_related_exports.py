"""Several tables among the exports: what each repeats is noted once, and told of the next ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import JobCancelled
from pipeline.evaluation.privacy.repeats import ExportRecord
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.orders import RelatedBulkOrder, RelatedOrder
from pipeline.generation.related.bulk.engine import SetProgress
from pipeline.generation.related.bulk.records import find_begun
from pipeline.generation.related.exports import name_entry, name_origin
from pipeline.generation.related.results import RelatedGeneration
from pipeline.runs.states import RunKind, RunStatus
from pipeline.settings import Settings
from pipeline.workbench.related_tables import DatabaseTarget
from pipeline.workbench.workbench import Workbench
from tests.integration.conftest import Command
from tests.small_bank import write_small_bank

TABLES = {"customers", "accounts", "bookings"}
Make = Callable[[int], RelatedGeneration]


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    """A workbench whose small bank has never left it."""
    found = Workbench(Settings(home=tmp_path / "home"))
    found.related.add("shop", write_small_bank(tmp_path / "in"))
    return found


@pytest.fixture
def make(workbench: Workbench) -> Make:
    """Makes tables of a seed."""
    recipe = workbench.related_tables.default_recipe(epochs=1)

    def make(seed: int) -> RelatedGeneration:
        return workbench.related_tables.generate(RelatedOrder("shop", 0.5, recipe, seed))

    return make


def list_entries(workbench: Workbench) -> dict[str, tuple[ExportRecord, ...]]:
    """What is noted of each table of the shop."""
    fingerprint = workbench.context.stores.related.get("shop").fingerprint
    log = workbench.context.stores.exports
    return {name: log.list(name_origin(fingerprint, name)) for name in TABLES}


def list_told(generation: RelatedGeneration) -> set[str]:
    """The tables whose evidence says what they repeat together with others."""
    tables = generation.evidence.tables.items()
    return {name for name, one in tables if one.privacy.measures[-1].name == "repeated_exports"}


def test_each_table_is_noted_once_in_whatever_form_it_leaves(
    workbench: Workbench, make: Make, tmp_path: Path
) -> None:
    first = make(1)
    assert not any(list_entries(workbench).values())
    for fmt in ("csv", "sql"):
        workbench.related_tables.export(first, workbench.related_tables.plan_download(first, fmt))
    workbench.related_tables.load_into(first, DatabaseTarget(f"sqlite:///{tmp_path / 'shop.db'}"))
    noted = list_entries(workbench)
    assert {name: len(entries) for name, entries in noted.items()} == dict.fromkeys(TABLES, 1)
    assert noted["accounts"][0].rows == first.rows["accounts"]
    assert list_told(workbench.related_tables.compare(first)) == set()


def test_the_next_tables_are_told_what_they_repeat_together_with_the_first(
    workbench: Workbench, make: Make
) -> None:
    first, second = make(1), make(2)
    workbench.related_tables.export(first, workbench.related_tables.plan_download(first, "csv"))
    export = workbench.related_tables.export(second, workbench.related_tables.plan_download(second, "csv"))
    privacy = export.manifest["evidence"]["tables"]["accounts"]["privacy"]
    assert "2 exports together repeat" in privacy["measures"][-1]["sentence"]
    assert list_told(workbench.related_tables.compare(second)) == TABLES
    # The first one is compared with what had left before it, each time that it leaves.
    assert list_told(workbench.related_tables.compare(first)) == set()


def test_copied_rows_of_earlier_exports_are_a_warning_to_accept(workbench: Workbench, make: Make) -> None:
    made = make(1)
    reference = workbench.context.stores.related_models.obtain_reference(made.dataset).tables["customers"]
    rows, held = len(reference.training), len(reference.holdout)
    origin = name_origin(made.model.dataset_fingerprint, "customers")
    nothing = np.packbits(np.zeros(held, bool)).tobytes().hex()
    for start in range(0, rows, 8):
        bits = np.packbits(np.arange(rows) // 8 == start // 8).tobytes().hex()
        record = ExportRecord(origin, 8, rows, held, bits, nothing)
        workbench.context.stores.exports.add(f"{start:064}", record, "ana")
    assert not [text for text in made.evidence.check().warnings if "exports together" in text]
    assert [
        text for text in workbench.related_tables.conclude(made)[1].warnings if "exports together" in text
    ]


def test_a_job_is_a_run_whose_parts_are_noted_as_they_come(workbench: Workbench, tmp_path: Path) -> None:
    recipe = workbench.related_tables.default_recipe(epochs=1)
    order = RelatedBulkOrder("shop", str(tmp_path / "out"), 2.0, recipe, seed=5, part_roots=40)
    done = workbench.runs.perform(order)
    (run,) = workbench.runs.list()
    assert (run.kind, run.status, run.share) == (RunKind.RELATED_BULK, RunStatus.DONE, 1.0)
    assert (run.folder, run.model, run.quality) == (str(tmp_path / "out"), done.model, done.quality)
    assert run.result.rows == sum(done.rows.values())
    assert run.result.tables == done.rows
    job = find_begun(Folder(done.out))
    assert job is not None
    log = workbench.context.stores.exports
    for name in TABLES:
        assert log.list_parts(name_entry(job.table_key, name)) == {0, 1}
        assert log.get(name_entry(job.table_key, name)).rows == done.rows[name]
    sentence = done.manifest["evidence"]["tables"]["bookings"]["privacy"]["measures"][-1]["sentence"]
    assert sentence.startswith("The only export so far repeats")
    # The same rows in another form are the same export.
    other = workbench.runs.perform(replace(order, out=str(tmp_path / "csv"), format="csv"))
    assert other.new_parts == 2
    assert {len(noted) for noted in list_entries(workbench).values()} == {1}
    names = [file.name for file in workbench.bulk.list_files(run.id).files]
    assert names[:3] == ["manifest.json", "report.html", "customers/part-00000.parquet"]
    assert workbench.bulk.read_file(run.id, names[2]) == (tmp_path / "out" / names[2]).read_bytes()


def test_a_cancelled_job_is_listed_and_resumed_where_it_was(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(workbench.settings.state_folder))
    out, add = tmp_path / "out", SetProgress.add

    def cancel_at_the_third(progress: SetProgress, done: object) -> None:
        if progress.parts == 2:
            workbench.runs.cancel(workbench.runs.list()[0].id)
        add(progress, done)

    recipe = workbench.related_tables.default_recipe(epochs=1)
    order = RelatedBulkOrder("shop", str(out), 2.0, recipe, seed=5, part_roots=40)
    with monkeypatch.context() as patched:
        patched.setattr(SetProgress, "add", cancel_at_the_third)
        with pytest.raises(JobCancelled, match="complete parts are found again"):
            workbench.runs.perform(order)
    (cancelled,) = command("runs")["runs"]
    assert (cancelled["kind"], cancelled["status"]) == ("related_bulk", "cancelled")
    # Another part may have been under way.
    kept = [path.name for path in sorted((out / "bookings").iterdir())]
    assert kept in (["part-00000.parquet"], ["part-00000.parquet", "part-00001.parquet"])
    options = ("--scale", 2, "--part-roots", 40, "--epochs", 1, "--seed", 5, "--out", out)
    done = command("bulk", "shop", *options)
    assert (done["parts"], done["new_parts"]) == (2, 2 - len(kept))
    assert json.loads((out / "manifest.json").read_text())["rows"] == done["rows"]
    assert [one["status"] for one in command("runs")["runs"]] == ["done", "cancelled"]
