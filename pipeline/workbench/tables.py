"""The use cases of tables: decide where one goes, generate it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.datasets import features
from pipeline.generation.manifest import outline
from pipeline.generation.orders import GenerateOrder
from pipeline.generation.paths import ExportTarget, compute_filename, prepare_state, prepare_target
from pipeline.generation.results import Generation
from pipeline.generation.table import Stopwatch, TablePlan, TablePlanner, check_rows, make_again, make_table
from pipeline.models.model import compute_model_id
from pipeline.progress import naming_model
from pipeline.synthesizers.recipe import settle_device
from pipeline.workbench.context import Context, needs
from pipeline.workbench.models import ModelService

if TYPE_CHECKING:
    from pipeline.evaluation.results import Evaluation
    from pipeline.models.model import FittedModel
    from pipeline.progress import OnProgress


class TableService:
    """Tables of fitted models, as one actor may make them."""

    def __init__(self, context: Context, models: ModelService) -> None:
        self.context = context
        self._models = models

    @needs(AccountRole.ANALYST)
    def generate(self, order: GenerateOrder, on_progress: OnProgress | None = None) -> Generation:
        """Train where needed, or take the model that is named; sample a whole table and measure it.

        Only a fitted model is written.
        """
        plan = self._plan(order)
        prepare_state(self.context.settings.state_folder)
        watch = Stopwatch()
        model, reused = self._choose_model(order, plan, on_progress)
        watch.lap("train")
        with naming_model(None if reused else model.info.id):
            generation = make_table(plan, model, reused, watch, on_progress)
        self.context.record(AuditEvent.TABLE_GENERATED, order.dataset, **outline(generation))
        return generation

    @needs(AccountRole.ANALYST)
    def prepare_export(self, order: GenerateOrder, fmt: str | None, out: Path | None) -> ExportTarget:
        """Choose a table's file before anything slow and make its folder; DataError where it is refused."""
        as_of = order.as_of or self.context.clock()
        check_rows(order.rows, self.context.settings.rows)
        features.check_as_of(as_of)
        dataset = self.context.stores.catalog.get(order.dataset)
        recipe = settle_device(order.recipe or self._models.default_recipe(order.dataset))
        model = order.model or compute_model_id(dataset.fingerprint, recipe)
        name = compute_filename(dataset.spec.name, order.rows, order.seed, as_of, model)
        return prepare_target(self.context.settings.state_folder, dataset.spec, name, fmt, out)

    @needs(AccountRole.VIEWER)
    def sample_model(
        self, order: GenerateOrder, model_id: str, on_progress: OnProgress | None = None
    ) -> Generation:
        """A table of a stored model, measured and not recorded: what a report on a model shows."""
        return self.make_again(order, model_id, None, on_progress=on_progress)

    @needs(AccountRole.VIEWER)
    def make_again(
        self,
        order: GenerateOrder,
        model_id: str,
        digest: str | None,
        measured: Evaluation | None = None,
        on_progress: OnProgress | None = None,
    ) -> Generation:
        """A table that was made before; NotFoundError where the rows differ from those of `digest`.

        With what was `measured` of these very rows, nothing is measured again.
        """
        from pipeline.workbench.kept_evidence import obtain_evaluation

        plan, stores = self._plan(order), self.context.stores
        model = stores.library.load_model(model_id, plan.dataset)

        def obtain(rows: str, measure: Callable[[], Evaluation]) -> Evaluation:
            content = (
                "drawn",
                plan.dataset.fingerprint,
                model_id,
                rows,
                plan.order.as_of,
                plan.order.options,
            )
            return obtain_evaluation(stores.cache, content, measure)

        return make_again(plan, model, digest, measured, on_progress, obtain)

    def _plan(self, order: GenerateOrder) -> TablePlan:
        context = self.context
        planner = TablePlanner(context.settings, context.stores.catalog, context.stores.library)
        return planner.plan(order, context.clock())

    def _choose_model(
        self, order: GenerateOrder, plan: TablePlan, on_progress: OnProgress | None
    ) -> tuple[FittedModel, bool]:
        """The model that an order names, or that of its recipe; and whether it was there already."""
        if order.model is not None:
            return self.context.stores.library.load_model(order.model, plan.dataset), True
        recipe = order.recipe or self._models.default_recipe(order.dataset)
        return self._models.obtain(plan.dataset, recipe, on_progress)
