"""The tables of a run are opened again: the same rows and evidence, or why they cannot be."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.datasets.related.editing import SetEdits
from pipeline.errors import JobError, NotFoundError
from pipeline.generation.orders import RelatedOrder
from pipeline.generation.related import making as _making
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs.states import RunKind, RunStatus
from pipeline.settings import load_settings
from pipeline.workbench.workbench import Workbench
from tests.databases import give_database

CUSTOMERS, ACCOUNTS = 50, 70


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A workbench with two related tables and a run that has generated them."""
    return make_workbench(tmp_path_factory.mktemp("open"))


def make_workbench(folder: Path) -> Workbench:
    """Such a workbench in a folder of its own."""
    give_database(folder / "state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(folder / "state"))
        workbench = Workbench(load_settings())
    workbench.related.add("clients", _write(folder))
    workbench.runs.perform(RelatedOrder("clients", recipe=RelatedRecipe(epochs=1), seed=3))
    return workbench


@pytest.fixture
def run_id(workbench: Workbench) -> str:
    """The run that has generated them."""
    return workbench.runs.list(kind=RunKind.RELATED, status=RunStatus.DONE)[0].id


def test_a_run_is_opened_with_its_rows_and_without_measuring_again(
    workbench: Workbench, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_making, "measure_related", lambda *_: pytest.fail("measured again"))
    opened = workbench.related_tables.open(run_id)
    made = workbench.runs.get(run_id).result
    assert opened.rows == made.rows
    assert opened.evidence.quality == made.quality
    assert {one.failed for one in opened.evidence.keys} == {0}
    shown = workbench.related_tables.preview(opened, 5)
    assert [len(shown["customers"][name]) for name in ("customer_id", "city")] == [5, 5]
    target = workbench.related_tables.plan_download(opened, "excel")
    assert target.path.name == f"{opened.filename}.xlsx"
    assert workbench.related_tables.export(opened, target).content.startswith(b"PK")


def test_the_run_of_somebody_else_is_not_opened(workbench: Workbench, run_id: str) -> None:
    other = workbench.act_as(Actor("ada", AccountRole.ANALYST, "web"))
    with pytest.raises(NotFoundError, match="no run"):
        other.related_tables.open(run_id)


def test_a_run_without_tables_is_not_opened(workbench: Workbench) -> None:
    waiting = workbench.runs.submit(RelatedOrder("clients", seed=4))
    with pytest.raises(JobError, match="has no tables"):
        workbench.related_tables.open(waiting.id)


def test_a_run_whose_dataset_or_model_is_gone_says_so(tmp_path: Path) -> None:
    workbench = make_workbench(tmp_path)
    (run,) = workbench.runs.list()
    run_id = run.id
    workbench.related.edit("clients", SetEdits(("customers.age.minimum=1",)))
    with pytest.raises(NotFoundError, match="has changed since"):
        workbench.related_tables.open(run_id)
    workbench.context.stores.related_models.store.parts.delete(str(workbench.runs.get(run_id).model))
    with pytest.raises(NotFoundError, match="was deleted"):
        workbench.related_tables.open(run_id)


def _write(folder: Path) -> list[Path]:
    draw = random.Random(2)
    customers = [
        f"{1_000 + one},{draw.choice(['Ulm', 'Bonn'])},{draw.randrange(20, 80)}" for one in range(CUSTOMERS)
    ]
    accounts = [
        f"{5_000 + one},{1_000 + (one if one < CUSTOMERS else draw.randrange(CUSTOMERS))},{draw.choice('AB')}"
        for one in range(ACCOUNTS)
    ]
    tables = {
        "customers": ["customer_id,city,age", *customers],
        "accounts": ["account_id,customer_id,type", *accounts],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [folder / f"{name}.csv" for name in tables]
