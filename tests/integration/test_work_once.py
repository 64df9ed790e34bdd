"""What one order does once, although several of its steps need it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline import Workbench
from pipeline.datasets import catalog, dataset
from pipeline.datasets.catalog import BUILTIN_FOLDERS
from pipeline.datasets.content import FileMemory
from pipeline.evaluation import evaluate
from pipeline.generation.orders import GenerateOrder
from pipeline.settings import Settings
from pipeline.synthesizers.recipe import Recipe
from tests.integration.conftest import Command

MEASURES = ("quality", "diagnostic", "privacy", "baselines", "coverage", "detection")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often each file of a dataset is hashed or parsed; nothing is remembered of earlier tests."""
    counted: Counter[str] = Counter()
    digest, read_table = dataset._digest, dataset.read_stored
    monkeypatch.setattr(dataset, "_DIGESTS", FileMemory(16))
    # Less than the file of any dataset has.
    monkeypatch.setattr(dataset, "_CELLS", FileMemory(1, is_counted_in_bytes=True))
    monkeypatch.setattr(catalog, "_SPECS", FileMemory(16))
    load_spec = catalog.load_spec
    monkeypatch.setattr(
        catalog, "load_spec", lambda path: counted.update([f"load {path.parent.name}"]) or load_spec(path)
    )
    monkeypatch.setattr(
        dataset, "_digest", lambda path: counted.update([f"hash {path.name}"]) or digest(path)
    )
    monkeypatch.setattr(
        dataset, "read_stored", lambda path: counted.update([f"parse {path.name}"]) or read_table(path)
    )
    return counted


def test_a_finished_run_opens_with_what_was_measured_and_measures_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench = Workbench(Settings(home=home))
    order = GenerateOrder("pci", 1_000, recipe=Recipe("autoregressive", epochs=1, use_hma=False))
    made = workbench.runs.perform(order)
    monkeypatch.setattr(evaluate, "evaluate_table", lambda *_: pytest.fail("it was measured again"))
    run = workbench.runs.list(dataset="pci", limit=1)[0]
    opened = workbench.runs.open(run.id)
    assert opened.evaluation == made.evaluation
    assert opened.table.equals(made.table)
    assert workbench.runs.report(run.id).evidence["quality"]["score"] == made.evaluation.quality.score


def test_one_order_hashes_and_parses_a_dataset_once(
    command: Command, reads: Counter[str], tmp_path: Path
) -> None:
    options = ("--synthesizer", "autoregressive", "--epochs", 1, "--out", tmp_path / "table.csv")
    command("generate", "employee", "--rows", 1000, *options)
    assert reads == {
        "hash employee.csv": 1,
        "hash metadata.json": 1,
        "hash dataset.yaml": 1,
        "load content": 1,
        "parse employee.csv": 1,
    }


def test_an_evaluation_parses_a_dataset_once(command: Command, reads: Counter[str]) -> None:
    table = BUILTIN_FOLDERS["pci"] / "pci.csv"
    command("evaluate", "pci", table)
    assert reads["parse pci.csv"] == reads["load content2"] == 1


def test_what_was_just_registered_is_hashed_once(
    command: Command, reads: Counter[str], tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_bytes((BUILTIN_FOLDERS["employee"] / "employee.csv").read_bytes())
    command("add", "people", people)
    options = ("--synthesizer", "autoregressive", "--epochs", 1, "--out", tmp_path / "table.csv")
    command("generate", "people", "--rows", 1000, *options)
    assert reads == {
        "hash people.csv": 1,
        "hash metadata.json": 1,
        "hash dataset.yaml": 1,
        "load people": 1,
        # Once before it is registered, to check it.
        "parse people.csv": 2,
    }


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often each measure of an evaluation is computed."""
    counted: Counter[str] = Counter()
    for name in ("check_validity", *(f"compute_{part}" for part in MEASURES)):
        compute = getattr(evaluate, name)

        def count(*values: object, _name: str = name, _compute: Any = compute, **named: object) -> object:
            counted[_name] += 1
            return _compute(*values, **named)

        monkeypatch.setattr(evaluate, name, count)
    return counted


def test_a_full_table_is_measured_once(command: Command, measured: Counter[str], tmp_path: Path) -> None:
    options = ("--synthesizer", "autoregressive", "--epochs", 1, "--out", tmp_path / "table.csv", "--full")
    printed = command("generate", "employee", "--rows", 1000, *options)
    assert measured == dict.fromkeys(("check_validity", *(f"compute_{part}" for part in MEASURES)), 1)
    assert printed["privacy"]["depth"] == "full"


def test_a_full_report_on_a_finished_run_measures_only_what_was_not_kept(
    home: Path, measured: Counter[str]
) -> None:
    workbench = Workbench(Settings(home=home))
    workbench.runs.perform(GenerateOrder("pci", 1_000, recipe=Recipe("autoregressive", epochs=1)))
    measured.clear()
    heard: list[str] = []
    run = workbench.runs.list(dataset="pci", limit=1)[0]
    report = workbench.runs.report(run.id, is_full=True, on_progress=lambda one: heard.append(one.part))
    assert measured == {"compute_coverage": 1, "compute_detection": 1}
    assert heard == ["attacks", "coverage", "detection"]
    assert report.evidence["privacy"]["depth"] == "full"
