"""From an order for a large table to the job that decides every byte, and to the folder that is its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipeline.datasets import features
from pipeline.datasets.catalog import Catalog
from pipeline.datasets.dataset import Dataset
from pipeline.errors import DataError
from pipeline.evaluation.reference import Reference
from pipeline.generation.bulk import manifest
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.plan import Job, check_order
from pipeline.generation.orders import BulkOrder
from pipeline.generation.paths import compute_filename, refuse_data_folders
from pipeline.models.library import Library
from pipeline.models.model import compute_model_id, compute_versions
from pipeline.settings import IdentityOptions, Settings
from pipeline.synthesizers import configure_recipe
from pipeline.synthesizers.recipe import Recipe, settle_device
from pipeline.synthesizers.shares import check_shares


@dataclass(frozen=True)
class BulkPlan:
    """A large table that can be made: its dataset, recipe and real side, its job, and where it goes."""

    dataset: Dataset
    recipe: Recipe
    reference: Reference
    job: Job
    folder: Folder


@dataclass(frozen=True)
class BulkPlanner:
    """Completes and checks orders for large tables against the datasets and the settings of a workbench."""

    settings: Settings
    catalog: Catalog
    library: Library
    today: date

    def settle(self, order: BulkOrder) -> BulkOrder:
        """The order with recipe, date and folder decided.

        Where it names no folder, it gets one among the exports that equal orders share: the same order once
        more goes on there.
        """
        dataset = self.catalog.get(order.dataset)
        recipe = self._settle_recipe(order, dataset)
        folder = open_folder(order.out, self.settings.state_folder) if order.out else None
        begun = manifest.find_begun(folder) if folder else None
        job = plan_job(order, self._date(order, begun), dataset, recipe, self.settings.identity)
        out = folder.address if folder else str(self.settings.state_folder / "exports" / name_folder(job))
        return replace(order, recipe=recipe, as_of=date.fromisoformat(job.as_of), out=out)

    def plan(self, order: BulkOrder) -> BulkPlan:
        """An order that can be met, as far as can be checked without its model; DataError where it cannot."""
        dataset = self.catalog.get(order.dataset)
        recipe = self._settle_recipe(order, dataset)
        folder = open_folder(order.out or "", self.settings.state_folder)
        begun = manifest.find_begun(folder)
        job = plan_job(order, self._date(order, begun), dataset, recipe, self.settings.identity)
        manifest.check_folder(folder, job)
        reference = self.library.obtain_reference(dataset)
        check_shares(job.shares, job.dataset, reference.columns, reference.training, recipe.synthesizer)
        return BulkPlan(dataset, recipe, reference, job, folder)

    def _date(self, order: BulkOrder, begun: Job | None) -> date:
        """The date of an order: its own, that of a folder that was `begun` on another day, or today."""
        return order.as_of or (date.fromisoformat(begun.as_of) if begun else self.today)

    def _settle_recipe(self, order: BulkOrder, dataset: Dataset) -> Recipe:
        is_own = not dataset.spec.is_builtin
        return settle_device(order.recipe or configure_recipe(self.settings.training, is_own))


def open_folder(address: str, state: Path) -> Folder:
    """The folder of a large table; DataError where it is a file or lies among data of the workbench."""
    folder = Folder(address)
    path = folder.local_path
    if path is not None:
        refuse_data_folders(path, state)
        if path.exists() and not path.is_dir():
            raise DataError(f"{path} is a file.", "name a folder for the parts.")
    return folder


def plan_job(
    order: BulkOrder, as_of: date, dataset: Dataset, recipe: Recipe, identity: IdentityOptions
) -> Job:
    """The job of an order as of a date; DataError where format, rows, parts or date are out of range."""
    fmt = check_order(order)
    features.check_as_of(as_of)
    shares = {**dataset.spec.shares, **(order.shares or {})}
    return Job(
        dataset=dataset.spec.name,
        fingerprint=dataset.fingerprint,
        model=compute_model_id(dataset.fingerprint, recipe),
        rows=order.rows,
        part_rows=order.part_rows,
        seed=order.seed,
        as_of=as_of.isoformat(),
        shares={name: {str(value): part for value, part in of.items()} for name, of in shares.items()},
        format=fmt.value,
        identity=identity.model_dump(),
        versions={**compute_versions(), **manifest.compute_file_versions()},
    )


def name_folder(job: Job) -> str:
    """A name that equal jobs share and different ones do not: the shares and the format count too."""
    as_of = date.fromisoformat(job.as_of)
    return f"{compute_filename(job.dataset, job.rows, job.seed, as_of, job.model)}-{job.id[:8]}"
