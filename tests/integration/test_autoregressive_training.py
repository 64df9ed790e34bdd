"""Real trainings of the autoregressive synthesizer on small tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError, RecipeError, SamplingError, TrainingError
from pipeline.progress import Progress, Signal
from pipeline.synthesizers import SYNTHESIZERS, create_synthesizer, load_synthesizer
from pipeline.synthesizers.autoregressive.synthesizer import Autoregressive
from pipeline.synthesizers.protocol import FitReport, SynthesizerState
from pipeline.synthesizers.recipe import Recipe
from pipeline.synthesizers.width import Treatment

COLUMNS = (
    ModelledColumn("salary", ModelledType.NUMERICAL),
    ModelledColumn("gender", ModelledType.CATEGORICAL),
    ModelledColumn("city", ModelledType.CATEGORICAL),
    ModelledColumn("joined", ModelledType.DATETIME),
    ModelledColumn("active", ModelledType.BOOLEAN),
    ModelledColumn("children", ModelledType.NUMERICAL),
)


def _recipe(**settings: object) -> Recipe:
    defaults = {"synthesizer": "autoregressive", "threads": 1, "use_hma": False, "epochs": 30}
    return Recipe(**{**defaults, **settings})  # type: ignore[arg-type]


def _table(rows: int = 1_500) -> pd.DataFrame:
    """Salary follows gender, its gaps follow activity, and one city has a single row."""
    rng = np.random.default_rng(7)
    gender = rng.choice(["Female", "Male"], rows, p=[0.3, 0.7])
    active = rng.random(rows) < 0.8
    salary = np.where(gender == "Female", rng.normal(4_000, 300, rows), rng.normal(2_500, 500, rows)).round(2)
    city = rng.choice([f"city {number:03d}" for number in range(30)], rows).astype(object)
    city[0] = "the only one"
    return pd.DataFrame(
        {
            "salary": np.where(active | (rng.random(rows) < 0.1), salary, np.nan),
            "gender": gender,
            "city": city,
            "joined": pd.Timestamp("2018-03-01") + pd.to_timedelta(rng.integers(0, 1_500, rows), "D"),
            "active": active,
            "children": pd.array(rng.poisson(1.5, rows), dtype="Int64"),
        }
    )


def _fit(recipe: Recipe | None = None, **options: object) -> tuple[Autoregressive, FitReport]:
    synthesizer = Autoregressive(COLUMNS, recipe or _recipe())
    return synthesizer, synthesizer.fit(_table(), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fitted() -> tuple[Autoregressive, FitReport]:
    return _fit()


def test_samples_have_the_columns_dtypes_and_gaps_of_the_table(
    fitted: tuple[Autoregressive, FitReport],
) -> None:
    real, synthetic = _table(), fitted[0].sample(1_500, seed=1)
    assert synthetic.dtypes.equals(real.dtypes)
    assert synthetic.columns.tolist() == real.columns.tolist()
    assert synthetic["salary"].isna().mean() == pytest.approx(real["salary"].isna().mean(), abs=0.04)
    pd.testing.assert_series_equal(synthetic["salary"].round(2), synthetic["salary"], rtol=0, atol=0)
    assert abs(synthetic["joined"].min() - real["joined"].min()) < pd.Timedelta(days=5)


def test_samples_keep_dependence_between_columns(fitted: tuple[Autoregressive, FitReport]) -> None:
    real, synthetic = _table(), fitted[0].sample(6_000, seed=1)
    means = synthetic.groupby("gender")["salary"].mean()
    assert means.to_numpy() == pytest.approx(real.groupby("gender")["salary"].mean().to_numpy(), rel=0.04)
    missing = synthetic["salary"].isna().groupby(synthetic["active"]).mean()
    assert missing[False] > 0.75
    assert missing[True] < 0.05


def test_a_category_of_one_row_is_never_sampled(fitted: tuple[Autoregressive, FitReport]) -> None:
    synthesizer, _ = fitted
    assert "the only one" not in set(synthesizer.sample(20_000, seed=2)["city"])
    assert "the only one" not in json.dumps(synthesizer.state.values)
    assert next(plan for plan in synthesizer.plans if plan.column == "city").treatment is Treatment.FOLDED


def test_shares_are_exact_and_keep_the_rest_conditional(fitted: tuple[Autoregressive, FitReport]) -> None:
    shares = {"gender": {"Female": 0.5}, "city": {"city 007": 0.2}, "active": {"True": 1.0}}
    synthetic = fitted[0].sample(2_000, seed=3, shares=shares)
    assert (synthetic["gender"] == "Female").sum() == 1_000
    assert (synthetic["city"] == "city 007").sum() == 400
    assert synthetic["active"].all()
    assert synthetic.groupby("gender")["salary"].mean()["Female"] == pytest.approx(4_000, rel=0.04)


def test_the_likelihood_ends_the_training_and_picks_the_epoch() -> None:
    reports: list[Progress] = []
    _, report = _fit(_recipe(epochs=70), on_progress=reports.append)
    losses = [progress.losses["validation"] for progress in report.history]
    assert not report.was_stopped
    assert report.epochs_trained < 70
    assert report.kept_epoch == int(np.argmin(losses)) + 1
    assert tuple(reports) == report.history
    assert losses[report.kept_epoch - 1] < losses[0]


def test_equal_recipes_give_equal_weights_and_another_seed_does_not(
    fitted: tuple[Autoregressive, FitReport],
) -> None:
    again, _ = _fit()
    other, _ = _fit(_recipe(seed=1))
    arrays = fitted[0].state.arrays
    assert all(np.array_equal(arrays[name], array) for name, array in again.state.arrays.items())
    assert not np.array_equal(arrays["network.first"], other.state.arrays["network.first"])


@pytest.mark.parametrize("killed_after", [3, 7])
def test_a_killed_training_ends_where_an_uninterrupted_one_does(
    fitted: tuple[Autoregressive, FitReport], tmp_path: Path, killed_after: int
) -> None:
    class _Killed(Exception):
        pass

    def kill(progress: Progress) -> None:
        if progress.epoch > killed_after:
            raise _Killed(f"in epoch {progress.epoch}")

    checkpoint = tmp_path / "training.npz"
    with pytest.raises(_Killed, match=f"in epoch {killed_after + 1}$"):
        _fit(on_progress=kill, checkpoint=checkpoint)
    assert checkpoint.is_file()
    resumed, report = _fit(checkpoint=checkpoint)
    assert report.epochs_trained == fitted[1].epochs_trained
    assert report.kept_epoch == fitted[1].kept_epoch
    for name, array in fitted[0].state.arrays.items():
        assert np.array_equal(resumed.state.arrays[name], array), name


def test_a_checkpoint_of_another_recipe_is_set_aside(tmp_path: Path) -> None:
    checkpoint = tmp_path / "training.npz"
    _fit(_recipe(epochs=3), checkpoint=checkpoint)
    _, report = _fit(_recipe(epochs=3, seed=1), checkpoint=checkpoint)
    assert report.epochs_trained == 3
    assert (tmp_path / "training.npz.unusable").is_file()


def test_stop_ends_the_training_with_a_model() -> None:
    synthesizer, report = _fit(on_progress=lambda progress: Signal.STOP)
    assert report.epochs_trained == 1
    assert report.was_stopped
    assert len(synthesizer.sample(10, seed=0)) == 10


def test_a_stopped_training_goes_on_where_it_was_stopped(
    fitted: tuple[Autoregressive, FitReport], tmp_path: Path
) -> None:
    checkpoint = tmp_path / "training.npz"
    _, stopped = _fit(on_progress=lambda progress: Signal.STOP, checkpoint=checkpoint)
    resumed, report = _fit(checkpoint=checkpoint)
    assert (stopped.epochs_trained, report.epochs_trained) == (1, fitted[1].epochs_trained)
    for name, array in fitted[0].state.arrays.items():
        assert np.array_equal(resumed.state.arrays[name], array), name


def test_a_time_budget_ends_the_training_after_an_epoch() -> None:
    _, report = _fit(_recipe(time_budget_s=1e-9))
    assert report.epochs_trained == 1


def test_a_scorer_measures_at_intervals_and_the_kept_epoch() -> None:
    sizes: list[int] = []

    def score(synthetic: pd.DataFrame) -> float:
        sizes.append(len(synthetic))
        return 0.5

    _, report = _fit(_recipe(epochs=20), scorer=score)
    assert set(sizes) == {1_000}
    assert report.history[1].quality == 0.5
    assert report.history[report.kept_epoch - 1].quality == 0.5
    assert report.history[0].quality is None


def test_a_model_survives_json_and_arrays(fitted: tuple[Autoregressive, FitReport], tmp_path: Path) -> None:
    state = fitted[0].state
    np.savez(tmp_path / "model.npz", allow_pickle=False, **state.arrays)
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    loaded = load_synthesizer(
        "autoregressive", SynthesizerState(json.loads(json.dumps(state.values)), arrays)
    )
    pd.testing.assert_frame_equal(loaded.sample(500, seed=4), fitted[0].sample(500, seed=4))


def test_the_registry_knows_the_synthesizer() -> None:
    assert "autoregressive" in SYNTHESIZERS
    assert isinstance(create_synthesizer("autoregressive", COLUMNS, _recipe()), Autoregressive)


def test_unique_text_is_refused_before_training() -> None:
    table = pd.DataFrame({"note": [f"note {number}" for number in range(200)]})
    synthesizer = Autoregressive((ModelledColumn("note", ModelledType.CATEGORICAL),), _recipe())
    with pytest.raises(TrainingError, match='Column "note" cannot be modelled'):
        synthesizer.fit(table)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(TrainingError, match="19 rows, too few"):
        Autoregressive(COLUMNS, _recipe()).fit(_table().head(19))


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(DataError, match='no column "city"'):
        Autoregressive(COLUMNS, _recipe()).fit(_table().drop(columns="city"))


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(RecipeError, match=r'device is "abacus".*choose one of cpu, cuda, auto'):
        _fit(_recipe(device="abacus"))


@pytest.mark.parametrize("setting", ["epochs", "batch_size", "threads"])
def test_a_recipe_that_cannot_be_trained_is_refused(setting: str) -> None:
    with pytest.raises(TrainingError, match=f"recipe's {setting} is 0"):
        Autoregressive(COLUMNS, _recipe(**{setting: 0}))


def test_an_unfitted_synthesizer_gives_no_rows() -> None:
    with pytest.raises(SamplingError, match="has not been fitted"):
        Autoregressive(COLUMNS, _recipe()).sample(10, seed=0)


def test_shares_of_numbers_hold_beside_those_of_categories(fitted: tuple[Autoregressive, FitReport]) -> None:
    shares = {"gender": {"Female": 0.6}, "children": {"0..1": 0.25, "4": 0.1}}
    synthetic = fitted[0].sample(1_000, seed=3, shares=shares)
    assert (synthetic["gender"] == "Female").sum() == 600
    assert synthetic["children"].between(0, 1).sum() == 250
    assert (synthetic["children"] == 4).sum() == 100
    means = synthetic.groupby("gender")["salary"].mean()
    assert means["Female"] == pytest.approx(4_000, rel=0.05)
    assert means["Male"] == pytest.approx(2_500, rel=0.06)


def test_a_number_held_fixed_is_the_same_in_every_row(fitted: tuple[Autoregressive, FitReport]) -> None:
    assert set(fitted[0].sample(300, seed=0, shares={"children": {2: 1.0}})["children"]) == {2}


def test_columns_that_never_vary_and_tables_of_one_column_are_learned() -> None:
    table = pd.DataFrame({"constant": ["same"] * 40})
    synthesizer = Autoregressive((ModelledColumn("constant", ModelledType.CATEGORICAL),), _recipe(epochs=2))
    synthesizer.fit(table)
    pd.testing.assert_frame_equal(synthesizer.sample(40, seed=0), table)
