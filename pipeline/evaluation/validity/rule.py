"""What a validity rule reads and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.datasets.spec import RuleSpec
from pipeline.errors import MetadataError


@dataclass(frozen=True)
class RuleInput:
    """One column as a rule reads it; every text has one entry a row, "" where a value is missing.

    `others` are the columns that the rule reads besides; `real` is the same column of the real
    table, None where there is no real table; `ssn` is "valid" or "never_issued".
    """

    spec: RuleSpec
    values: pd.Series
    text: pa.Array
    others: tuple[pa.Array, ...]
    as_of: date
    real: pa.Array | None
    ssn: str

    def option(self, name: str) -> Any:
        """An option that the rule cannot do without; MetadataError where it is missing."""
        if name not in self.spec.options:
            raise MetadataError(
                f'Rule {self.spec.rule} of column "{self.spec.column}" lacks the option "{name}".',
                "add it under `options` of that rule in dataset.yaml.",
            )
        return self.spec.options[name]


@dataclass(frozen=True)
class Rule:
    """`check` gives for each row whether it fails; `others` is how many columns it needs besides.

    Rows with a missing value are left out, except where the rule is about them.
    """

    check: Callable[[RuleInput], np.ndarray]
    description: str
    others: int = 0
    is_about_missing: bool = False
