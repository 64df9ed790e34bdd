"""What a process needs to make parts, opened once from the settings in its environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import pyarrow as pa

from pipeline.datasets.catalog import Catalog
from pipeline.errors import DataError
from pipeline.evaluation.privacy.copies import RowKeys, compute_row_keys
from pipeline.evaluation.privacy.repeats import ExportRecord, record_export
from pipeline.evaluation.reference import Reference
from pipeline.generation.bulk.plan import Job, Part
from pipeline.generation.bulk.schema import plan_schema
from pipeline.models.library import fetch_dataset, open_library
from pipeline.models.model import FittedModel, Sample, SampleRequest
from pipeline.settings import IdentityOptions, Settings, load_settings
from pipeline.store.mirror import Mirror


@dataclass(frozen=True)
class PartContext:
    """A fitted model and the real side that its rows are checked against."""

    model: FittedModel
    reference: Reference

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of every part."""
        return plan_schema(self.reference)

    def plan_sample(self, job: Job, part: Part, headroom: float = 1.0) -> SampleRequest:
        """The request for the rows of one part."""
        return SampleRequest(
            rows=part.rows,
            seed=job.seed,
            as_of=date.fromisoformat(job.as_of),
            shares=part.fractions,
            options=IdentityOptions(**job.identity),
            protected=self.reference.protected,
            first_row=part.first_row,
            total_rows=job.rows,
            headroom=headroom,
        )

    def compare_rows(self, sample: Sample) -> RowKeys:
        """The rows of a part beside all real rows."""
        return compute_row_keys(self.reference.training, self.reference.holdout, sample.modelled)

    def record_repeats(self, keys: RowKeys) -> ExportRecord:
        """Which real rows a part repeats."""
        return record_export(keys, self.model.info.dataset_fingerprint)


def open_part_context(job: Job) -> PartContext:
    """The context of a job in a worker, kept for the next part."""
    return _open(load_settings(), job.dataset, job.fingerprint, job.model)


@lru_cache(maxsize=2)
def _open(settings: Settings, name: str, fingerprint: str, model: str) -> PartContext:
    home = settings.state_folder
    catalog = Catalog(home / "datasets", settings.uploads)
    mirror = Mirror(settings.store.url, home) if settings.store.url else None
    fetch_dataset(catalog, mirror, name)
    dataset = catalog.get(name)
    if dataset.fingerprint != fingerprint:
        raise DataError(
            f'A worker holds another version of the dataset "{name}".',
            "give every worker the same version of the workbench and the same state folder.",
        )
    library = open_library(home, mirror)
    return PartContext(library.load_model(model, dataset), library.obtain_reference(dataset))
