"""What is tried with a table before it is kept, so that nothing is refused when it is generated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.errors import DataError, MetadataError

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.datasets.spec import DatasetSpec


def find_doubts(rows: pd.DataFrame, spec: DatasetSpec) -> Sequence[str]:
    """What the export check would stop a table for; MetadataError where a column cannot be generated."""
    from pipeline.evaluation.privacy.real_codes import describe_telling
    from pipeline.identity.trial import require_derivable

    require_derivable(spec, rows)
    return describe_telling(rows, spec)


def require_fitting(dataset: RelatedDataset) -> None:
    """DataError with table and column where values of a set would not fit into the database it came from."""
    from pipeline.identity.trial import require_derivable

    for table in dataset.schema.tables:
        single = None if table.is_public else dataset.table(table.name)
        if single is None or not any("length" in one.options for one in single.spec.columns):
            continue
        rows = single.load_raw()
        try:
            require_derivable(single.spec, rows, len(rows))
        except MetadataError as error:
            raise DataError(f'Table "{table.name}": {error.message}', error.hint) from error
