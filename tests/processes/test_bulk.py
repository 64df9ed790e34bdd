"""Large tables with real worker processes: the same bytes from any worker, also after one dies."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client

from pipeline.access.accounts import AccountRole, Actor
from pipeline.cli import run
from pipeline.errors import AccessError, DataError, ExportError, JobCancelled, SamplingError
from pipeline.evaluation.privacy.repeats import ExportRecord
from pipeline.generation.bulk import engine
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import find_begun
from pipeline.generation.bulk.part import MadePart, make_part
from pipeline.generation.bulk.part_context import PartContext
from pipeline.generation.bulk.plan import Job, Part
from pipeline.generation.bulk.spreading import local_cluster
from pipeline.generation.export_log import ExportLog
from pipeline.generation.orders import BulkOrder
from pipeline.generation.results import BulkResult
from pipeline.models.model import FittedModel, Sample, SampleRequest
from pipeline.progress import RowProgress
from pipeline.runs.states import RunKind, RunStatus
from pipeline.settings import Settings, StoreOptions
from pipeline.store.tables import EXPORTS
from pipeline.workbench.workbench import Workbench

AS_OF = date(2026, 1, 31)
ROWS, PART_ROWS = 6_000, 1_000


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def order(workbench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> BulkOrder:
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    out = str(tmp_path_factory.mktemp("parts") / "one")
    return BulkOrder("employee", ROWS, out, recipe, seed=5, as_of=AS_OF, part_rows=PART_ROWS)


@pytest.fixture(scope="module")
def alone(workbench: Workbench, order: BulkOrder) -> BulkResult:
    """The table as one process makes it."""
    return workbench.bulk.make(order)


@pytest.fixture(scope="module")
def two_workers(workbench: Workbench) -> Iterator[Client]:
    with local_cluster(2, workbench.settings.state_folder) as client:
        yield client


def _contents(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


def _read(folder: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted(Path(folder).glob("*.parquet"))])


def test_parts_hold_all_rows_and_no_unique_value_twice(alone: BulkResult) -> None:
    table = _read(alone.out)
    assert (len(table), alone.parts, alone.new_parts) == (ROWS, 6, 6)
    for column in ("user_id", "email", "ssn", "driver_license"):
        assert table[column].is_unique
    # Parts are drawn apart from each other: nothing but chance repeats rows of the first in the second.
    rows = table.drop(columns=["user_id", "email", "ssn", "driver_license"])
    assert rows[:1_000].merge(rows[1_000:2_000], how="inner").empty


def test_shares_are_exact_over_all_parts(workbench: Workbench, order: BulkOrder, tmp_path: Path) -> None:
    shares = {"blood_group": {"O-": 0.1005, "A+": 0.2}, "gender": {"Female": 0.25}}
    done = workbench.bulk.make(
        replace(
            order,
            rows=3_001,
            shares={**shares, "gender": {"Female": 0.25, "Male": 0.75}},
            out=str(tmp_path / "x"),
        )
    )
    counts = _read(done.out)["blood_group"].value_counts()
    assert (counts["O-"], counts["A+"]) == (302, 600)
    assert (_read(done.out)["gender"] == "Female").sum() == 750


def test_rows_set_to_a_share_are_counted_over_parts_made_now_and_found(
    workbench: Workbench, order: BulkOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(order, rows=1_000, part_rows=500, out=str(tmp_path / "forced"))
    sample = FittedModel.sample

    def force(model: FittedModel, request: SampleRequest) -> Sample:
        return replace(sample(model, request), forced_rows=request.rows // 10)

    with monkeypatch.context() as patched:
        patched.setattr(FittedModel, "sample", force)
        assert workbench.bulk.make(small).forced_rows == 100
    (Path(small.out) / "part-00001.parquet").unlink()
    again = workbench.bulk.make(small)
    assert (again.new_parts, again.forced_rows, again.manifest["forced_rows"]) == (1, 50, 50)


def test_a_report_on_the_first_rows_lies_beside_the_parts(alone: BulkResult) -> None:
    report = (Path(alone.out) / "report.html").read_bytes()
    assert alone.manifest["report"]["sha256"] == hashlib.sha256(report).hexdigest()
    assert f"the first {PART_ROWS:,} of {ROWS:,} rows" in report.decode()


def test_the_manifest_names_every_part_and_holds_no_real_value(
    workbench: Workbench, alone: BulkResult
) -> None:
    content = (Path(alone.out) / "manifest.json").read_bytes()
    manifest = json.loads(content)
    assert hashlib.sha256(content).hexdigest() == alone.sha256
    assert [part["first_row"] for part in manifest["parts"]] == list(range(0, ROWS, PART_ROWS))
    for part in manifest["parts"]:
        assert hashlib.sha256((Path(alone.out) / part["file"]).read_bytes()).hexdigest() == part["sha256"]
    rules = {(rule["column"], rule["rule"]): rule["checked"] for rule in manifest["validity"]["rules"]}
    assert rules["ssn", "not_real"] == ROWS
    assert manifest["first_rows"]["quality"]["score"] > 0
    dataset = workbench.datasets.get("employee")
    real = pd.read_csv(Path("content") / f"{dataset.table}.csv", dtype=str)
    values = [value for name in ("ssn", "email", "user_id", "address") for value in real[name]]
    assert not [value for value in values if value in content.decode()]


def test_two_workers_give_the_bytes_of_one(
    workbench: Workbench, order: BulkOrder, alone: BulkResult, two_workers: Client, tmp_path: Path
) -> None:
    done = workbench.bulk.make(replace(order, out=str(tmp_path / "two")), client=two_workers)
    assert _contents(done.out) == _contents(alone.out)
    assert done.new_parts == 6


def test_eight_workers_give_the_bytes_of_one_process_in_many_small_parts(
    workbench: Workbench, order: BulkOrder, tmp_path: Path
) -> None:
    small = replace(order, part_rows=150)
    one = workbench.bulk.make(replace(small, out=str(tmp_path / "one")))
    eight = workbench.bulk.make(replace(small, workers=8, out=str(tmp_path / "eight")))
    assert (one.parts, eight.new_parts) == (40, 40)
    assert _contents(eight.out) == _contents(one.out)


def test_a_worker_killed_on_the_way_changes_nothing(
    workbench: Workbench, order: BulkOrder, alone: BulkResult, two_workers: Client, tmp_path: Path
) -> None:
    victims = list(two_workers.run(os.getpid).values())

    def kill_one(progress: RowProgress) -> None:
        if isinstance(progress, RowProgress) and progress.parts >= 1 and victims:
            os.kill(victims.pop(), signal.SIGKILL)
            victims.clear()

    done = workbench.bulk.make(replace(order, out=str(tmp_path / "killed")), kill_one, two_workers)
    assert not victims
    assert _contents(done.out) == _contents(alone.out)


def test_workers_note_what_one_process_notes_also_where_one_is_killed(
    workbench: Workbench, order: BulkOrder, two_workers: Client, tmp_path: Path
) -> None:
    victims = list(two_workers.run(os.getpid).values())[:1]

    def kill_one(progress: RowProgress) -> None:
        if isinstance(progress, RowProgress) and progress.parts >= 1 and victims:
            os.kill(victims.pop(), signal.SIGKILL)

    fresh = replace(order, seed=8, out=str(tmp_path / "killed"))
    done = workbench.bulk.make(fresh, kill_one, two_workers)
    assert not victims
    noted = _forget_noted(workbench, done)
    alone = workbench.bulk.make(replace(fresh, out=str(tmp_path / "alone")))
    assert _forget_noted(workbench, alone) == noted
    assert (noted.rows, alone.sha256) == (ROWS, done.sha256)


def _forget_noted(workbench: Workbench, done: BulkResult) -> ExportRecord:
    """What is noted of a large table, which leaves as if for the first time afterwards."""
    job = find_begun(Folder(done.out))
    assert job is not None
    database = workbench.context.stores.database
    record = ExportLog(database).get(job.table_key)
    with database.begin() as connection:
        connection.execute(EXPORTS.delete().where(EXPORTS.c.table_key == job.table_key))
    return record


def test_a_cancelled_job_is_completed_without_making_its_parts_again(
    workbench: Workbench, order: BulkOrder, alone: BulkResult, tmp_path: Path
) -> None:
    again = replace(order, out=str(tmp_path / "resumed"))

    def cancel(progress: RowProgress) -> None:
        if isinstance(progress, RowProgress) and progress.parts == 2:
            raise JobCancelled("Enough.")

    with pytest.raises(JobCancelled, match="Enough"):
        workbench.bulk.make(again, cancel)
    made = {path: path.stat().st_mtime_ns for path in Path(again.out).glob("*.parquet")}
    assert len(made) == 2
    assert not (Path(again.out) / "manifest.json").exists()
    done = workbench.bulk.make(replace(again, as_of=None))
    assert done.new_parts == 4
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert _contents(done.out) == _contents(alone.out)


def test_a_damaged_part_is_made_again(
    workbench: Workbench, order: BulkOrder, alone: BulkResult, tmp_path: Path
) -> None:
    again = replace(order, out=str(tmp_path / "damaged"))
    workbench.bulk.make(again)
    part = Path(again.out) / "part-00003.parquet"
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    (Path(again.out) / ".export-0123456789ab.part").write_bytes(b"half")
    assert workbench.bulk.make(again).new_parts == 1
    assert _contents(again.out) == _contents(alone.out)


def test_parts_of_another_request_stay_as_they_are(
    workbench: Workbench, order: BulkOrder, alone: BulkResult
) -> None:
    before = _contents(alone.out)
    with pytest.raises(DataError, match="its seed is 5, not 6"):
        workbench.bulk.make(replace(order, seed=6))
    assert _contents(alone.out) == before


def test_csv_parts_hold_the_same_records(
    workbench: Workbench, order: BulkOrder, alone: BulkResult, tmp_path: Path
) -> None:
    done = workbench.bulk.make(replace(order, format="csv", out=str(tmp_path / "csv")))
    tables = [pd.read_csv(path, dtype=str) for path in sorted(Path(done.out).glob("*.csv"))]
    expected = _read(alone.out).astype(str).reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.concat(tables, ignore_index=True), expected)


def test_card_numbers_stay_unique_and_luhn_valid(
    workbench: Workbench, order: BulkOrder, tmp_path: Path
) -> None:
    done = workbench.bulk.make(replace(order, dataset="pci", rows=3_000, out=str(tmp_path / "pci")))
    table = _read(done.out)
    assert table["credit_card_number"].is_unique
    assert done.manifest["validity"]["is_valid"]


def test_too_few_values_are_told_before_anything_is_written(
    workbench: Workbench, order: BulkOrder, tmp_path: Path
) -> None:
    out = tmp_path / "nothing"
    with pytest.raises(SamplingError, match='"user_id" can hold 89,997,500 distinct values'):
        workbench.bulk.make(replace(order, rows=95_000_000, out=str(out)))
    assert not out.exists()


def test_an_invalid_record_stops_the_job_before_its_part_is_written(
    workbench: Workbench, order: BulkOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.generation.bulk import part

    def spoil(table: object, rendered: pd.DataFrame) -> pd.DataFrame:
        return rendered.assign(ssn="000-00-0000")

    monkeypatch.setattr(part, "to_checkable", spoil)
    out = tmp_path / "spoilt"
    with pytest.raises(ExportError, match=r'part-00000\.parquet" is not exported: column "ssn" breaks'):
        workbench.bulk.make(replace(order, out=str(out)))
    assert not list(out.glob("*.parquet"))


def test_parts_that_lie_on_another_disk_are_missed_before_the_table_is_signed(
    workbench: Workbench, order: BulkOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Folder(str(tmp_path / "elsewhere"))

    def make(context: PartContext, job: Job, part: Part, _folder: Folder, is_noted: bool) -> MadePart:
        return make_part(context, job, part, elsewhere, is_noted)

    small = replace(order, rows=2_000, out=str(tmp_path / "here"))
    with monkeypatch.context() as patched:
        patched.setattr(engine, "make_part", make)
        with pytest.raises(ExportError, match=r"here lacks 2 of 2 parts .* such as part-00000\.parquet"):
            workbench.bulk.make(small)
    assert Folder(small.out).list() == ["_parts"]
    assert workbench.bulk.make(small).new_parts == 2


def test_a_machine_with_disks_of_its_own_makes_the_parts_of_a_folder_itself(
    workbench: Workbench, order: BulkOrder, alone: BulkResult, tmp_path: Path
) -> None:
    apart = Workbench(
        Settings(home=workbench.settings.state_folder, store=StoreOptions(url=str(tmp_path / "store")))
    )
    done = apart.bulk.make(replace(order, scheduler="tcp://127.0.0.1:1", out=str(tmp_path / "mine")))
    assert _contents(done.out) == _contents(alone.out)


def test_the_command_prints_one_object_and_its_progress(
    workbench: Workbench,
    alone: BulkResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(workbench.settings.state_folder))
    request = f"--rows {ROWS} --part-rows {PART_ROWS} --seed 5 --as-of {AS_OF}"
    model = "--synthesizer autoregressive --epochs 1 --keep best"
    code = run(
        ["bulk", "employee", "--out", str(tmp_path / "cli"), "--json", *request.split(), *model.split()]
    )
    captured = capsys.readouterr()
    values = json.loads(captured.out)
    assert code == 0
    assert (values["rows"], values["parts"], values["sha256"]) == (ROWS, 6, alone.sha256)
    assert values["validity"] == {"is_valid": True, "checked": 30 * ROWS, "failed": 0}
    assert "6,000 of 6,000 rows, 6 of 6 parts" in captured.err
    noted = workbench.runs.list(RunKind.BULK)[0]
    assert (noted.status, noted.model, noted.result.sha256) == (RunStatus.DONE, alone.model, alone.sha256)
    assert noted.order.part_rows == PART_ROWS


def test_a_viewer_may_not_make_large_tables(workbench: Workbench, order: BulkOrder) -> None:
    viewer = workbench.act_as(Actor("vera", AccountRole.VIEWER, "app"))
    with pytest.raises(AccessError, match="needs the role analyst"):
        viewer.bulk.make(order)
