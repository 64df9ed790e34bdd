"""One table against one dataset: quality, diagnostic, validity and privacy together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

from pipeline.evaluation.diagnostic import compute_diagnostic
from pipeline.evaluation.privacy import compute_privacy
from pipeline.evaluation.quality import compute_quality
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Evaluation
from pipeline.evaluation.validity import check_validity
from pipeline.settings import IdentityOptions


def evaluate_table(
    reference: Reference,
    table: pd.DataFrame,
    modelled: pd.DataFrame,
    as_of: date,
    options: IdentityOptions,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Measure a whole table and its modelled columns; `on_stage` hears the name of each part as it ends."""
    validity = check_validity(table, reference.spec, as_of=as_of, real=reference.raw, ssn=options.ssn)
    on_stage("validity")
    quality = compute_quality(reference.training, modelled, reference.columns)
    on_stage("quality")
    diagnostic = compute_diagnostic(reference.training, modelled, reference.columns)
    on_stage("diagnostic")
    privacy = compute_privacy(
        reference.raw, table, reference.spec, reference.training, reference.holdout, modelled
    )
    on_stage("privacy")
    return Evaluation(len(table), quality, diagnostic, validity, privacy)
