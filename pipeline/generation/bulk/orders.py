"""From an order to the job that decides every byte, and to the folder that is the job's own."""

from __future__ import annotations

from datetime import date

from pipeline.datasets import features
from pipeline.datasets.dataset import Dataset
from pipeline.generation.bulk.manifest import compute_file_versions
from pipeline.generation.bulk.plan import Job, check_order
from pipeline.generation.bulk.request import BulkOrder
from pipeline.generation.request import compute_filename
from pipeline.models.model import compute_model_id, compute_versions
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.recipe import Recipe


def plan_job(
    order: BulkOrder, dataset: Dataset, recipe: Recipe, identity: IdentityOptions, begun: Job | None = None
) -> Job:
    """The job of an order; DataError where format, rows, parts or date are out of range.

    A folder that was `begun` on another day keeps its date, unless the order names one.
    """
    fmt = check_order(order)
    today = begun.as_of if begun else date.today().isoformat()
    as_of = order.as_of.isoformat() if order.as_of else today
    features.check_as_of(date.fromisoformat(as_of))
    shares = {**dataset.spec.shares, **(order.shares or {})}
    return Job(
        dataset=dataset.spec.name,
        fingerprint=dataset.fingerprint,
        model=compute_model_id(dataset.fingerprint, recipe),
        rows=order.rows,
        part_rows=order.part_rows,
        seed=order.seed,
        as_of=as_of,
        shares={name: {str(value): part for value, part in of.items()} for name, of in shares.items()},
        format=fmt.value,
        identity=identity.model_dump(),
        versions={**compute_versions(), **compute_file_versions()},
    )


def name_folder(job: Job) -> str:
    """A name that equal jobs share and different ones do not: the shares and the format count too."""
    as_of = date.fromisoformat(job.as_of)
    return f"{compute_filename(job.dataset, job.rows, job.seed, as_of, job.model)}-{job.id[:8]}"
