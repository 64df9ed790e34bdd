"""SDV's other synthesizers behind our protocol: a real, small fit of each."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import JobCancelled, RecipeError, SamplingError, TrainingError
from pipeline.progress import Progress, Signal
from pipeline.synthesizers import create_synthesizer, load_synthesizer, sdv_synthesizers
from pipeline.synthesizers.protocol import Synthesizer
from pipeline.synthesizers.recipe import Recipe

COLUMNS = (
    ModelledColumn("group", ModelledType.CATEGORICAL),
    ModelledColumn("size", ModelledType.NUMERICAL),
)
NAMES = ("gaussian_copula", "tvae", "copulagan")


def _table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    group = rng.choice(["low", "high"], 200, p=[0.7, 0.3])
    size = np.where(group == "low", 10, 50) + rng.integers(0, 10, 200)
    return pd.DataFrame({"group": group, "size": size})


def _fit(name: str, **changes: object) -> Synthesizer:
    recipe = Recipe(synthesizer=name, epochs=2, batch_size=100, use_hma=False, seed=5)
    synthesizer = create_synthesizer(name, COLUMNS, recipe)
    synthesizer.fit(_table(), **changes)  # type: ignore[arg-type]
    return synthesizer


@pytest.mark.parametrize("name", NAMES)
def test_equal_recipes_and_seeds_give_equal_rows(name: str) -> None:
    first, second = _fit(name), _fit(name)
    sampled = first.sample(50, seed=3)
    pd.testing.assert_frame_equal(sampled, second.sample(50, seed=3))
    assert not sampled.equals(first.sample(50, seed=4))
    assert set(sampled["group"]) <= {"low", "high"}
    assert sampled["size"].between(10, 59).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_restored_synthesizer_samples_the_same(name: str) -> None:
    fitted = _fit(name)
    restored = load_synthesizer(name, fitted.state)
    pd.testing.assert_frame_equal(restored.sample(40, seed=9), fitted.sample(40, seed=9))


@pytest.mark.parametrize("name", NAMES)
def test_shares_are_met_exactly(name: str) -> None:
    sampled = _fit(name).sample(101, seed=2, shares={"group": {"high": 0.9}})
    assert (sampled["group"] == "high").sum() == 91


@pytest.mark.parametrize("name", NAMES)
def test_two_draws_of_one_model_at_once_give_the_rows_of_each_alone(name: str) -> None:
    fitted = _fit(name)
    alone = {seed: fitted.sample(50, seed) for seed in (1, 2)}
    drawn: dict[int, pd.DataFrame] = {}
    other = threading.Thread(target=lambda: drawn.update({2: fitted.sample(50, 2)}))
    draw = fitted._model.sample  # type: ignore[attr-defined]

    def interrupted(**arguments: int) -> object:
        fitted._model.sample = draw  # type: ignore[attr-defined]
        other.start()
        other.join(timeout=0.5)
        return draw(**arguments)

    fitted._model.sample = interrupted  # type: ignore[attr-defined]
    drawn[1] = fitted.sample(50, 1)
    other.join()
    for seed, rows in alone.items():
        pd.testing.assert_frame_equal(drawn[seed], rows)


@pytest.mark.parametrize("name", ["tvae", "copulagan"])
def test_a_fit_beside_draws_of_another_thread_gives_the_model_that_it_gives_alone(name: str) -> None:
    drawn_from, alone = _fit("tvae"), _fit(name).sample(50, seed=3)
    expected, others = drawn_from.sample(400, seed=1), []
    is_over = threading.Event()

    def draw() -> None:
        while not is_over.is_set():
            others.append(drawn_from.sample(400, seed=1))

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        beside = [_fit(name).sample(50, seed=3) for _ in range(3)]
    finally:
        is_over.set()
        thread.join()
    for rows in beside:
        pd.testing.assert_frame_equal(rows, alone)
    for rows in others:
        pd.testing.assert_frame_equal(rows, expected)


def test_a_fit_lets_a_draw_come_first_between_two_epochs() -> None:
    drawn_from, heard = _fit("tvae"), []
    expected = drawn_from.sample(20, seed=1)

    def draw_elsewhere(progress: Progress) -> None:
        if progress.epoch == 1:
            with ThreadPoolExecutor(1) as pool:
                heard.append(pool.submit(drawn_from.sample, 20, 1).result(timeout=300))

    fitted = _fit("tvae", on_progress=draw_elsewhere)
    pd.testing.assert_frame_equal(heard[0], expected)
    pd.testing.assert_frame_equal(fitted.sample(20, seed=1), expected)


def test_a_fit_leaves_numpys_global_state_as_it_was() -> None:
    before = np.random.get_state()[1].tolist()
    _fit("gaussian_copula")
    assert np.random.get_state()[1].tolist() == before


def test_start_end_and_quality_are_reported() -> None:
    heard: list[Progress] = []
    _fit("gaussian_copula", on_progress=heard.append, scorer=lambda sample: len(sample) / 1000)
    assert [(one.epoch, one.epochs, one.quality) for one in heard] == [(0, 1, None), (1, 1, 0.2)]


@pytest.mark.parametrize("name", ["tvae", "copulagan"])
def test_epochs_are_reported_and_stop_ends_between_two_of_them(name: str) -> None:
    heard: list[Progress] = []

    def stop(progress: Progress) -> Signal:
        heard.append(progress)
        return Signal.STOP if progress.epoch == 3 else Signal.CONTINUE

    recipe = Recipe(synthesizer=name, epochs=9, batch_size=100, use_hma=False, seed=5)
    stopped = create_synthesizer(name, COLUMNS, recipe)
    report = stopped.fit(_table(), stop, lambda sample: 0.25)
    assert [one.epoch for one in heard] == [0, 1, 2, 3]
    assert (report.epochs_trained, report.kept_epoch, report.was_stopped) == (3, 3, True)
    assert [(one.epoch, one.quality) for one in report.history] == [(1, None), (2, None), (3, 0.25)]
    whole = create_synthesizer(name, COLUMNS, replace(recipe, epochs=3))
    assert not whole.fit(_table()).was_stopped
    pd.testing.assert_frame_equal(stopped.sample(40, seed=1), whole.sample(40, seed=1))


@pytest.mark.parametrize("name", NAMES)
def test_stop_before_the_first_epoch_is_a_cancelled_run(name: str) -> None:
    with pytest.raises(JobCancelled, match="stopped in the stage train; no model was stored"):
        _fit(name, on_progress=lambda progress: Signal.STOP)


def test_an_exception_of_the_listener_ends_the_fit_and_leaves_the_loop_as_it_was() -> None:
    from ctgan.synthesizers import tvae

    before = tvae.tqdm

    def fail(progress: Progress) -> None:
        if progress.epoch:
            raise JobCancelled("Enough.")

    with pytest.raises(JobCancelled, match="Enough"):
        _fit("tvae", on_progress=fail)
    assert tvae.tqdm is before


def test_a_gpu_is_refused_where_there_is_no_way_to_use_it() -> None:
    with pytest.raises(RecipeError, match="tvae trains on the CPU only"):
        create_synthesizer("tvae", COLUMNS, Recipe(synthesizer="tvae", device="cuda"))


def test_rows_that_had_to_be_set_to_a_share_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, shares = _fit("gaussian_copula"), {"group": {"high": 0.9}}
    assert fitted.draw(10_000, seed=1, shares=shares).forced_rows == 0
    monkeypatch.setattr(sdv_synthesizers, "_MOST_ROUNDS", 1)
    drawn = fitted.draw(10_000, seed=1, shares=shares)
    assert (drawn.table["group"] == "high").sum() == 9_000
    assert 5_000 < drawn.forced_rows < 7_000


def test_what_sdv_cannot_do_is_refused() -> None:
    with pytest.raises(TrainingError, match="tvae does not support early stopping"):
        create_synthesizer("tvae", COLUMNS, Recipe(synthesizer="tvae", patience=3))
    with pytest.raises(SamplingError, match="has not been fitted"):
        create_synthesizer("tvae", COLUMNS, Recipe(synthesizer="tvae")).sample(5, seed=1)
