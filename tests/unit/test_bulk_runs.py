"""A large table as a run: where it goes, how its rows become progress."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from pipeline.bulk.engine import BulkProgress
from pipeline.bulk_runs import describe_bulk, name_folder, read_bulk_order, report_rows
from pipeline.run_orders import RunOrder
from pipeline.run_progress import compute_share, estimate_rows
from pipeline.store.run_states import RunKind
from pipeline.synthesizers.protocol import Progress, Stage

ORDER = RunOrder(RunKind.BULK, "pci", rows=50_000, seed=3, as_of=date(2026, 1, 31), out="exports/x")


def test_an_order_without_a_format_is_of_parquet():
    bulk = read_bulk_order(ORDER)
    assert (bulk.dataset, bulk.rows, bulk.out, bulk.seed, bulk.as_of, bulk.format, bulk.workers) == (
        "pci", 50_000, "exports/x", 3, date(2026, 1, 31), "parquet", 1
    )  # fmt: skip


def test_the_folder_is_named_after_what_decides_the_rows(tmp_path):
    assert name_folder(tmp_path, ORDER, "m1") == str(tmp_path / "pci-50000-seed3-2026-01-31-m1-parquet")


def test_rows_are_reported_about_once_a_second_and_at_the_end():
    now = SimpleNamespace(s=0.0)
    heard: list[Progress] = []
    report = report_rows(heard.append, lambda: now.s)
    for second, rows, parts in ((0.0, 10, 1), (0.4, 20, 2), (1.1, 30, 3), (1.2, 40, 4)):
        now.s = second
        report(BulkProgress(rows, 40, parts, 4, second, 99.0))
    assert [(one.stage, one.epoch, one.epochs) for one in heard] == [
        (Stage.SAMPLE, 10, 40),
        (Stage.SAMPLE, 30, 40),
        (Stage.SAMPLE, 40, 40),
    ]


@pytest.mark.parametrize("rows", [0, 10, 40])
def test_the_rows_that_are_there_follow_from_the_share(rows):
    share = compute_share(RunKind.BULK, Progress(Stage.SAMPLE, rows, 40, 1.0))
    assert estimate_rows(share, 40) == rows


def test_before_the_first_row_nothing_is_there():
    assert estimate_rows(compute_share(RunKind.BULK, Progress(Stage.TRAIN, 4, 4, 1.0)), 40) == 0


def test_what_came_of_it_names_folder_pace_and_quality():
    done = SimpleNamespace(
        model="m1", rows=40, parts=4, new_parts=3, out="exports/x", seed=3, as_of=date(2026, 1, 31),
        rows_per_second=99.0, sha256="ab", manifest={"first_rows": {"quality": {"score": 0.9}}},
    )  # fmt: skip
    outcome = describe_bulk(done)
    assert (outcome.model, outcome.quality) == ("m1", 0.9)
    assert (outcome.result["out"], outcome.result["rows_per_second"]) == ("exports/x", 99.0)
