"""How a table is ordered of a fitted model, made and measured: the steps that a request and a run share."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from pipeline.datasets import features
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import DataError, NotFoundError
from pipeline.evaluation.evaluate import evaluate_table
from pipeline.evaluation.reference import Reference
from pipeline.generation.given_shares import check_shares
from pipeline.generation.request import GenerateRequest, Generation, compute_table_digest
from pipeline.models.library import Stopwatch
from pipeline.models.model import FittedModel, SampleRequest, announce
from pipeline.synthesizers.protocol import OnProgress, Shares, Stage
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.datasets import Holdings


@dataclass(frozen=True)
class TablePlan:
    """A table that can be made: its dataset, the real side of comparisons, and what to ask of a model."""

    dataset: Dataset
    reference: Reference
    order: SampleRequest


class TableMaking(Holdings):
    """Checks requests for tables and makes them, as one actor may."""

    def _plan_table(self, request: GenerateRequest) -> TablePlan:
        """A request that can be met; DataError where rows, date, shares or model are out of range."""
        self._check_rows(request.rows)
        as_of = request.as_of or date.today()
        features.check_as_of(as_of)
        dataset = self._catalog.get(request.dataset)
        reference = self._library.obtain_reference(dataset)
        shares = _merge_shares(dataset.spec, request.shares)
        check_shares(shares, reference, self._find_recipe(request, dataset).synthesizer)
        order = SampleRequest(
            rows=request.rows,
            seed=request.seed,
            as_of=as_of,
            shares=shares,
            options=request.identity or self.settings.identity,
            protected=reference.protected,
        )
        return TablePlan(dataset, reference, order)

    def _find_recipe(self, request: GenerateRequest, dataset: Dataset) -> Recipe:
        """The recipe of the model that a request will use; NotFoundError for a model that is not there."""
        if request.model is None:
            return request.recipe or self.default_recipe()
        info = self.get_model(request.model)
        if info.dataset_fingerprint != dataset.fingerprint:
            raise DataError(
                f'The model "{info.id}" was not fitted to the dataset "{dataset.spec.name}" as it is now.',
                "choose a model of this dataset, or train one.",
            )
        return info.recipe

    def _choose_model(
        self, request: GenerateRequest, dataset: Dataset, on_progress: OnProgress | None
    ) -> tuple[FittedModel, bool]:
        """The model that a request names, or that of its recipe; and whether it was there already."""
        if request.model is not None:
            return self._library.load_model(request.model, dataset), True
        return self._obtain_model(dataset, request.recipe or self.default_recipe(), on_progress)

    def _make_table(
        self,
        plan: TablePlan,
        model: FittedModel,
        reused: bool,
        watch: Stopwatch,
        on_progress: OnProgress | None,
    ) -> Generation:
        """Sample a whole table and measure it."""
        kept = f"model {model.info.id} is kept"
        announce(on_progress, Stage.SAMPLE, kept)
        sample = model.sample(plan.order)
        watch.lap("sample")
        announce(on_progress, Stage.EVALUATE, kept)
        order = plan.order
        measured = evaluate_table(
            plan.reference, sample.table, sample.modelled, order.as_of, order.options, watch.lap
        )
        spec = plan.dataset.spec
        return Generation(spec, model.info, order, sample, measured, watch.seconds, reused)

    def _make_again(self, plan: TablePlan, model: FittedModel, digest: str | None) -> Generation:
        """A table that was made before; NotFoundError where other rows come out than those of `digest`."""
        made = self._make_table(plan, model, True, Stopwatch(time.perf_counter), None)
        if digest not in (None, compute_table_digest(made.table)):
            raise NotFoundError(
                "The table does not come out as it was made: settings or versions have changed since.",
                "repeat the run to make a table of today's.",
            )
        return made

    def _check_rows(self, rows: int) -> None:
        limits = self.settings.rows
        if not limits.minimum <= rows <= limits.maximum:
            raise DataError(
                f"{rows:,} rows were asked for; a request takes {limits.minimum:,} to {limits.maximum:,}.",
                "ask for a number in that range, or set rows.minimum and rows.maximum in config.yaml.",
            )


def _merge_shares(spec: DatasetSpec, asked: Shares | None) -> Shares:
    return {**spec.shares, **(asked or {})}
