"""CTGAN and HMA on a small table with real dependence: SDV in front, quality, missing cells, dates."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError, JobCancelled, TrainingError
from pipeline.progress import Signal
from pipeline.synthesizers import create_synthesizer, load_synthesizer
from pipeline.synthesizers.encoding import Field
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.protocol import SynthesizerState
from pipeline.synthesizers.recipe import Recipe

COLUMNS = (
    ModelledColumn("plan", ModelledType.CATEGORICAL),
    ModelledColumn("is_active", ModelledType.BOOLEAN),
    ModelledColumn("balance", ModelledType.NUMERICAL),
    ModelledColumn("visits", ModelledType.NUMERICAL),
    ModelledColumn("joined", ModelledType.DATETIME),
)
RECIPE = Recipe(epochs=200, batch_size=100, threads=1, seed=1)


def _table(rows=1_500):
    rng = np.random.default_rng(11)
    plan = rng.choice(["basic", "plus", "gold", "trial"], rows, p=[0.6, 0.25, 0.1, 0.05])
    mean = pd.Series(plan).map({"basic": 100, "plus": 1_000, "gold": 4_000, "trial": 20}).to_numpy()
    balance = np.round(mean * rng.lognormal(0, 0.2, rows), 2)
    balance[rng.random(rows) < np.where(plan == "trial", 0.8, 0.05)] = np.nan
    days = rng.integers(0, 2_000, rows)
    return pd.DataFrame(
        {
            "plan": plan,
            "is_active": rng.random(rows) < np.where(plan == "gold", 0.95, 0.4),
            "balance": balance,
            "visits": rng.poisson(5, rows),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D"),
        }
    )


def _likeness(real, synthetic):
    """Mean over the columns of 1 − total variation distance; numbers in ten bins, missing cells apart."""
    scores = []
    for name in real:
        first, second = _binned(real[name], real[name]), _binned(synthetic[name], real[name])
        shares = pd.concat([first, second], axis=1).fillna(0.0)
        scores.append(1 - 0.5 * (shares.iloc[:, 0] - shares.iloc[:, 1]).abs().sum())
    return float(np.mean(scores))


def _binned(column, reference):
    if column.dtype == object or column.dtype == bool:
        return column.value_counts(normalize=True)
    edges = np.unique(reference.quantile(np.linspace(0, 1, 11)))
    bins = pd.cut(column, edges, include_lowest=True, labels=False)
    return bins.value_counts(normalize=True, dropna=False)


@pytest.fixture(scope="module")
def table():
    return _table()


@pytest.fixture(scope="module")
def fitted(table):
    synthesizer = create_synthesizer("ctgan", COLUMNS, RECIPE)
    report = synthesizer.fit(table)
    return synthesizer, report


def test_training_makes_samples_liker_the_table_than_one_epoch_does(table, fitted):
    synthesizer, report = fitted
    start = create_synthesizer("ctgan", COLUMNS, replace(RECIPE, epochs=1))
    start.fit(table)
    # Flags, counts and dates happen to look fair from the start; these two have to be learned.
    learned = table[["plan", "balance"]]
    before = _likeness(learned, start.sample(4_000, 0))
    after = _likeness(learned, synthesizer.sample(4_000, 0))
    assert report.epochs_trained == 200
    assert after > before + 0.15
    assert after > 0.75


def test_training_learns_dependence_of_missing_cells(table, fitted):
    sample = fitted[0].sample(4_000, 3)
    missing = sample["balance"].isna().groupby(sample["plan"]).mean()
    assert missing["trial"] > missing["basic"] + 0.2


def test_sample_has_the_dtypes_and_ranges_of_the_table(table, fitted):
    sample = fitted[0].sample(1_000, 3)
    assert sample.dtypes.equals(table.dtypes)
    assert sample["joined"].between(table["joined"].min(), table["joined"].max()).all()
    assert (sample["joined"].dt.normalize() == sample["joined"]).all()
    cents = sample["balance"].dropna() * 100
    assert np.allclose(cents, cents.round())


def test_fit_twice_gives_equal_weights(table):
    first, second = (create_synthesizer("ctgan", COLUMNS, replace(RECIPE, epochs=3)) for _ in range(2))
    first.fit(table)
    second.fit(table)
    for name, array in first.state.arrays.items():
        assert np.array_equal(array, second.state.arrays[name]), name


def test_stored_model_samples_without_sdv(tmp_path, fitted):
    """A fresh process loads the state and samples the same rows, with torch and without SDV."""
    state = fitted[0].state
    (tmp_path / "values.json").write_text(json.dumps(dict(state.values)))
    np.savez(tmp_path / "arrays.npz", **state.arrays)
    code = (
        "import json, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from pipeline.synthesizers import load_synthesizer\n"
        "from pipeline.progress import Signal\n"
        "from pipeline.synthesizers.protocol import SynthesizerState\n"
        "folder = Path(sys.argv[1])\n"
        "assert 'torch' not in sys.modules\n"
        "values = json.loads((folder / 'values.json').read_text())\n"
        "state = SynthesizerState(values, dict(np.load(folder / 'arrays.npz')))\n"
        "rows = load_synthesizer('ctgan', state).sample(200, 9, {'plan': {'gold': 0.5}})\n"
        "assert not any(name.split('.')[0] in {'sdv', 'ctgan', 'rdt', 'sklearn'} for name in sys.modules)\n"
        "rows.to_parquet(folder / 'rows.parquet')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=300)
    expected = fitted[0].sample(200, 9, {"plan": {"gold": 0.5}})
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "rows.parquet"), expected)


def test_state_round_trip_samples_the_same_rows(fitted):
    state = fitted[0].state
    again = load_synthesizer("ctgan", SynthesizerState(dict(state.values), dict(state.arrays)))
    pd.testing.assert_frame_equal(again.sample(300, 4), fitted[0].sample(300, 4))


def test_threads_of_torch_are_restored(table):
    import torch

    before = torch.get_num_threads()
    create_synthesizer("ctgan", COLUMNS, Recipe(epochs=1, threads=before + 1)).fit(table.head(50))
    assert torch.get_num_threads() == before


def test_sdv_samples_and_plots_our_model():
    """The adapter is a working CTGANSynthesizer: SDV's own methods run on what we trained."""
    from pipeline.synthesizers.ctgan.learning import Learner
    from pipeline.synthesizers.ctgan.sdv_adapter import WorkbenchCTGANSynthesizer
    from pipeline.synthesizers.encoding import TableEncoding
    from pipeline.synthesizers.sdv_bridge import TABLE, make_metadata, sdv_session

    table = _table(200)
    encoding = TableEncoding.learn(table, COLUMNS)
    clean = encoding.clean(table, np.random.default_rng(0))
    learner = Learner(encoding, Recipe(epochs=2, batch_size=50, threads=1))
    with sdv_session("CTGAN"):
        synthesizer = WorkbenchCTGANSynthesizer(make_metadata(encoding.fields), learner.learn)
        synthesizer.fit({TABLE: clean})
        rows = synthesizer.sample(30)[TABLE]
        losses = synthesizer.get_loss_values()
    assert list(rows.columns) == list(clean.columns)
    assert len(rows) == 30
    assert losses["Epoch"].tolist() == [0, 1]
    assert np.isfinite(losses["Generator Loss"]).all()


def test_hma_writes_rows_of_the_same_kind_by_seed(table):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = sample_initial(table, COLUMNS, 400, 1)
        again = sample_initial(table, COLUMNS, 400, 1)
        other = sample_initial(table, COLUMNS, 400, 2)
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
    assert len(first) == 400
    assert first.dtypes.equals(table.dtypes)
    assert first["balance"].min() > 0
    assert first["plan"].value_counts(normalize=True)["basic"] == pytest.approx(0.6, abs=0.1)


def test_hma_keeps_the_shape_of_skewed_and_heaped_columns_and_how_they_depend():
    rng = np.random.default_rng(11)
    wealth = rng.normal(0, 1, 3_000)
    balance = np.exp(2.5 * wealth + 4).round()
    days = np.where(rng.random(3_000) < 0.8, -1, rng.integers(1, 900, 3_000))
    table = pd.DataFrame({"balance": balance, "days": days, "rich": np.where(wealth > 0.5, "yes", "no")})
    columns = (
        ModelledColumn("balance", ModelledType.NUMERICAL),
        ModelledColumn("days", ModelledType.NUMERICAL),
        ModelledColumn("rich", ModelledType.CATEGORICAL),
    )
    initial = sample_initial(table, columns, 3_000, 1)
    for name in ("balance", "days"):
        points = np.sort(table[name])
        gap = np.searchsorted(points, points) - np.searchsorted(np.sort(initial[name]), points)
        assert np.abs(gap).max() < 0.05 * len(table), name
    rich = initial.groupby("rich")["balance"].median()
    assert rich["yes"] > 8 * rich["no"]


def test_hma_leaves_global_randomness_alone(table):
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    sample_initial(table, COLUMNS, 10, 1)
    assert np.random.random() == expected


def test_hma_reports_its_stage(table):
    reports = []
    sample_initial(table, COLUMNS, 10, 1, reports.append)
    assert [(report.stage.value, report.epoch) for report in reports] == [("hma", 0), ("hma", 1)]


@pytest.mark.parametrize("epoch", [0, 1])
def test_hma_stopped_before_any_training_is_a_cancelled_run(table, epoch):
    def stop(progress):
        return Signal.STOP if progress.epoch == epoch else Signal.CONTINUE

    with pytest.raises(JobCancelled, match="stopped in the stage hma; no model was stored"):
        sample_initial(table, COLUMNS, 10, 1, stop)


def test_hma_refuses_no_rows_and_wrong_columns(table):
    with pytest.raises(TrainingError, match="cannot sample 0 rows"):
        sample_initial(table, COLUMNS, 0, 1)
    with pytest.raises(DataError, match='no column "absent"'):
        sample_initial(table, (ModelledColumn("absent", ModelledType.NUMERICAL),), 5, 1)


def test_every_error_of_sdv_becomes_a_training_error():
    import inspect

    import sdv.errors

    from pipeline.synthesizers.sdv_bridge import sdv_error_classes, sdv_session

    declared = {
        item
        for _, item in inspect.getmembers(sdv.errors, inspect.isclass)
        if issubclass(item, Exception) and not issubclass(item, Warning)
    }
    assert declared <= set(sdv_error_classes())
    for error in sdv_error_classes():
        with pytest.raises(TrainingError, match="SDV refused the table in the stage HMA"), sdv_session("HMA"):
            raise error("something")


def test_metadata_names_discrete_fields_categorical():
    from pipeline.synthesizers.sdv_bridge import TABLE, make_metadata

    columns = make_metadata((Field("a", 3), Field("b", None))).to_dict()["tables"][TABLE]["columns"]
    assert columns == {"a": {"sdtype": "categorical"}, "b": {"sdtype": "numerical"}}
