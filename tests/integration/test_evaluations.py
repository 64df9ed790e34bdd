"""Whole evaluations of small tables: of good ones, of copies, and of tables that are hardly tables."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.detect import detect
from pipeline.evaluation.as_json import as_dict
from pipeline.evaluation.evaluate import evaluate_fully, evaluate_table, extend_evaluation
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Evaluation, Verdict
from pipeline.reports.verdicts import compute_summary, conclude_quality
from pipeline.settings import IdentityOptions
from tests.unit.evaluation.fidelity_cases import (
    INCOME_COLUMNS,
    KINDS,
    TODAY,
    draw_incomes,
    draw_table,
    refer,
    shuffle_columns,
)

REFERENCE = refer(draw_table(300, 1), draw_table(200, 2), KINDS)


def evaluate(
    synthetic: pd.DataFrame, target: str | None = None, reference: Reference = REFERENCE
) -> Evaluation:
    return evaluate_fully(reference, synthetic, synthetic, TODAY, IdentityOptions(), target)


def numbers_in(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers_in(part)]
    if isinstance(value, list):
        return [number for part in value for number in numbers_in(part)]
    return [value] if isinstance(value, float) else []


def test_export_stays_quick_and_full_evaluation_holds_everything() -> None:
    fresh = draw_table(150, 3)
    brief = evaluate_table(REFERENCE, fresh, fresh, TODAY, IdentityOptions())
    assert (brief.detection, brief.utility, brief.coverage) == (None, None, None)
    assert brief.baselines.overall.floor < brief.baselines.overall.ceiling
    stages: list[str] = []
    full = evaluate_fully(
        REFERENCE, fresh, fresh, TODAY, IdentityOptions(), "member", lambda one: stages.append(one.part)
    )
    assert full.quality == brief.quality
    assert full.baselines == brief.baselines
    assert full.privacy.depth == "full"
    assert stages == [
        *("validity", "quality", "diagnostic", "privacy", "baselines"),
        *("attacks", "coverage", "detection", "utility"),
    ]
    assert extend_evaluation(REFERENCE, brief, fresh, "member") == full
    assert {"baselines", "detection", "utility", "coverage"} <= set(as_dict(full))
    assert {"detection", "utility", "coverage"}.isdisjoint(as_dict(brief))


def test_real_table_as_its_own_synthetic_is_at_the_ceiling_and_is_seen_as_a_copy() -> None:
    found = evaluate(REFERENCE.training, "member")
    assert found.quality.score == pytest.approx(1.0)
    assert found.baselines.overall.share_of_ceiling >= 1.0
    assert found.utility.scores[0].difference.value == 0.0
    assert found.coverage.score == 1.0
    assert found.privacy.verdict is not Verdict.PASS


def test_own_holdout_as_synthetic_is_at_the_ceiling_and_is_seen_as_real_people() -> None:
    found = evaluate(REFERENCE.holdout, "member")
    assert found.baselines.overall.share_of_ceiling == 1.0
    assert found.detection.auc.low <= 0.5 <= found.detection.auc.high
    failed = [one.name for one in found.privacy.measures if one.verdict is Verdict.FAIL]
    assert failed == ["lone_rows_found"]
    assert found.utility.finding.startswith("100% of the holdout rows are in the synthetic table")


def test_another_holdout_passes_everything() -> None:
    spec, _ = detect(REFERENCE.raw, "people", TODAY)
    found = evaluate(draw_table(250, 8), "member", replace(REFERENCE, spec=spec))
    assert found.detection.auc.low <= 0.5 <= found.detection.auc.high
    assert found.utility.scores[0].difference.low <= 0.0 <= found.utility.scores[0].difference.high
    assert found.privacy.verdict is Verdict.PASS
    assert {rule.rule for rule in spec.rules} >= {"integer_range", "number_range", "one_of"}
    assert {one.subject: one.verdict for one in compute_summary(found, "5 of 9 columns")} == dict.fromkeys(
        ("Validity", "Privacy", "Quality", "Detection", "Utility"), Verdict.PASS
    )


def test_fresh_rows_with_a_long_tail_pass_and_rows_without_half_their_columns_do_not() -> None:
    kinds = {column.name: str(column.kind) for column in INCOME_COLUMNS}
    reference = refer(draw_incomes(600, 11, 1.0), draw_incomes(300, 12, 1.0), kinds)
    fresh = draw_incomes(600, 13, 1.0)
    emptied = fresh.assign(income=np.nan, balance=np.nan, segment=None)
    for table, verdict in ((fresh, Verdict.PASS), (emptied, Verdict.LOOK)):
        found = evaluate_table(reference, table, table, TODAY, IdentityOptions())
        assert conclude_quality(found, "5 of 9 columns").verdict is verdict


def test_shuffled_columns_have_high_shapes_low_pairs_and_are_detected() -> None:
    found = evaluate(shuffle_columns(REFERENCE.training, 4), "member")
    assert found.quality.column_shapes == pytest.approx(1.0)
    assert found.quality.strong_pair_trends < 0.7
    assert found.detection.auc.low > 0.7
    assert found.utility.scores[0].difference.high < 0.0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table.assign(balance=5.0),
        lambda table: table.assign(balance=np.nan),
        lambda table: table.assign(opened=pd.NaT, group=None),
        lambda table: table.assign(group="only"),
        lambda table: table.assign(group=[f"new {row}" for row in range(len(table))]),
        lambda table: table.assign(group=[row if row % 2 else "text" for row in range(len(table))]),
        lambda table: table.assign(balance=np.inf),
        lambda table: table.head(2),
        lambda table: table.head(1),
        lambda table: table.head(0),
    ],
    ids=[
        *("constant", "empty_number", "empty_date_and_group", "one_category", "unseen", "mixed", "infinite"),
        *("two_rows", "one_row", "no_rows"),
    ],
)
@pytest.mark.parametrize("target", ["balance", "group"])
def test_odd_tables_give_results_or_sentences(spoil, target: str) -> None:
    summary = as_dict(evaluate(spoil(draw_table(150, 5)), target))
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert all(np.isfinite(numbers_in(summary)))
    assert summary["detection"]["finding"]
    assert summary["utility"]["finding"]
    measured = [one["covered"] is not None or one["reason"] for one in summary["coverage"]["columns"]]
    assert all(measured)


@pytest.mark.parametrize("column", ["balance", "group"])
@pytest.mark.parametrize("value", [None, "same"])
def test_odd_real_columns_give_results_or_sentences(column: str, value: object) -> None:
    value = 7.0 if value and column == "balance" else value
    training, holdout, synthetic = (draw_table(rows, 6).assign(**{column: value}) for rows in (120, 80, 90))
    found = evaluate(synthetic, column, refer(training, holdout, KINDS))
    assert found.utility.scores == ()
    assert found.utility.finding
    assert found.detection.auc is not None


def test_eighty_columns_are_measured() -> None:
    rng = np.random.default_rng(7)
    kinds = {f"c{place}": "numerical" if place % 2 else "categorical" for place in range(80)}

    def draw(rows: int) -> pd.DataFrame:
        base = rng.normal(size=rows)
        numbers = {name: base + rng.normal(size=rows) for name in kinds}
        return pd.DataFrame(
            {
                name: values if kinds[name] == "numerical" else np.where(values > 0, "a", "b")
                for name, values in numbers.items()
            }
        )

    found = evaluate(draw(120), "c0", refer(draw(120), draw(120), kinds))
    assert found.quality.measured == found.quality.total == 80 + 3_160
    assert found.baselines.overall.gap == pytest.approx(0.0, abs=0.03)
    assert found.detection.auc.low <= 0.5 <= found.detection.auc.high
