"""The workbench of one actor: its services, each loaded when first used, and short ways for notebooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pipeline.settings import Settings, load_settings
from pipeline.workbench.calls import Calls
from pipeline.workbench.context import Context, Stores, local_actor

if TYPE_CHECKING:
    from pipeline.access.accounts import AccountRole, Actor
    from pipeline.evaluation.results import Evaluation
    from pipeline.generation.orders import GenerateOrder
    from pipeline.generation.results import Generation, Training
    from pipeline.progress import OnProgress
    from pipeline.store.database import Database
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.account import AccountService
    from pipeline.workbench.answers import AnswerService
    from pipeline.workbench.approvals import ApprovalService
    from pipeline.workbench.bulk import BulkService
    from pipeline.workbench.datasets import DatasetService
    from pipeline.workbench.evidence import EvidenceService
    from pipeline.workbench.exports import ExportService
    from pipeline.workbench.labels import LabelService
    from pipeline.workbench.models import ModelService
    from pipeline.workbench.recipes import RecipeService
    from pipeline.workbench.related import RelatedService
    from pipeline.workbench.related_bulk import RelatedBulkService
    from pipeline.workbench.related_tables import RelatedTableService
    from pipeline.workbench.runs import RunService
    from pipeline.workbench.sharing import SharingService
    from pipeline.workbench.tables import TableService


class Workbench:
    """What one actor can do: manage datasets, train, generate, evaluate, export, and order it all as runs."""

    def __init__(
        self,
        settings: Settings | None = None,
        actor: Actor | None = None,
        database: Database | None = None,
        calls: Calls | None = None,
    ) -> None:
        settings = settings or load_settings()
        stores = Stores(settings, database)
        self.context = Context(settings, stores, actor or local_actor(), calls=calls or Calls())

    def act_as(self, actor: Actor) -> Self:
        """The same workbench, models in memory included, for another actor."""
        other = type(self).__new__(type(self))
        other.context = replace(self.context, actor=actor)
        return other

    @property
    def settings(self) -> Settings:
        """The settings of the installation."""
        return self.context.settings

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.context.actor

    def require(self, role: AccountRole, use_case: str = "") -> None:
        """Raise AccessError, and record the attempt, unless the actor has this role or a higher one."""
        self.context.require(role, use_case)

    def is_related(self, dataset: str) -> bool:
        """Whether a dataset has several tables."""
        from pipeline.access.accounts import AccountRole

        self.require(AccountRole.VIEWER, "datasets.get")
        stores = self.context.stores
        return not stores.catalog.is_known(dataset) and stores.related.is_known(dataset)

    @cached_property
    def datasets(self) -> DatasetService:
        """List, look up, register and remove datasets."""
        from pipeline.workbench.datasets import DatasetService

        return DatasetService(self.context)

    @cached_property
    def models(self) -> ModelService:
        """Train, list, look up and delete fitted models."""
        from pipeline.workbench.models import ModelService

        return ModelService(self.context)

    @cached_property
    def tables(self) -> TableService:
        """Generate tables."""
        from pipeline.workbench.tables import TableService

        return TableService(self.context, self.models)

    @cached_property
    def evidence(self) -> EvidenceService:
        """Measure tables, and report on them."""
        from pipeline.workbench.evidence import EvidenceService

        return EvidenceService(self.context, self.tables)

    @cached_property
    def exports(self) -> ExportService:
        """Take tables out as files."""
        from pipeline.workbench.exports import ExportService

        return ExportService(self.context, self.evidence)

    @cached_property
    def bulk(self) -> BulkService:
        """Make large tables in parts, and fetch their files."""
        from pipeline.workbench.bulk import BulkService

        return BulkService(self.context, self.models, self.runs)

    @cached_property
    def related(self) -> RelatedService:
        """List, register and change datasets of several related tables."""
        from pipeline.workbench.related import RelatedService

        return RelatedService(self.context)

    @cached_property
    def related_tables(self) -> RelatedTableService:
        """Train several related tables together, generate and export them."""
        from pipeline.workbench.related_tables import RelatedTableService

        return RelatedTableService(self.context, lambda run_id: self.runs.get(run_id))

    @cached_property
    def related_bulk(self) -> RelatedBulkService:
        """Make several large tables in parts."""
        from pipeline.workbench.related_bulk import RelatedBulkService

        return RelatedBulkService(self.context, self.related_tables)

    @cached_property
    def runs(self) -> RunService:
        """Order work or do it at once, follow it, end it, open its table."""
        from pipeline.workbench.performing import carry_out
        from pipeline.workbench.runs import RunService

        return RunService(self.context, self.tables, lambda: self.evidence, partial(carry_out, self))

    @cached_property
    def answers(self) -> AnswerService:
        """Files and evidence that one request is answered with, made in one step."""
        from pipeline.workbench.answers import AnswerService

        return AnswerService(self.context, self)

    @cached_property
    def labels(self) -> LabelService:
        """Name runs, and the models that they trained."""
        from pipeline.workbench.labels import LabelService

        return LabelService(self.context, self.models, lambda: self.runs)

    @cached_property
    def recipes(self) -> RecipeService:
        """Recipes that were saved under a name."""
        from pipeline.workbench.recipes import RecipeService

        return RecipeService(self.context)

    @cached_property
    def sharing(self) -> SharingService:
        """Let other users look at runs."""
        from pipeline.workbench.sharing import SharingService

        return SharingService(self.context, self.runs)

    @cached_property
    def approvals(self) -> ApprovalService:
        """Ask for approvals of tables, and give them."""
        from pipeline.workbench.approvals import ApprovalService

        return ApprovalService(self.context, self.runs)

    @cached_property
    def account(self) -> AccountService:
        """One's own account; everybody's, and the audit log, for administrators."""
        from pipeline.workbench.account import AccountService

        return AccountService(self.context)

    def train(
        self, dataset: str, recipe: Recipe | None = None, on_progress: OnProgress | None = None
    ) -> Training:
        """Fit a model, or find the one that an equal request has fitted; short for `models.train`."""
        return self.models.train(dataset, recipe, on_progress)

    def generate(self, order: GenerateOrder, on_progress: OnProgress | None = None) -> Generation:
        """Generate a table and measure it; short for `tables.generate`."""
        return self.tables.generate(order, on_progress)

    def evaluate(
        self,
        dataset: str,
        file: Path,
        as_of: date | None = None,
        holdout: Path | None = None,
        target: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Evaluation:
        """Measure any table with a dataset's columns against it; the numbers of `evidence.evaluate`."""
        return self.evidence.evaluate(dataset, file, as_of, holdout, target, on_progress).evaluation
