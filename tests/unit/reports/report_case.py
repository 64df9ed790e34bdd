"""A small measured table with every kind of evidence, and with names that try to break out of a page."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import (
    ColumnScore,
    Diagnostic,
    Evaluation,
    PairScore,
    Privacy,
    PrivacyFinding,
    Quality,
    RuleResult,
    Skipped,
    Validity,
    Verdict,
)
from pipeline.evaluation.results_fidelity import (
    Baseline,
    Baselines,
    ColumnCoverage,
    Coverage,
    Detection,
    Estimate,
    TellingColumn,
    Utility,
    UtilityScore,
)
from pipeline.progress import Progress, Stage
from pipeline.reports import Subject

HOSTILE = "</script><script>alert('column')</script>"
HOSTILE_CATEGORY = "<img src=x onerror=alert('category')>"
RARE = "the only person of this kind"
LARGEST = 98765.4321


UTILITY = UtilityScore(
    "roc_auc", Estimate(0.8, 0.7, 0.9), Estimate(0.75, 0.7, 0.8), Estimate(-0.05, -0.1, 0.0), 0.5
)


def make_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A real and a synthetic table of 200 rows; the real one holds a rare category and a far value."""
    random = np.random.default_rng(0)
    real = pd.DataFrame(
        {
            HOSTILE: random.normal(50, 10, 200),
            "group": [HOSTILE_CATEGORY] * 120 + ["plain"] * 75 + [RARE] * 5,
            "opened": pd.date_range("2024-01-01", periods=200),
        }
    )
    real.loc[7, HOSTILE] = LARGEST
    synthetic = real.assign(**{HOSTILE: random.normal(52, 10, 200)}).iloc[:190].reset_index(drop=True)
    return real, synthetic


def make_evaluation() -> Evaluation:
    """An evaluation with every part; it passes everything."""
    pair = f"{HOSTILE} × group"
    return Evaluation(
        rows=190,
        quality=Quality(
            0.9, 0.95, 0.85, 0.8, 4, 5,
            (ColumnScore(HOSTILE, "KSComplement", 0.93), ColumnScore("group", "TVComplement", 0.97),
             ColumnScore("opened", "KSComplement", None)),
            (PairScore(HOSTILE, "group", "ContingencySimilarity", 0.85, True),),
            (Skipped("opened", "too few <values>"),), {"real_correlation": 0.5}, "0.32.0",
        ),
        diagnostic=Diagnostic(1.0, 1.0, 1.0),
        validity=Validity((RuleResult("ssn", "ssn_form", "Every value has the form of an SSN.", 190, 0),)),
        privacy=Privacy(
            Verdict.PASS, {"ssn": 0}, 0.0, 0.01, (),
            (PrivacyFinding("exact_copies", Verdict.PASS, 0.0, 0.0, 0.02, 0.01, 0.03, "No row is copied."),),
            "full",
        ),
        baselines=Baselines(
            50, Baseline("score", 0.9, 0.95, 0.7), Baseline("column shapes", 0.93, 0.97, 0.96),
            Baseline("column pair trends", 0.85, 0.93, 0.6), Baseline("strong pair trends", 0.8, 0.93, 0.5),
            (Baseline(HOSTILE, 0.93, 0.97, 0.96), Baseline("group", 0.97, 0.99, 0.99)),
            (Baseline(pair, 0.85, 0.93, 0.6),),
        ),
        detection=Detection(
            Estimate(0.55, 0.5, 0.6), Estimate(0.5, 0.45, 0.55), 190, 50, (TellingColumn(HOSTILE, 0.04),),
            "A classifier can hardly tell the tables apart.",
        ),
        utility=Utility(
            "group", "classification",
            (UTILITY,),
            190, 50, "A model learns almost as much from synthetic rows.",
        ),
        coverage=Coverage(0.9, (ColumnCoverage(HOSTILE, "RangeCoverage", 0.9, 0.1, 200, 190, 0.0, 0.0),)),
    )  # fmt: skip


def make_subject(evaluation: Evaluation | None = None) -> Subject:
    """A subject of a report over these tables."""
    real, synthetic = make_tables()
    spec = DatasetSpec(
        name="people",
        title="People <b>bold</b>",
        description="",
        table="people",
        as_of=date(2026, 1, 31),
        columns=(
            ColumnSpec(HOSTILE, Role.MODELLED, "numerical", options={"unit": "kg"}),
            ColumnSpec("group", Role.MODELLED, "categorical"),
            ColumnSpec("opened", Role.MODELLED, "datetime"),
        ),
    )
    history = [Progress(Stage.TRAIN, epoch, 3, 0.1, {"loss": 1.0 / epoch}, 0.8) for epoch in (1, 2, 3)]
    return Subject(
        reference=Reference(spec=spec, raw=real, training=real, holdout=real.head(50), protected={}),
        modelled=synthetic,
        evaluation=evaluation or make_evaluation(),
        as_of=date(2026, 1, 31),
        origin={"Model": "abc (ctgan, 3 epochs)"},
        history=history,
    )
