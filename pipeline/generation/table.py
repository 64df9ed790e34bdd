"""How a table is ordered of a fitted model, made and measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipeline.datasets import features
from pipeline.errors import DataError, NotFoundError
from pipeline.generation.results import Generation, compute_table_digest
from pipeline.models.model import SampleRequest
from pipeline.progress import OnProgress, PartProgress, Progress, Stage, announce, tell
from pipeline.synthesizers import configure_recipe
from pipeline.synthesizers.shares import check_shares

if TYPE_CHECKING:
    from pipeline.datasets.catalog import Catalog
    from pipeline.datasets.dataset import Dataset
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.evaluation.reference import Reference
    from pipeline.evaluation.results import Evaluation
    from pipeline.generation.orders import GenerateOrder
    from pipeline.models.library import Library
    from pipeline.models.model import FittedModel, Sample
    from pipeline.settings import RowLimits, Settings
    from pipeline.synthesizers.protocol import Shares
    from pipeline.synthesizers.recipe import Recipe


class Stopwatch:
    """Seconds by stage, each the time since the stage before it."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._last = clock()
        self.seconds: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = self._clock()
        self.seconds[stage] = round(now - self._last, 4)
        self._last = now


@dataclass(frozen=True)
class TablePlan:
    """A table that can be made: its dataset, the real side of comparisons, and what to ask of a model."""

    dataset: Dataset
    reference: Reference
    order: SampleRequest


@dataclass(frozen=True)
class TablePlanner:
    """Checks orders for tables against the datasets, the models and the settings of a workbench."""

    settings: Settings
    catalog: Catalog
    library: Library

    def plan(self, order: GenerateOrder, today: date) -> TablePlan:
        """An order that can be met; DataError where rows, date, shares or model are out of range."""
        check_rows(order.rows, self.settings.rows)
        as_of = order.as_of or today
        features.check_as_of(as_of)
        dataset = self.catalog.get(order.dataset)
        reference = self.library.obtain_reference(dataset)
        shares = _merge_shares(dataset.spec, order.shares)
        synthesizer = self._find_recipe(order, dataset).synthesizer
        if shares:
            check_shares(shares, dataset.spec.name, reference.columns, reference.training, synthesizer)
        request = SampleRequest(
            rows=order.rows,
            seed=order.seed,
            as_of=as_of,
            shares=shares,
            options=order.identity or self.settings.identity,
            protected=reference.protected,
        )
        return TablePlan(dataset, reference, request)

    def _find_recipe(self, order: GenerateOrder, dataset: Dataset) -> Recipe:
        """The recipe of the model that an order will use; NotFoundError for a model that is not there."""
        if order.model is None:
            return order.recipe or configure_recipe(self.settings.training, not dataset.spec.is_builtin)
        self.library.fetch_model(order.model)
        info = self.library.store.get_info(order.model)
        if info.dataset_fingerprint != dataset.fingerprint:
            raise DataError(
                f'The model "{info.id}" was trained on an earlier version of "{dataset.spec.name}".',
                "choose a model of this dataset, or train one.",
            )
        return info.recipe


def make_table(
    plan: TablePlan,
    model: FittedModel,
    reused: bool,
    watch: Stopwatch,
    on_progress: OnProgress | None = None,
) -> Generation:
    """Sample a whole table and measure it."""
    kept = f"model {model.info.id} is kept"

    def hear(progress: Progress) -> None:
        if isinstance(progress, PartProgress):
            watch.lap(progress.part)
        tell(on_progress, progress, kept)

    announce(on_progress, Stage.SAMPLE, kept)
    sample = model.sample(plan.order)
    watch.lap("sample")
    announce(on_progress, Stage.EVALUATE, kept)
    measured = _measure(plan, sample, hear)
    return Generation(plan.dataset.spec, model.info, plan.order, sample, measured, watch.seconds, reused)


def make_again(
    plan: TablePlan,
    model: FittedModel,
    digest: str | None,
    measured: Evaluation | None = None,
    on_progress: OnProgress | None = None,
    obtain: Callable[[str, Callable[[], Evaluation]], Evaluation] = lambda _rows, measure: measure(),
) -> Generation:
    """A table that was made before; NotFoundError where the rows differ from those of `digest`.

    Only where there is a digest can it be told that `measured` speaks of these rows; else `obtain` gives, by
    the digest of the rows, what `measure` would, which it may know already.
    """
    watch = Stopwatch()
    sample = model.sample(plan.order)
    watch.lap("sample")
    rows = compute_table_digest(sample.table)
    if digest not in (None, rows):
        raise NotFoundError(
            "The table can no longer be reproduced exactly: settings or versions have changed since.",
            "repeat the run to generate a new table.",
        )
    known = measured if digest else None
    evaluation = known or obtain(rows, lambda: _measure(plan, sample, on_progress))
    return Generation(plan.dataset.spec, model.info, plan.order, sample, evaluation, watch.seconds, True)


def _measure(plan: TablePlan, sample: Sample, on_progress: OnProgress | None = None) -> Evaluation:
    # Loaded here, so that what is refused before a row is drawn does not wait for it.
    from pipeline.evaluation.evaluate import evaluate_table

    order = plan.order
    return evaluate_table(
        plan.reference, sample.table, sample.modelled, order.as_of, order.options, on_progress
    )


def check_rows(rows: int, limits: RowLimits) -> None:
    """DataError where a request asks for fewer or more rows than the settings allow."""
    if not limits.minimum <= rows <= limits.maximum:
        raise DataError(
            f"{rows:,} rows were requested; a request takes {limits.minimum:,} to {limits.maximum:,}.",
            "ask for a number in that range, or set rows.minimum and rows.maximum in config.yaml.",
        )


def check_seed(seed: int) -> None:
    """DataError for a negative seed."""
    if seed < 0:
        raise DataError("Seeds must be 0 or greater.", "use 0 or a positive number.")


def require_scale(scale: float, largest: float) -> None:
    """DataError for a scale of 0 or less, above the largest, or not a number."""
    if not 0 < scale <= largest:
        raise DataError(
            f"The scale {scale:g} is out of range.",
            f"choose a number above 0 and up to {largest:,.0f}; 1 is the size of the sample.",
        )


def _merge_shares(spec: DatasetSpec, asked: Shares | None) -> Shares:
    return {**spec.shares, **(asked or {})}
