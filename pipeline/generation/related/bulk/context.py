"""What a process needs to make parts of several tables, opened once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pyarrow as pa

from pipeline.datasets.catalog import Catalog
from pipeline.datasets.related.catalog import BUILTIN_SETS, RelatedCatalog
from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.settle import fill_combinations
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import DataError
from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.repeats import ExportRecord
from pipeline.evaluation.related.reference import RelatedReference
from pipeline.exporters.related.files import name_files, tables_of
from pipeline.generation.bulk.schema import plan_types
from pipeline.generation.related.bulk.plan import SetJob
from pipeline.generation.related.exports import record_repeats
from pipeline.models.related.assembly import describe_table
from pipeline.models.related.library import open_related_library
from pipeline.models.related.model import RelatedModel
from pipeline.models.related.proposing import read_given
from pipeline.settings import Settings, load_settings


@dataclass(frozen=True)
class SetContext:
    """A fitted model of several tables, and what its rows are checked and written by."""

    model: RelatedModel

    @cached_property
    def specs(self) -> dict[str, DatasetSpec]:
        """Every table with all of its columns."""
        dataset = self.model.dataset
        return {table.name: describe_table(dataset, table.name) for table in dataset.schema.tables}

    @cached_property
    def types(self) -> dict[str, pa.Schema]:
        """The types of the columns of each table, the same in all parts."""
        sample = self.model.dataset.load_all()
        return {name: plan_types(spec, sample[name]) for name, spec in self.specs.items()}

    @cached_property
    def rules(self) -> tuple[RelatedRule, ...]:
        """The confirmed rules."""
        dataset, reference = self.model.dataset, self.reference
        confirmed = (rule for rule in dataset.schema.rules if rule.is_confirmed)
        return fill_combinations(confirmed, read_given(dataset, reference))

    @property
    def reference(self) -> RelatedReference:
        """The real side that rows are checked against."""
        return self.model.learned.reference

    def record_repeats(self, keys: Mapping[str, RowKeys]) -> dict[str, ExportRecord]:
        """Which real rows each table of a part repeats."""
        return record_repeats(keys, self.model.info.dataset_fingerprint)

    @cached_property
    def folders(self) -> dict[str, str]:
        """The folder of each table's files."""
        return name_files(tables_of(self.model.dataset.schema), "")


def open_set_context(job: SetJob) -> SetContext:
    """The context of a job in a worker, kept for the next part."""
    return _open(load_settings(), job.dataset, job.fingerprint, job.model)


@lru_cache(maxsize=1)
def _open(settings: Settings, name: str, fingerprint: str, model: str) -> SetContext:
    home = settings.state_folder
    singles = Catalog(home / "datasets", settings.uploads)
    catalog = RelatedCatalog(home / "related", settings.uploads, singles.is_known, BUILTIN_SETS)
    dataset = catalog.get(name)
    if dataset.fingerprint != fingerprint:
        raise DataError(f'The dataset "{name}" has changed since the job began.', "repeat the request.")
    library = open_related_library(home)
    return SetContext(library.store.load(model, dataset, library.obtain_learned(dataset)))
