"""What is tried with a table before it is kept, so that nothing is refused when it is generated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.spec import DatasetSpec


def find_doubts(rows: pd.DataFrame, spec: DatasetSpec) -> Sequence[str]:
    """What the export check would stop a table for; MetadataError where a column cannot be generated."""
    from pipeline.evaluation.privacy.real_codes import describe_telling
    from pipeline.identity.trial import require_derivable

    require_derivable(spec, rows)
    return describe_telling(rows, spec)
