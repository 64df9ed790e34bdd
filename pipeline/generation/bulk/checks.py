"""What stops an export of a single table stops a part as well, before anything of it is written."""

from __future__ import annotations

import pandas as pd

from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import ExportError
from pipeline.evaluation.privacy.combinations import evaluate_combinations
from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.overlap import count_overlap
from pipeline.evaluation.privacy.real_codes import NAME as CODES
from pipeline.evaluation.privacy.real_codes import REMEDY, evaluate_codes
from pipeline.evaluation.privacy.singletons import evaluate_singletons
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Verdict

_REPORT = "report the dataset and the seed."


def require_no_real_person(
    spec: DatasetSpec, reference: Reference, table: pd.DataFrame, keys: RowKeys, parts: int, file: str
) -> None:
    """Raise ExportError where the rows of a part repeat real identity values, codes or people.

    `keys` are its rows beside all real ones; of `parts` none should be stopped by chance.
    """
    real = reference.raw
    _require_no_overlap(spec, real, table, file)
    found = [
        evaluate_combinations(real, table, spec, parts),
        evaluate_codes(real, table, spec, reference.training, reference.holdout, parts),
        evaluate_singletons(keys, parts),
    ]
    for one in found:
        if one is not None and one.verdict is Verdict.FAIL:
            hint = REMEDY if one.name == CODES else _REPORT
            raise ExportError(f"{file} is not written: {one.sentence}", hint)


def _require_no_overlap(spec: DatasetSpec, real: pd.DataFrame, table: pd.DataFrame, file: str) -> None:
    # The rule not_real is the same comparison, so that only columns without it are left.
    compared = [rule.column for rule in spec.rules if rule.rule == "not_real"]
    for column, count in count_overlap(real.drop(columns=compared), table, spec).items():
        if count:
            raise ExportError(
                f'{file} is not written: {count:,} rows repeat a real value of "{column}".', _REPORT
            )
