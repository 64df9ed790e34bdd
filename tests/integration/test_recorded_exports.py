"""A table that is written to a file stands in the audit log first: no file without its entry."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline import exporters
from pipeline.access.audit import AuditEvent, AuditFilter, AuditLog
from pipeline.errors import ExportError, StoreError
from pipeline.generation.export_log import ExportLog
from pipeline.generation.orders import GenerateOrder
from pipeline.generation.results import Generation
from pipeline.settings import Settings
from pipeline.workbench import exports as exports_module
from pipeline.workbench.workbench import Workbench

DOWNLOADS = AuditFilter(event=AuditEvent.DOWNLOADED)


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    folder = tmp_path_factory.mktemp("recorded")
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"group": rng.choice(["a", "b"], 200), "spend": rng.normal(50, 9, 200).round(2)})
    table.to_csv(folder / "shop.csv", index=False)
    workbench = Workbench(Settings(home=folder / "state"))
    workbench.datasets.add("shop", [folder / "shop.csv"])
    return workbench


@pytest.fixture(scope="module")
def generation(workbench: Workbench) -> Generation:
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    return workbench.generate(GenerateOrder("shop", 1000, recipe, 0, date(2026, 5, 17)))


def test_a_log_that_cannot_be_written_leaves_no_file(workbench, generation, tmp_path, monkeypatch):
    append = AuditLog.append

    def fail(self, actor, event, *rest):
        if event is AuditEvent.DOWNLOADED:
            raise StoreError("The disk is full.", "make room.")
        return append(self, actor, event, *rest)

    monkeypatch.setattr(AuditLog, "append", fail)
    with pytest.raises(StoreError, match="The disk is full"):
        workbench.exports.save(generation, "csv", tmp_path / "shop.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_after_all_is_told_and_keeps_its_entry(
    workbench, generation, tmp_path, monkeypatch
):
    before = workbench.account.audit.count(DOWNLOADS)

    def fail(files: dict[Path, bytes]) -> None:
        raise ExportError("The disk is full.", "make room.")

    monkeypatch.setattr(exporters, "write_together", fail)
    with pytest.raises(ExportError, match="The disk is full"):
        workbench.exports.save(generation, "csv", tmp_path / "shop.csv")
    assert workbench.account.audit.count(DOWNLOADS) == before + 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_known_to_be_wrong_leaves_no_entry(workbench, generation, tmp_path):
    before = workbench.account.audit.count(DOWNLOADS)
    with pytest.raises(ExportError, match="does not exist"):
        workbench.exports.save(generation, "csv", tmp_path / "nowhere" / "shop.csv")
    assert workbench.account.audit.count(DOWNLOADS) == before


def test_a_saved_table_has_one_entry(workbench, generation, tmp_path):
    before = workbench.account.audit.count(DOWNLOADS)
    export = workbench.exports.save(generation, "csv", tmp_path / "shop.csv")
    assert (tmp_path / "shop.csv").read_bytes() == export.content
    assert workbench.account.audit.count(DOWNLOADS) == before + 1
    assert workbench.account.audit.list(DOWNLOADS)[0].details["sha256"] == export.sha256


@pytest.mark.parametrize(
    "take_out",
    [
        lambda exports, generation, path: exports.save(generation, "csv", path),
        lambda exports, generation, _path: exports.export(generation, "csv"),
        lambda exports, generation, _path: exports.bundle(generation, "csv"),
    ],
    ids=["save", "export", "bundle"],
)
def test_a_table_is_keyed_and_noted_once_each_time_that_it_leaves(
    workbench, generation, tmp_path, monkeypatch, take_out
):
    counted: Counter[str] = Counter()
    compute_row_keys, add = exports_module.compute_row_keys, ExportLog.add
    monkeypatch.setattr(
        exports_module,
        "compute_row_keys",
        lambda *tables: counted.update(["keys"]) or compute_row_keys(*tables),
    )
    monkeypatch.setattr(ExportLog, "add", lambda *values: counted.update(["add"]) or add(*values))
    before = workbench.account.audit.count(DOWNLOADS)
    take_out(workbench.exports, generation, tmp_path / "shop.csv")
    assert counted == {"keys": 1, "add": 1}
    assert workbench.account.audit.count(DOWNLOADS) == before + 1
