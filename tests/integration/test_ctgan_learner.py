"""Training of CTGAN without SDV: determinism, resume, stopping, what is kept, and checkpoints on disk."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import TrainingError
from pipeline.progress import Signal
from pipeline.synthesizers.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pipeline.synthesizers.ctgan.learning import Learner
from pipeline.synthesizers.encoding import TableEncoding
from pipeline.synthesizers.recipe import Recipe, resolve_device

COLUMNS = (
    ModelledColumn("group", ModelledType.CATEGORICAL),
    ModelledColumn("flag", ModelledType.BOOLEAN),
    ModelledColumn("amount", ModelledType.NUMERICAL),
)
RECIPE = Recipe(epochs=10, batch_size=20, seed=3, threads=1)


class Killed(Exception):
    """In place of a signal that ends the process."""


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _table(rows=60):
    rng = np.random.default_rng(7)
    amount = np.where(rng.random(rows) < 0.1, np.nan, np.round(rng.normal(10, 3, rows), 1))
    return pd.DataFrame(
        {"group": rng.choice(list("abc"), rows), "flag": rng.random(rows) < 0.4, "amount": amount}
    )


def _learn(recipe=RECIPE, table=None, columns=COLUMNS, **options):
    table = _table() if table is None else table
    encoding = TableEncoding.learn(table, columns)
    clean = encoding.clean(table, np.random.default_rng(0))
    return Learner(encoding, recipe, **options).learn(clean)


def _assert_equal_weights(first, second):
    assert first.arrays.keys() == second.arrays.keys()
    for name, array in first.arrays.items():
        assert np.array_equal(array, second.arrays[name]), name


def _differs(first, second):
    return any(not np.array_equal(array, second.arrays[name]) for name, array in first.arrays.items())


def test_equal_recipes_give_equal_weights():
    (_, first), (_, second) = _learn(), _learn()
    _assert_equal_weights(first, second)


def test_another_seed_gives_other_weights():
    (_, first), (_, second) = _learn(), _learn(replace(RECIPE, seed=4))
    assert _differs(first, second)


def test_global_seeds_are_neither_read_nor_set():
    np.random.seed(1)
    torch.manual_seed(1)
    expected = np.random.random(), float(torch.rand(1))
    np.random.seed(1)
    torch.manual_seed(1)
    _learn()
    assert (np.random.random(), float(torch.rand(1))) == expected


def test_every_epoch_is_reported_with_its_losses():
    reports = []
    report, _ = _learn(on_progress=reports.append)
    assert [progress.epoch for progress in reports] == list(range(1, 11))
    assert all(set(progress.losses) == {"generator", "discriminator"} for progress in reports)
    assert all(np.isfinite(list(progress.losses.values())).all() for progress in reports)
    assert (report.epochs_trained, report.kept_epoch, report.was_stopped) == (10, 10, False)
    assert report.history == tuple(reports)


@pytest.mark.parametrize("death", [1, 4, 7, 10])
def test_killed_run_resumes_to_the_weights_of_an_uninterrupted_one(tmp_path, death):
    def die(progress):
        if progress.epoch == death:
            raise Killed(f"after epoch {progress.epoch}")

    _, expected = _learn()
    with pytest.raises(Killed, match=f"after epoch {death}$"):
        _learn(on_progress=die, checkpoint=tmp_path / "run")
    epochs = []
    report, resumed = _learn(
        on_progress=lambda progress: epochs.append(progress.epoch), checkpoint=tmp_path / "run"
    )
    _assert_equal_weights(expected, resumed)
    assert epochs[0] == death
    assert report.epochs_trained == 10
    assert [progress.epoch for progress in report.history] == list(range(1, 11))


def test_resumed_run_remembers_its_best_state(tmp_path):
    qualities = iter([0.9, 0.1, 0.1])

    def score(_):
        return next(qualities)

    def die(progress):
        if progress.epoch == 2:
            raise Killed(f"after epoch {progress.epoch}")

    with pytest.raises(Killed, match="after epoch 2"):
        _learn(replace(RECIPE, epochs=3), scorer=score, on_progress=die, checkpoint=tmp_path / "run")
    qualities = iter([0.1, 0.1])
    report, _ = _learn(replace(RECIPE, epochs=3), scorer=score, checkpoint=tmp_path / "run")
    assert report.kept_epoch == 1
    assert [progress.quality for progress in report.history] == [0.9, 0.1, 0.1]


def _spoil_nothing(_checkpoint):
    pass


def _truncate(checkpoint):
    checkpoint.write_bytes(checkpoint.read_bytes()[:900])


@pytest.mark.parametrize(
    ("spoil", "seed", "reason"),
    [
        (_truncate, RECIPE.seed, "cannot be read"),
        (_spoil_nothing, 9, "belongs to other data or another recipe"),
    ],
)
def test_a_checkpoint_that_cannot_be_used_is_set_aside_and_training_starts_again(
    tmp_path, caplog, spoil, seed, reason
):
    _learn(on_progress=lambda progress: Signal.STOP, checkpoint=tmp_path / "run")
    spoil(tmp_path / "run")
    spoiled, epochs = (tmp_path / "run").read_bytes(), []
    _learn(
        replace(RECIPE, seed=seed),
        on_progress=lambda progress: epochs.append(progress.epoch),
        checkpoint=tmp_path / "run",
    )
    assert epochs == list(range(1, 11))
    assert (tmp_path / "run.unusable").read_bytes() == spoiled
    assert f"{tmp_path / 'run'} {reason}" in caplog.text


def test_a_checkpoint_that_can_neither_be_used_nor_set_aside_is_refused(tmp_path):
    (tmp_path / "run").write_bytes(b"not a checkpoint")
    (tmp_path / "run.unusable").mkdir()
    with pytest.raises(TrainingError, match="cannot be read, and cannot be set aside"):
        _learn(checkpoint=tmp_path / "run")


def test_checkpoint_in_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="cannot be written"):
        _learn(checkpoint=tmp_path / "missing" / "run")


def test_checkpoint_round_trip_leaves_no_other_file(tmp_path):
    saved = Checkpoint("print", {"epoch": 2}, {"weights": np.arange(3.0)})
    save_checkpoint(tmp_path / "run", saved)
    found = load_checkpoint(tmp_path / "run", "print")
    assert found.values == {"epoch": 2}
    assert found.arrays["weights"].tolist() == [0.0, 1.0, 2.0]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert load_checkpoint(tmp_path / "other", "print") is None


def test_stop_ends_after_the_epoch_and_leaves_a_model():
    def stop(progress):
        return Signal.STOP if progress.epoch == 3 else Signal.CONTINUE

    report, model = _learn(on_progress=stop)
    assert (report.epochs_trained, report.kept_epoch, report.was_stopped) == (3, 3, True)
    assert len(model.sample(5, 0)) == 5


def test_stopped_run_resumes_after_its_last_epoch(tmp_path):
    recipe, epochs = replace(RECIPE, epochs=40), []
    _, expected = _learn(recipe)

    def stop(progress):
        return Signal.STOP if progress.epoch == 3 else Signal.CONTINUE

    _learn(recipe, on_progress=stop, checkpoint=tmp_path / "run")
    _, resumed = _learn(
        recipe, on_progress=lambda progress: epochs.append(progress.epoch), checkpoint=tmp_path / "run"
    )
    assert epochs[0] == 4
    _assert_equal_weights(expected, resumed)


def test_stop_in_the_last_epoch_is_no_stop():
    report, _ = _learn(on_progress=lambda progress: Signal.STOP if progress.epoch == 10 else None)
    assert (report.epochs_trained, report.was_stopped) == (10, False)


def test_best_state_is_kept_where_quality_is_measured():
    qualities = iter([0.2, 0.8, 0.5, 0.4])
    recipe = replace(RECIPE, epochs=4)
    report, best = _learn(recipe, scorer=lambda _: next(qualities))
    _, two_epochs = _learn(replace(RECIPE, epochs=2))
    assert (report.kept_epoch, report.epochs_trained) == (2, 4)
    _assert_equal_weights(best, two_epochs)


def test_last_state_is_kept_where_the_recipe_says_so():
    qualities = iter([0.8, 0.5])
    report, _ = _learn(replace(RECIPE, epochs=2, keep="last"), scorer=lambda _: next(qualities))
    assert report.kept_epoch == 2


def test_patience_ends_a_training_that_stalls():
    qualities = iter([0.5, 0.6, 0.6, 0.4, 0.7])
    report, _ = _learn(replace(RECIPE, patience=2), scorer=lambda _: next(qualities))
    assert (report.epochs_trained, report.kept_epoch, report.was_stopped) == (4, 2, False)


def test_patience_without_a_scorer_is_refused():
    with pytest.raises(TrainingError, match="needs a holdout"):
        _learn(replace(RECIPE, patience=2))


def test_time_budget_ends_the_training_after_an_epoch():
    report, _ = _learn(replace(RECIPE, epochs=1_000, time_budget_s=0.0))
    assert (report.epochs_trained, report.was_stopped) == (1, False)


def test_scorer_changes_no_weights_of_the_last_state():
    (_, plain), (_, scored) = _learn(), _learn(replace(RECIPE, keep="last"), scorer=lambda _: 0.5)
    _assert_equal_weights(plain, scored)


def test_scorer_sees_rows_of_the_modelled_columns():
    seen = []
    _learn(replace(RECIPE, epochs=1), scorer=lambda frame: seen.append(frame) or 0.5)
    assert list(seen[0].columns) == ["group", "flag", "amount"]
    assert len(seen[0]) == 60


@pytest.mark.parametrize("kept", [("amount",), ("group",), ("flag", "amount")])
def test_tables_of_one_kind_and_below_a_batch_are_learned(kept):
    table = _table(7)
    columns = tuple(column for column in COLUMNS if column.name in kept)
    report, model = _learn(Recipe(epochs=2, batch_size=500, threads=1), table, columns)
    sample = model.sample(40, 1)
    assert report.epochs_trained == 2
    assert sample.dtypes.equals(table[list(kept)].dtypes)


def test_model_survives_json_and_arrays():
    _, model = _learn()
    values = json.loads(json.dumps(model.values))
    again = type(model).from_parts(values, {name: array.copy() for name, array in model.arrays.items()})
    pd.testing.assert_frame_equal(again.sample(50, 2), model.sample(50, 2))


@pytest.mark.parametrize("rows", [1, 200])
def test_columns_without_a_value_come_back_without_one(rows):
    empty = {
        "bonus": (ModelledType.NUMERICAL, "float64"),
        "left": (ModelledType.DATETIME, "datetime64[ns]"),
        "note": (ModelledType.CATEGORICAL, "object"),
    }
    table = _table().assign(**{name: pd.Series(None, range(60), dtype) for name, (_, dtype) in empty.items()})
    columns = (*(ModelledColumn(name, kind) for name, (kind, _) in empty.items()), *COLUMNS)
    _, model = _learn(replace(RECIPE, epochs=2), table, columns)
    sample = model.sample(rows, 1)
    assert sample[list(empty)].isna().all(axis=None)
    assert sample[list(empty)].dtypes.astype(str).tolist() == [dtype for _, dtype in empty.values()]


def test_unknown_device_is_refused():
    with pytest.raises(TrainingError, match='device "tpu" is not available'):
        resolve_device("tpu")
