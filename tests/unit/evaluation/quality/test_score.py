from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import EvaluationError
from pipeline.evaluation.quality.diagnostic import compute_diagnostic
from pipeline.evaluation.quality.metrics import sdmetrics_errors
from pipeline.evaluation.quality.score import compute_quality

KINDS = {
    "group": ModelledType.CATEGORICAL,
    "member": ModelledType.BOOLEAN,
    "age": ModelledType.NUMERICAL,
    "balance": ModelledType.NUMERICAL,
    "opened": ModelledType.DATETIME,
}


def columns_of(*names: str) -> list[ModelledColumn]:
    return [ModelledColumn(name, KINDS[name]) for name in names]


def mixed_table(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age = random.integers(18, 66, rows)
    group = np.where(age < 30 + random.integers(0, 20, rows), "junior", random.choice(["a", "b"], rows))
    balance = age * 100.0 + random.normal(0, 300, rows)
    opened = pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, rows), unit="D")
    table = pd.DataFrame(
        {"group": group, "member": age > 40, "age": age, "balance": balance, "opened": opened}
    )
    table.loc[table.index % 17 == 0, "group"] = None
    table.loc[table.index % 13 == 0, "balance"] = np.nan
    table.loc[table.index % 11 == 0, "opened"] = pd.NaT
    return table


def report_details(real: pd.DataFrame, synthetic: pd.DataFrame, threshold: bool) -> tuple[dict, dict, dict]:
    from sdmetrics.reports import QualityReport

    report = QualityReport()
    if not threshold:
        report.real_correlation_threshold = report.real_association_threshold = 0
    sdtypes = {name: {"sdtype": str(KINDS[name])} for name in real}
    metadata = {"tables": {"t": {"columns": sdtypes}}, "relationships": []}
    report.generate({"t": real}, {"t": synthetic}, metadata, verbose=False)
    shapes = report.get_details("Column Shapes", "t").set_index("Column")["Score"].to_dict()
    pairs = report.get_details("Column Pair Trends", "t")
    scores = dict(zip(zip(pairs["Column 1"], pairs["Column 2"], strict=True), pairs["Score"], strict=True))
    overall = report.get_properties().set_index("Property")["Score"].to_dict()
    return shapes, scores, overall | {"score": report.get_score()}


@pytest.fixture(scope="module")
def mixed() -> tuple[pd.DataFrame, pd.DataFrame]:
    return mixed_table(300, 1), mixed_table(500, 2)


def test_scores_equal_quality_report_with_thresholds_of_zero(mixed) -> None:
    quality = compute_quality(*mixed, columns_of(*KINDS))
    shapes, pairs, overall = report_details(*mixed, threshold=False)
    assert {c.column: c.score for c in quality.columns} == pytest.approx(shapes, abs=1e-9)
    assert {(p.first, p.second): p.score for p in quality.pairs} == pytest.approx(pairs, abs=1e-9)
    assert quality.score == pytest.approx(overall["score"], abs=1e-9)
    assert quality.column_shapes == pytest.approx(overall["Column Shapes"], abs=1e-9)
    assert quality.column_pair_trends == pytest.approx(overall["Column Pair Trends"], abs=1e-9)
    assert (quality.measured, quality.total, quality.skipped) == (15, 15, ())


def test_strong_pairs_equal_quality_report_with_default_thresholds(mixed) -> None:
    quality = compute_quality(*mixed, columns_of(*KINDS))
    _, pairs, overall = report_details(*mixed, threshold=True)
    strong = {(p.first, p.second) for p in quality.pairs if p.is_strong}
    assert strong == {pair for pair, score in pairs.items() if not math.isnan(score)}
    assert 0 < len(strong) < len(quality.pairs)
    assert quality.strong_pair_trends == pytest.approx(overall["Column Pair Trends"], abs=1e-9)
    assert dict(quality.thresholds) == {"real_correlation": 0.5, "real_association": 0.3}
    assert quality.sdmetrics_version.count(".") == 2


def test_thresholds_are_the_defaults_of_the_installed_sdmetrics() -> None:
    from sdmetrics.reports import utils

    from pipeline.evaluation.quality.score import THRESHOLDS

    assert THRESHOLDS["real_correlation"] == utils.DEFAULT_REAL_CORRELATION_THRESHOLD
    assert THRESHOLDS["real_association"] == utils.DEFAULT_REAL_ASSOCIATION_THRESHOLD


def test_weakly_related_table_has_no_strong_pair_but_a_pair_score() -> None:
    random = np.random.default_rng(3)
    real, synthetic = (
        pd.DataFrame({"group": random.choice(["a", "b"], 200), "age": random.integers(18, 66, 200)})
        for _ in range(2)
    )
    quality = compute_quality(real, synthetic, columns_of("group", "age"))
    assert quality.strong_pair_trends is None
    assert quality.column_pair_trends is not None
    assert quality.score == pytest.approx((quality.column_shapes + quality.column_pair_trends) / 2)


def test_identical_tables_score_one(mixed) -> None:
    quality = compute_quality(mixed[0], mixed[0], columns_of(*KINDS))
    assert quality.score == pytest.approx(1.0)


def test_single_column_has_no_pairs_and_scores_its_shape() -> None:
    real = pd.DataFrame({"group": ["a", "a", "b", "b"]})
    quality = compute_quality(real, pd.DataFrame({"group": ["a", "a", "a", "b"]}), columns_of("group"))
    assert quality.pairs == ()
    assert quality.column_pair_trends is None
    assert quality.score == quality.column_shapes == pytest.approx(0.75)
    assert (quality.measured, quality.total) == (1, 1)


def test_constant_number_is_measured_as_shape_and_its_correlation_is_skipped() -> None:
    real = pd.DataFrame({"age": [30, 30, 30], "balance": [1.0, 2.0, 3.0]})
    quality = compute_quality(real, real, columns_of("age", "balance"))
    assert quality.columns[0].score == 1.0
    assert quality.pairs[0].score is None
    assert quality.skipped[0].item == "age × balance"
    assert '"age" is constant in the real table' in quality.skipped[0].reason
    assert (quality.measured, quality.total) == (2, 3)


def test_column_without_real_values_is_skipped_with_all_its_pairs() -> None:
    full = mixed_table(50, 4)[["group", "age"]]
    quality = compute_quality(full.assign(age=np.nan), full, columns_of("group", "age"))
    assert [skip.item for skip in quality.skipped] == ["age", "group × age"]
    assert all("the real column holds no values" in skip.reason for skip in quality.skipped)
    assert quality.score == quality.columns[0].score == 1.0


def test_column_that_synthetic_rows_leave_empty_scores_nothing_with_its_pairs() -> None:
    full = mixed_table(50, 4)
    intact = compute_quality(full, full, columns_of(*KINDS))
    hollow = compute_quality(full, full.assign(age=np.nan, group=None), columns_of(*KINDS))
    scores = {score.column: score.score for score in hollow.columns}
    assert (scores["age"], scores["group"]) == (0.0, 0.0)
    assert {pair.score for pair in hollow.pairs if {"age", "group"} & {pair.first, pair.second}} == {0.0}
    assert hollow.score < intact.score
    assert [pair.is_strong for pair in hollow.pairs] == [pair.is_strong for pair in intact.pairs]


def test_unseen_categories_lower_the_score_to_zero_and_not_below() -> None:
    real = pd.DataFrame({"group": ["a"] * 5, "member": [True] * 5})
    synthetic = pd.DataFrame({"group": ["z"] * 5, "member": [True] * 5})
    quality = compute_quality(real, synthetic, columns_of("group", "member"))
    assert quality.columns[0].score == pytest.approx(0.0, abs=1e-5)
    assert quality.columns[0].score >= 0.0
    assert quality.columns[1].score == 1.0
    assert quality.pairs[0].score == 0.0


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tiny_tables_give_scores_or_reasons_without_warnings(rows: int) -> None:
    real = mixed_table(40, 5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quality = compute_quality(real, mixed_table(40, 6).tail(rows), columns_of(*KINDS))
    assert caught == []
    scores = [item.score for item in (*quality.columns, *quality.pairs)]
    assert all(score is None or 0.0 <= score <= 1.0 for score in scores)
    assert sum(score is None for score in scores) == len(quality.skipped) == quality.total - quality.measured
    assert all(skip.reason for skip in quality.skipped)


def test_text_in_a_numerical_column_is_a_reason() -> None:
    real = pd.DataFrame({"age": [1, 2, 3]})
    quality = compute_quality(real, pd.DataFrame({"age": ["1", "n/a", "3"]}), columns_of("age"))
    assert quality.score is None
    assert "cannot be read as numerical" in quality.skipped[0].reason


def test_infinite_values_are_a_reason() -> None:
    real = pd.DataFrame({"balance": [1.0, 2.0]})
    quality = compute_quality(real, pd.DataFrame({"balance": [1.0, np.inf]}), columns_of("balance"))
    assert quality.skipped[0].reason == "the synthetic column holds infinite values"


def test_dates_compare_across_units_zones_and_text() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=30))
    real = pd.DataFrame({"opened": days})
    for same in (days.astype("datetime64[s]"), days.dt.tz_localize("UTC"), days.dt.strftime("%Y-%m-%d")):
        assert compute_quality(real, pd.DataFrame({"opened": same}), columns_of("opened")).score == 1.0


def test_nullable_and_categorical_types_compare_with_plain_ones() -> None:
    real = pd.DataFrame({"group": ["a", "b", "a"], "age": [1, 2, 3]})
    other = real.astype({"group": "category", "age": "Int64"})
    assert compute_quality(real, other, columns_of("group", "age")).score == pytest.approx(1.0)


@pytest.mark.parametrize("values", [5, 400])
def test_pairs_of_few_and_of_many_categories_equal_sdmetrics(values: int) -> None:
    from scipy.stats.contingency import association
    from sdmetrics.column_pairs import ContingencySimilarity

    random = np.random.default_rng(7)

    def draw() -> pd.DataFrame:
        first = random.integers(0, values, 300)
        second = np.where(random.random(300) < 0.3, random.integers(0, values, 300), first)
        return pd.DataFrame({"group": first, "member": second}).astype(str)

    real, synthetic = draw(), draw()
    pair = compute_quality(real, synthetic, columns_of("group", "member")).pairs[0]
    assert pair.score == pytest.approx(ContingencySimilarity.compute(real, synthetic), abs=1e-12)
    table = pd.crosstab(real["group"], real["member"])
    assert pair.is_strong == (association(table, method="cramer") > 0.3)


def test_a_table_without_the_real_extremes_keeps_its_pair_score_on_the_real_bins() -> None:
    from sdmetrics.column_pairs import ContingencySimilarity

    random = np.random.default_rng(5)
    balance, group = random.normal(0, 1_000, 2_000), random.choice(["a", "b"], 2_000)
    real = pd.DataFrame({"balance": balance, "group": group})
    real.loc[[0, 1], "balance"] = [-40_000.0, 90_000.0]
    synthetic = real.drop(index=[0, 1])
    pair = compute_quality(real, synthetic, columns_of("balance", "group")).pairs[0]
    expected = ContingencySimilarity.compute(real, synthetic, continuous_column_names=["balance"])
    assert pair.on_real_bins == pytest.approx(expected, abs=1e-12)
    assert pair.comparable == pair.on_real_bins > 0.99
    assert pair.score < 0.5


def test_pairs_without_a_cut_column_are_compared_by_their_own_score(mixed) -> None:
    pairs = {(p.first, p.second): p for p in compute_quality(*mixed, columns_of(*KINDS)).pairs}
    assert pairs["age", "balance"].on_real_bins is None
    assert pairs["age", "balance"].comparable == pairs["age", "balance"].score


def test_correlation_of_huge_numbers_is_that_of_their_small_image() -> None:
    small = mixed_table(60, 8)[["age", "balance"]].dropna()
    other = mixed_table(60, 9)[["age", "balance"]].dropna()
    scores = [
        compute_quality(small * scale, other * scale, columns_of("age", "balance")).pairs[0].score
        for scale in (1.0, 1e200)
    ]
    assert scores[0] == pytest.approx(scores[1])


def test_missing_column_is_an_evaluation_error() -> None:
    with pytest.raises(EvaluationError, match='synthetic table lacks the column "age"'):
        compute_quality(mixed_table(5, 1), pd.DataFrame({"group": ["a"]}), columns_of("group", "age"))


def test_diagnostic_equals_diagnostic_report(mixed) -> None:
    from sdmetrics.reports import DiagnosticReport

    real, synthetic = mixed
    synthetic = synthetic.assign(age=synthetic["age"] + 10, group=synthetic["group"].replace("a", "new"))
    sdtypes = {name: {"sdtype": str(kind)} for name, kind in KINDS.items()}
    report = DiagnosticReport()
    metadata = {"tables": {"t": {"columns": sdtypes}}, "relationships": []}
    report.generate({"t": real}, {"t": synthetic}, metadata, verbose=False)
    expected = report.get_properties().set_index("Property")["Score"]
    diagnostic = compute_diagnostic(real, synthetic, columns_of(*KINDS))
    assert diagnostic.data_validity == pytest.approx(expected["Data Validity"], abs=1e-9)
    assert diagnostic.data_validity < 1.0
    assert diagnostic.data_structure == pytest.approx(expected["Data Structure"], abs=1e-9)


def test_every_error_class_of_sdmetrics_is_mapped() -> None:
    import inspect

    from sdmetrics import errors

    classes = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)}
    assert classes == set(sdmetrics_errors())


def test_a_mostly_empty_column_that_is_empty_in_few_rows_is_not_measured() -> None:
    filled = pd.Series([1.0, 2.0] + [np.nan] * 198)
    columns = (ModelledColumn("rare", ModelledType.NUMERICAL), ModelledColumn("x", ModelledType.NUMERICAL))
    real = pd.DataFrame({"rare": filled, "x": np.arange(200.0)})
    short, long = (
        pd.DataFrame({"rare": np.full(rows, np.nan), "x": np.arange(float(rows))}) for rows in (150, 2_000)
    )
    assert [one.item for one in compute_quality(real, short, columns).skipped if one.item == "rare"] == [
        "rare"
    ]
    emptied = compute_quality(real, long, columns)
    assert [one.score for one in emptied.columns if one.column == "rare"] == [0.0]
