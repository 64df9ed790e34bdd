"""Fitted models on disk, with a synthesizer that needs no training."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.errors import NotFoundError, StoreError
from pipeline.evaluation.figure import Figure
from pipeline.evaluation.stages import PLAIN, StageScore
from pipeline.models import model as model_module
from pipeline.models.choice import Choice, Trial
from pipeline.models.model import FittedModel, ModelInfo
from pipeline.models.store import ModelStore
from pipeline.progress import Progress, Stage
from pipeline.store.signing import Signer
from pipeline.synthesizers.protocol import SynthesizerState
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import ColumnPlan, Treatment

SPEC = DatasetSpec(
    name="tiny",
    title="Tiny",
    description="",
    table="tiny",
    as_of=date(2026, 1, 1),
    columns=(ColumnSpec("size", Role.MODELLED, "numerical"),),
)
INFO = ModelInfo(
    id="0123456789ab",
    dataset="tiny",
    dataset_fingerprint="f" * 64,
    recipe=Recipe(epochs=3),
    versions={"numpy": "2"},
    created_at="2026-01-01T00:00:00+00:00",
    training_rows=10,
    initial_rows=0,
    epochs_trained=3,
    kept_epoch=2,
    seconds=0.5,
    was_stopped=False,
    history=(Progress(Stage.TRAIN, 1, 3, 0.1, {"generator": 0.5}, 0.8),),
    treatments=(ColumnPlan("size", Treatment.NUMBER, 9, 11, "9 distinct values"),),
    stages=(StageScore(PLAIN, 0.81, 0.6, 100, figure=Figure(0.83, 0.7, 0.9, 0.01)),),
    choice=Choice("ctgan", "the best", (Trial("ctgan", 0.81, 0.6, 0.5, figure=Figure(0.82, 0.7, 0.9)),)),
    figure=Figure(0.83, 0.7, 0.9, 0.01),
)


class _Constant:
    """A synthesizer that repeats one number."""

    name = "constant"

    def __init__(self, value: float) -> None:
        self.value = value

    @property
    def state(self) -> SynthesizerState:
        return SynthesizerState({"unit": "cm"}, {"value": np.array([self.value])})

    def sample(self, rows: int, seed: int, shares: Any = None) -> pd.DataFrame:
        return pd.DataFrame({"size": np.full(rows, self.value)})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    monkeypatch.setattr(
        model_module, "load_synthesizer", lambda name, state: _Constant(float(state.arrays["value"][0]))
    )
    return ModelStore(tmp_path / "models", Signer(tmp_path / "secrets"))


def _model(value: float = 1.5, **changes: Any) -> FittedModel:
    return FittedModel(replace(INFO, **changes), SPEC, _Constant(value))  # type: ignore[arg-type]


def test_a_stored_model_comes_back_whole(store: ModelStore) -> None:
    store.save(_model())
    loaded = store.load(INFO.id, SPEC)
    assert loaded.info == INFO
    assert loaded.synthesizer.sample(2, 0)["size"].tolist() == [1.5, 1.5]
    assert [one.info.id for one in store.list_models()] == [INFO.id]
    assert store.list_models()[0].size_bytes > 100


def test_a_model_stored_without_treatments_is_read(store: ModelStore, tmp_path: Path) -> None:
    store.save(_model())
    file = tmp_path / "models" / INFO.id / "model.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    del values["treatments"]
    file.write_text(json.dumps(values), encoding="utf-8")
    assert store.get_info(INFO.id) == replace(INFO, treatments=())


def test_a_model_that_kept_its_figure_as_four_numbers_is_read(store: ModelStore, tmp_path: Path) -> None:
    store.save(_model())
    file = tmp_path / "models" / INFO.id / "model.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    for one in (values, values["stages"][0], values["choice"]["trials"][0]):
        figure = one.pop("figure")
        one["score_at_equal_rows"] = figure.pop("score")
        one.update(figure)
    values["choice"]["trials"][0].pop("chance")
    file.write_text(json.dumps(values), encoding="utf-8")
    assert store.get_info(INFO.id) == INFO


@pytest.mark.parametrize(
    ("stages", "quality"),
    [((), 0.8), (({"stage": "refined", "quality": 0.96, "auc": 0.5, "rows": 500},), 0.96)],
)
def test_a_model_that_was_compared_with_nothing_has_the_quality_of_its_rows(
    store: ModelStore, tmp_path: Path, stages: tuple[dict[str, Any], ...], quality: float
) -> None:
    store.save(_model(kept_epoch=1))
    file = tmp_path / "models" / INFO.id / "model.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    del values["figure"], values["choice"]["trials"][0]["figure"]
    file.write_text(json.dumps({**values, "stages": list(stages)}), encoding="utf-8")
    read = store.get_info(INFO.id)
    assert read.figure == Figure(quality)
    assert read.choice is not None
    assert read.choice.trials == (Trial("ctgan", 0.81, 0.6, 0.5),)


def test_a_copula_stored_when_epochs_were_part_of_its_recipe_is_listed_and_loaded(
    store: ModelStore, tmp_path: Path
) -> None:
    store.save(_model(recipe=Recipe("gaussian_copula")))
    folder = tmp_path / "models" / INFO.id
    values = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    values["recipe"]["epochs"] = 10
    (folder / "model.json").write_text(json.dumps(values), encoding="utf-8")
    (folder / "signature").write_text(store._parts.sign(folder), encoding="utf-8")
    assert [one.info.id for one in store.list_models()] == [INFO.id]
    assert store.load(INFO.id, SPEC).info == replace(INFO, recipe=Recipe("gaussian_copula"))


def test_the_first_of_two_equal_models_stays(store: ModelStore) -> None:
    store.save(_model(1.5))
    store.save(_model(9.9))
    assert store.load(INFO.id, SPEC).synthesizer.sample(1, 0)["size"].tolist() == [1.5]


def test_models_are_listed_newest_first(store: ModelStore) -> None:
    store.save(_model(id="aaaaaaaaaaaa"))
    store.save(_model(id="bbbbbbbbbbbb", created_at="2026-02-01T00:00:00+00:00"))
    assert [one.info.id for one in store.list_models()] == ["bbbbbbbbbbbb", "aaaaaaaaaaaa"]


@pytest.mark.parametrize("name", ["arrays.npz", "synthesizer.json", "model.json"])
def test_a_changed_model_is_not_loaded(store: ModelStore, tmp_path: Path, name: str) -> None:
    store.save(_model())
    file = tmp_path / "models" / INFO.id / name
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(StoreError, match="was changed, or written by another installation"):
        store.load(INFO.id, SPEC)


def test_the_weights_of_one_model_do_not_pass_for_another(store: ModelStore, tmp_path: Path) -> None:
    store.save(_model(1.0, id="aaaaaaaaaaaa"))
    store.save(_model(2.0, id="bbbbbbbbbbbb"))
    for file in (tmp_path / "models" / "aaaaaaaaaaaa").iterdir():
        (tmp_path / "models" / "bbbbbbbbbbbb" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(StoreError, match='"bbbbbbbbbbbb" was changed'):
        store.load("bbbbbbbbbbbb", SPEC)


def test_a_damaged_model_hides_no_other_and_can_be_deleted(store: ModelStore, tmp_path: Path) -> None:
    store.save(_model(id="aaaaaaaaaaaa"))
    store.save(_model(id="bbbbbbbbbbbb"))
    (tmp_path / "models" / "aaaaaaaaaaaa" / "model.json").write_text("{", encoding="utf-8")
    assert [one.info.id for one in store.list_models()] == ["bbbbbbbbbbbb"]
    assert store.list_damaged() == ("aaaaaaaaaaaa",)
    with pytest.raises(StoreError, match="is damaged"):
        store.get_info("aaaaaaaaaaaa")
    store.delete("aaaaaaaaaaaa")
    assert store.list_damaged() == ()


@pytest.mark.parametrize("model_id", ["missing", "../tiny", "", "."])
def test_an_unknown_model_is_not_found(store: ModelStore, model_id: str) -> None:
    with pytest.raises(NotFoundError, match="There is no model"):
        store.get_info(model_id)
    with pytest.raises(NotFoundError, match="There is no model"):
        store.delete(model_id)


def test_a_failed_save_leaves_nothing(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(StoreError, match="No space left on device"):
        store.save(_model())
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("part", ["model.json", "synthesizer.json", "arrays.npz", "signature"])
def test_a_damaged_model_is_listed_as_such_and_not_among_the_others(store: ModelStore, part: str) -> None:
    store.save(_model())
    store.save(_model(id="ba9876543210"))
    assert [one.info.id for one in store.list_models()] == ["ba9876543210", "0123456789ab"]
    file = store._parts.folder / "0123456789ab" / part
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert [one.info.id for one in store.list_models()] == ["ba9876543210"]
    assert store.list_damaged() == ("0123456789ab",)


def test_a_damaged_model_is_replaced_and_an_intact_one_kept(store: ModelStore) -> None:
    store.save(_model(1.5))
    store.save(_model(2.5))
    assert store.load(INFO.id, SPEC).synthesizer.state.arrays["value"][0] == 1.5
    (store._parts.folder / INFO.id / "arrays.npz").write_bytes(b"damaged")
    store.save(_model(2.5))
    assert store.load(INFO.id, SPEC).synthesizer.state.arrays["value"][0] == 2.5


def test_lists_read_an_unchanged_model_once(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(_model())
    read: list[Path] = []
    original = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        read.append(path)
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    counts = []
    for _ in range(3):
        store.list_models()
        counts.append(sum(path.name == "arrays.npz" for path in read))
    assert counts == [1, 1, 1]
