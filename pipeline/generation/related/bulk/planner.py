"""From an order for a large set of tables to the job that decides every byte."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from pipeline.datasets import features
from pipeline.datasets.related.catalog import RelatedCatalog
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.errors import DataError
from pipeline.exporters import parse_format
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import compute_file_versions
from pipeline.generation.bulk.orders import open_folder
from pipeline.generation.bulk.plan import FORMATS
from pipeline.generation.orders import RelatedBulkOrder
from pipeline.generation.related.bulk.plan import SetJob, count_parts, list_roots
from pipeline.generation.related.bulk.records import check_folder, find_begun
from pipeline.generation.related.bulk.separation import require_separable
from pipeline.generation.table import require_scale
from pipeline.models.related.model import compute_related_id, compute_related_versions
from pipeline.models.related.recipe import RelatedRecipe, configure_related
from pipeline.settings import Settings

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
class SetPlan:
    """Several large tables that can be made: their dataset and recipe, the job, and where it goes."""

    dataset: RelatedDataset
    recipe: RelatedRecipe
    job: SetJob
    folder: Folder


@dataclass(frozen=True)
class SetPlanner:
    """Completes and checks orders for several large tables, before any model is trained."""

    settings: Settings
    catalog: RelatedCatalog
    today: date

    def settle(self, order: RelatedBulkOrder) -> RelatedBulkOrder:
        """The order with recipe, date, identities and folder decided; the folder as for one table.

        Where it names none, it gets one among the exports that equal orders share.
        """
        settings = self.settings
        recipe = order.recipe or configure_related(settings.training)
        order = replace(order, recipe=recipe, identity=settings.identity)
        folder = open_folder(order.out, settings.state_folder) if order.out else None
        job = self._plan(order, recipe, self.catalog.get(order.dataset), folder)
        out = folder.address if folder else str(settings.state_folder / "exports" / name_set_folder(job))
        return replace(order, as_of=date.fromisoformat(job.as_of), out=out)

    def plan(self, order: RelatedBulkOrder) -> SetPlan:
        """An order that can be met; DataError where its folder holds another, or its tables cannot be cut."""
        recipe = order.recipe or configure_related(self.settings.training)
        dataset = self.catalog.get(order.dataset)
        folder = open_folder(order.out or "", self.settings.state_folder)
        job = self._plan(order, recipe, dataset, folder)
        if job.parts > 1:
            require_cuttable(dataset, recipe.synthesizer)
        check_folder(folder, job)
        return SetPlan(dataset, recipe, job, folder)

    def _plan(
        self, order: RelatedBulkOrder, recipe: RelatedRecipe, dataset: RelatedDataset, folder: Folder | None
    ) -> SetJob:
        check_bulk_order(order)
        begun = find_begun(folder) if folder else None
        as_of = order.as_of or (date.fromisoformat(begun.as_of) if begun else self.today)
        features.check_as_of(as_of)
        schema = dataset.schema
        rows = {table.name: dataset.count_rows(table.name) for table in schema.tables}
        roots = {name: max(1, round(rows[name] * order.scale)) for name in list_roots(schema)}
        return SetJob(
            dataset=schema.name,
            fingerprint=dataset.fingerprint,
            model=compute_related_id(dataset.fingerprint, recipe),
            scale=order.scale,
            roots=roots,
            parts=count_parts(schema, roots, rows, order.scale, order.part_roots),
            seed=order.seed,
            as_of=as_of.isoformat(),
            format=parse_format(order.format).value,
            identity=(order.identity or self.settings.identity).model_dump(),
            versions={**compute_related_versions(), **compute_file_versions()},
        )


def name_set_folder(job: SetJob) -> str:
    """A name that equal jobs share and different ones do not: the size of a part and the format count too."""
    return f"{job.dataset}-scale{job.scale:g}-seed{job.seed}-{job.as_of}-{job.model}-{job.id[:8]}"
