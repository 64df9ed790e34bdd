"""From an order for a large set of tables to the job that decides every byte."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.datasets import features
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.errors import DataError
from pipeline.evaluation.related.reference import RelatedReference
from pipeline.exporters import parse_format
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import compute_file_versions
from pipeline.generation.bulk.plan import FORMATS
from pipeline.generation.orders import RelatedBulkOrder
from pipeline.generation.related.bulk.plan import SetJob, count_parts, list_roots
from pipeline.generation.related.bulk.records import check_folder, find_begun
from pipeline.generation.related.bulk.separation import require_separable
from pipeline.generation.table import require_scale
from pipeline.models.related.model import compute_related_id, compute_related_versions
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.settings import IdentityOptions

LARGEST_SCALE = 1_000_000.0


def check_bulk_order(order: RelatedBulkOrder) -> None:
    """DataError where scale, format, parts or workers are out of range."""
    require_scale(order.scale, LARGEST_SCALE)
    fmt = parse_format(order.format)
    if fmt not in FORMATS:
        raise DataError(f"Parts cannot be written as {fmt}.", f"choose one of {', '.join(FORMATS)}.")
    if order.workers < 1 or (order.part_roots is not None and order.part_roots < 1):
        raise DataError("A job needs a worker and parts a root.", "ask for at least 1 of each.")


def require_cuttable(dataset: RelatedDataset, synthesizer: str) -> None:
    """DataError for tables that cannot be made in parts."""
    if synthesizer == "hma":
        raise DataError(
            "hma makes all tables in one piece.", "use generate, or --synthesizer autoregressive."
        )
    require_separable(dataset)


@dataclass(frozen=True)
class SetPlanner:
    """Turns orders for a dataset into jobs, before any model is trained."""

    dataset: RelatedDataset
    identity: IdentityOptions
    today: date

    def plan(
        self, order: RelatedBulkOrder, recipe: RelatedRecipe, reference: RelatedReference, folder: Folder
    ) -> SetJob:
        """The job of an order; DataError where its folder holds another, or its tables cannot be cut."""
        begun = find_begun(folder)
        as_of = order.as_of or (date.fromisoformat(begun.as_of) if begun else self.today)
        features.check_as_of(as_of)
        schema = self.dataset.schema
        rows = {name: len(held) for name, held in reference.held.items()}
        roots = {name: max(1, round(rows[name] * order.scale)) for name in list_roots(schema)}
        parts = count_parts(schema, roots, rows, order.scale, order.part_roots)
        if parts > 1:
            require_cuttable(self.dataset, recipe.synthesizer)
        job = SetJob(
            dataset=schema.name,
            fingerprint=self.dataset.fingerprint,
            model=compute_related_id(self.dataset.fingerprint, recipe),
            scale=order.scale,
            roots=roots,
            parts=parts,
            seed=order.seed,
            as_of=as_of.isoformat(),
            format=parse_format(order.format).value,
            identity=(order.identity or self.identity).model_dump(),
            versions={**compute_related_versions(), **compute_file_versions()},
        )
        check_folder(folder, job)
        return job
