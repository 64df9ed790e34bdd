"""Models, datasets and checkpoints in a second place, for workers that share no folder with the app."""

from __future__ import annotations

from datetime import date

import fsspec
import pytest

from pipeline.errors import ConfigError, StoreError
from pipeline.generation.bulk.orders import plan_job
from pipeline.generation.bulk.part_context import open_part_context
from pipeline.generation.orders import BulkOrder
from pipeline.progress import Signal
from pipeline.settings import Settings, StoreOptions
from pipeline.store.mirror import Mirror
from pipeline.store.signing import Signer
from pipeline.workbench.workbench import Workbench


@pytest.fixture(params=["memory", "file"])
def url(request, tmp_path):
    yield "memory://store" if request.param == "memory" else f"file://{tmp_path}/store"
    memory = fsspec.filesystem("memory")
    if memory.exists("/store"):
        memory.rm("/store", recursive=True)


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def read(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_folder_comes_back_whole_and_is_replaced_whole(url, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    write(here / "models" / "m1", model="1", arrays="a")
    Mirror(url, here).push("models/m1", "v1")
    assert Mirror(url, there).pull("models/m1") is True
    assert read(there / "models" / "m1") == {"model": "1", "arrays": "a"}
    assert Mirror(url, there).pull("models/m1", "v1") is False
    (here / "models" / "m1" / "arrays").unlink()
    write(here / "models" / "m1", model="2")
    Mirror(url, here).push("models/m1", "v2")
    assert Mirror(url, there).pull("models/m1", "v1") is True
    assert read(there / "models" / "m1") == {"model": "2"}
    assert [path.name for path in (there / "models").iterdir()] == ["m1"]


def test_a_file_is_replaced_and_removed(url, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for text in ("one", "two"):
        write(here / "checkpoints", **{"c.npz": text})
        Mirror(url, here).push("checkpoints/c.npz")
    assert Mirror(url, there).pull("checkpoints/c.npz")
    assert read(there / "checkpoints") == {"c.npz": "two"}
    for _ in range(2):
        Mirror(url, here).remove("checkpoints/c.npz")
    assert Mirror(url, there).pull("checkpoints/c.npz") is False


def test_a_store_that_cannot_be_used_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"store\.url cannot be used"):
        Mirror("nowhere://store", tmp_path).pull("models/m1")
    (tmp_path / "store").write_text("a file")
    write(tmp_path / "models", m1="1")
    with pytest.raises(StoreError, match="failed to read or write models/m1"):
        Mirror(f"file://{tmp_path}/store", tmp_path).push("models/m1")


def test_keys_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MODEL_KEY", "ab" * 32)
    signature = Signer(tmp_path / "one").sign_text("model")
    assert Signer(tmp_path / "two").is_signed_text(signature, "model")
    assert list(tmp_path.iterdir()) == []
    assert not Signer(tmp_path / "two", "audit_key").is_signed_text(signature, "model")
    monkeypatch.setenv("WORKBENCH_MODEL_KEY", "short")
    with pytest.raises(ConfigError, match="WORKBENCH_MODEL_KEY is not a valid key"):
        Signer(tmp_path / "three").sign_text("model")


def test_a_worker_elsewhere_goes_on_from_a_checkpoint_and_the_app_gets_the_model(url, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MODEL_KEY", "cd" * 32)
    app, first, second = (
        Workbench(Settings(home=tmp_path / name, store=StoreOptions(url=url))) for name in ("a", "b", "c")
    )
    raw = tmp_path / "staff.csv"
    raw.write_text("team,hours\n" + "".join(f"{'ab'[n % 2]},{n % 7}\n" for n in range(60)))
    app.datasets.add("staff", [raw])
    recipe = app.models.default_recipe(synthesizer="autoregressive", epochs=4)
    for worker in (first, second):
        worker.datasets.fetch("staff")
    stopped = first.train("staff", recipe, lambda one: Signal.STOP if one.epoch == 2 else None)
    assert stopped.was_stopped
    epochs = []
    done = second.train("staff", recipe, lambda one: epochs.append(one.epoch) if one.epoch else None)
    assert epochs == [3, 4]
    assert app.train("staff", recipe).reused
    assert app.models.get(done.model).epochs_trained == 4
    app.models.delete(done.model)
    app.datasets.remove("staff")
    third = Workbench(Settings(home=tmp_path / "d", store=StoreOptions(url=url)))
    third.datasets.fetch("staff")
    assert "staff" not in {spec.name for spec in third.datasets.list()}


def test_a_worker_elsewhere_fetches_what_its_parts_need(url, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MODEL_KEY", "cd" * 32)
    app = Workbench(Settings(home=tmp_path / "app", store=StoreOptions(url=url)))
    raw = tmp_path / "staff.csv"
    raw.write_text("team,hours\n" + "".join(f"{'ab'[n % 2]},{n % 7}\n" for n in range(60)))
    app.datasets.add("staff", [raw])
    recipe = app.models.default_recipe(synthesizer="autoregressive", epochs=1)
    done = app.train("staff", recipe)
    order = BulkOrder("staff", 100, "", recipe)
    job = plan_job(
        order, date(2026, 5, 17), app.context.stores.catalog.get("staff"), recipe, app.settings.identity
    )
    assert job.model == done.model
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("WORKBENCH_STORE__URL", url)
    part_context = open_part_context(job)
    assert (part_context.model.info.id, len(part_context.reference.raw)) == (done.model, 60)
