"""Models and references of a library, with fits that take no time."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import NotFoundError, StoreError
from pipeline.models import library as library_module
from pipeline.models.library import KeyedLock, Library
from pipeline.models.model import compute_model_id
from pipeline.models.store import ModelStore
from pipeline.progress import Progress, Stage
from pipeline.settings import Settings, StoreOptions
from pipeline.store.mirror import Mirror
from pipeline.store.signing import Signer
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.context import Stores
from tests.unit.models.test_store import SPEC, _model


@pytest.fixture
def library(tmp_path: Path) -> Library:
    store = ModelStore(tmp_path / "models", Signer(tmp_path / "secrets"))
    return Library(store, tmp_path / "checkpoints")


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[Recipe]:
    """Replaces the fit; collects the recipes that were fitted."""
    done: list[Recipe] = []

    def fit(dataset: Any, recipe: Recipe, on_progress: Any, checkpoint: Path) -> Any:
        done.append(recipe)
        checkpoint.parent.mkdir(exist_ok=True)
        checkpoint.write_bytes(b"half way")
        was_stopped = recipe.epochs == 13
        model_id = compute_model_id(dataset.fingerprint, recipe, 2 if was_stopped else None)
        return _model(id=model_id, was_stopped=was_stopped)

    monkeypatch.setattr(library_module, "fit_model", fit)
    return done


DATASET: Any = SimpleNamespace(spec=SPEC, fingerprint="f" * 64)


def test_a_recipe_is_fitted_once(library: Library, fits: list[Recipe]) -> None:
    first, was_known = library.obtain_model(DATASET, Recipe())
    again, is_known = library.obtain_model(DATASET, Recipe())
    assert (was_known, is_known, len(fits)) == (False, True, 1)
    assert first.info == again.info


@pytest.mark.parametrize("change", [{"epochs": 71}, {"seed": 1}, {"threads": 2}, {"use_hma": False}])
def test_another_recipe_is_another_model(
    library: Library, fits: list[Recipe], change: dict[str, Any]
) -> None:
    library.obtain_model(DATASET, Recipe())
    _, is_known = library.obtain_model(DATASET, replace(Recipe(), **change))
    assert (is_known, len(fits)) == (False, 2)


def test_another_number_of_epochs_is_the_same_model_where_there_are_none(
    library: Library, fits: list[Recipe]
) -> None:
    first, _ = library.obtain_model(DATASET, Recipe("gaussian_copula", epochs=10))
    again, is_known = library.obtain_model(DATASET, Recipe("gaussian_copula", epochs=30))
    assert (again.info.id, is_known, len(fits)) == (first.info.id, True, 1)


def test_two_requests_at_once_fit_once(library: Library, fits: list[Recipe]) -> None:
    threads = [threading.Thread(target=library.obtain_model, args=(DATASET, Recipe())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fits) == 1


def test_those_who_wait_for_one_key_come_one_after_the_other_and_leave_nothing_behind() -> None:
    turns, inside, seen = KeyedLock(), [0], []

    def hold() -> None:
        with turns.take("report"):
            inside[0] += 1
            seen.append(inside[0])
            time.sleep(0.01)
            inside[0] -= 1

    threads = [threading.Thread(target=hold) for _ in range(4)]
    for thread in threads:
        thread.start()
    with turns.take("another report"):
        assert len(turns) >= 1
    for thread in threads:
        thread.join()
    assert seen == [1, 1, 1, 1]
    assert len(turns) == 0


def test_a_turn_that_ends_in_an_error_is_forgotten_too() -> None:
    turns = KeyedLock()
    with pytest.raises(KeyError, match="broken"), turns.take("report"):
        raise KeyError("broken")
    assert len(turns) == 0


def test_the_checkpoint_goes_once_the_model_is_stored(
    library: Library, fits: list[Recipe], tmp_path: Path
) -> None:
    library.obtain_model(DATASET, Recipe())
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_a_stopped_fit_is_a_model_of_its_own_and_leaves_its_checkpoint(
    library: Library, fits: list[Recipe], tmp_path: Path
) -> None:
    stopped, _ = library.obtain_model(DATASET, Recipe(epochs=13))
    assert library.store.has(stopped.info.id)
    assert stopped.info.id != compute_model_id(DATASET.fingerprint, Recipe(epochs=13))
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1
    _, is_known = library.obtain_model(DATASET, Recipe(epochs=13))
    assert not is_known


def test_a_deleted_model_is_fitted_again(library: Library, fits: list[Recipe]) -> None:
    model, _ = library.obtain_model(DATASET, Recipe())
    library.delete_model(model.info.id)
    _, is_known = library.obtain_model(DATASET, Recipe())
    assert (is_known, len(fits)) == (False, 2)


def test_a_model_that_another_process_has_deleted_is_fitted_and_stored_again(
    library: Library, fits: list[Recipe], tmp_path: Path
) -> None:
    model, _ = library.obtain_model(DATASET, Recipe())
    ModelStore(tmp_path / "models", Signer(tmp_path / "secrets")).delete(model.info.id)
    _, is_known = library.obtain_model(DATASET, Recipe())
    assert (is_known, len(fits), library.store.has(model.info.id)) == (False, 2, True)


def test_a_model_that_another_process_has_deleted_cannot_be_loaded_from_memory(
    library: Library, fits: list[Recipe], tmp_path: Path
) -> None:
    model, _ = library.obtain_model(DATASET, Recipe())
    ModelStore(tmp_path / "models", Signer(tmp_path / "secrets")).delete(model.info.id)
    with pytest.raises(NotFoundError, match=f'There is no model "{model.info.id}"'):
        library.load_model(model.info.id, DATASET)


def test_there_is_a_second_place_only_with_a_url(tmp_path: Path) -> None:
    assert Stores(Settings(home=tmp_path)).mirror is None
    url = f"file://{tmp_path}/store"
    assert isinstance(Stores(Settings(home=tmp_path, store=StoreOptions(url=url))).mirror, Mirror)


def test_a_model_whose_process_was_killed_before_it_was_copied_is_copied_when_it_is_found(
    library: Library, fits: list[Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _ = library.obtain_model(DATASET, Recipe())
    url = f"file://{tmp_path}/store"
    again = Library(library.store, tmp_path / "checkpoints", Mirror(url, tmp_path))
    monkeypatch.setattr(ModelStore, "load", lambda *_: model)
    _, is_known = again.obtain_model(DATASET, Recipe())
    assert (is_known, len(fits)) == (True, 1)
    elsewhere = tmp_path / "elsewhere"
    assert Mirror(url, elsewhere).pull(f"models/{model.info.id}")
    assert (elsewhere / "models" / model.info.id / "model.json").is_file()


def test_a_store_that_is_away_while_a_checkpoint_is_copied_costs_no_training(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[str] = []
    is_away = [True]

    class Moody(Mirror):
        def push(self, path: str, stamp: str = "") -> None:
            tried.append(path)
            if path.startswith("checkpoints/") and is_away[0]:
                raise StoreError("The store is away.", "wait.")
            super().push(path, stamp)

    def fit(dataset: Any, recipe: Recipe, on_progress: Any, checkpoint: Path) -> Any:
        for epoch in (1, 2):
            checkpoint.write_bytes(b"x" * epoch)
            os.utime(checkpoint, ns=(epoch, epoch))
            on_progress(Progress(Stage.TRAIN, epoch, 2, 0.1))
            is_away[0] = False
        return _model(id=compute_model_id(dataset.fingerprint, recipe))

    monkeypatch.setattr(library_module, "fit_model", fit)
    moody = Library(library.store, tmp_path / "checkpoints", Moody(f"file://{tmp_path}/store", tmp_path))
    model, _ = moody.obtain_model(DATASET, Recipe())
    checkpoint = f"checkpoints/{model.info.id}.npz"
    assert tried == [checkpoint, checkpoint, f"models/{model.info.id}"]
    assert f"could not be brought up to date with {checkpoint}" in caplog.text


def test_old_drafts_of_killed_processes_are_removed_and_young_ones_left(
    library: Library, fits: list[Recipe], tmp_path: Path
) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    for name, age_s in (("old.npz.1.part", 7_200), ("young.npz.2.part", 60)):
        (folder / name).write_bytes(b"half")
        written = time.time() - age_s
        os.utime(folder / name, (written, written))
    library.obtain_model(DATASET, Recipe())
    assert [path.name for path in folder.iterdir()] == ["young.npz.2.part"]


def test_a_damaged_model_does_not_block_its_recipe(library: Library, fits: list[Recipe]) -> None:
    model, _ = library.obtain_model(DATASET, Recipe())
    (library.store._parts.folder / model.info.id / "arrays.npz").write_bytes(b"damaged")
    again, was_known = library.obtain_model(DATASET, Recipe())
    assert (was_known, len(fits), again.info.id) == (False, 2, model.info.id)
    assert library.store.is_intact(model.info.id)
