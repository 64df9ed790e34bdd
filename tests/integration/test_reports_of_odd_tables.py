"""Reports on tables that are hardly tables: a page of results or sentences, and never an error or a NaN."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.evaluate import evaluate_fully
from pipeline.reports import ReportFormat, Subject, compute_report, render_report
from pipeline.settings import IdentityOptions
from tests.unit.evaluation.fidelity_cases import KINDS, TODAY, draw_table, refer

Spoil = Callable[[pd.DataFrame], pd.DataFrame]


def report_on(training: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame) -> tuple[dict, str]:
    """The report as JSON and as the text of its HTML."""
    reference = refer(training, holdout, KINDS)
    measured = evaluate_fully(reference, synthetic, synthetic, TODAY, IdentityOptions(), "group")
    report = compute_report(Subject(reference, synthetic, measured, TODAY))
    assert render_report(report, ReportFormat.WORD).startswith(b"PK")
    return (
        json.loads(render_report(report, ReportFormat.JSON), parse_constant=pytest.fail),
        render_report(report, ReportFormat.HTML).decode(),
    )


CONSTANT = 'correlation is undefined, since "balance" is constant in the synthetic table'


@pytest.mark.parametrize(
    ("spoil", "scores", "measured", "sentence"),
    [
        (lambda table: table.assign(balance=5.0), (0.901, 0.0), 13, CONSTANT),
        (
            lambda table: table.assign(balance=np.nan),
            (0.901, 0.0),
            15,
            "0.000",
        ),
        (lambda table: table.assign(group="only"), (0.0, 0.896), 15, "only"),
        (
            lambda table: table.assign(group=[f"new {row}" for row in range(80)]),
            (0.0, 0.896),
            15,
            "The 59 rarest values are drawn as one bar",
        ),
        (
            lambda table: table.assign(balance=["text", *table["balance"][1:]]),
            (0.901, None),
            10,
            "the values cannot be read as numerical",
        ),
        (
            lambda table: table.head(2),
            (0.570, 0.525),
            15,
            "it takes modelled columns and 20 training, holdout",
        ),
        (lambda table: table.head(0), (None, None), 0, "it takes training, holdout and synthetic rows"),
    ],
    ids=["constant", "all_missing", "one_category", "unseen", "mixed", "two_rows", "no_rows"],
)
def test_an_odd_synthetic_table_has_a_whole_report(
    spoil: Spoil, scores: tuple[float | None, ...], measured: int, sentence: str
) -> None:
    found, page = report_on(draw_table(120, 1), draw_table(60, 2), spoil(draw_table(80, 3)))
    quality = found["evaluation"]["quality"]
    shapes = {one["column"]: one["score"] for one in quality["columns"]}
    assert (shapes["group"], shapes["balance"]) == tuple(
        score if score is None else pytest.approx(score, abs=1e-3) for score in scores
    )
    assert (quality["measured"], quality["total"]) == (measured, 15)
    assert {one["subject"] for one in found["summary"]} >= {"Validity", "Privacy", "Quality"}
    assert sentence in unescape(page)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_real_table_of_a_few_rows_shows_nobody(rows: int) -> None:
    real = draw_table(2, 1)
    real["balance"] = [123456.789, 654321.987]
    found, page = report_on(real, real.head(rows), draw_table(50, 3))
    assert found["summary"]
    assert "123456.789" not in page
    assert "654321.987" not in page
