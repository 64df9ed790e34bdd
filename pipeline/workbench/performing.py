"""One way to perform an order, for a command in its own process and for a worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.generation.orders import (
    BulkOrder,
    GenerateOrder,
    RelatedBulkOrder,
    RelatedOrder,
    RelatedTrainOrder,
)
from pipeline.progress import OnProgress, Stage, announce
from pipeline.runs.orders import EvaluateOrder, Order, TrainOrder
from pipeline.runs.outcomes import (
    Outcome,
    describe_bulk,
    describe_evaluation,
    describe_generation,
    describe_related,
    describe_related_bulk,
    describe_related_training,
    describe_training,
)

if TYPE_CHECKING:
    from pipeline.reports import Subject
    from pipeline.runs.outcomes import Result
    from pipeline.workbench.bulk import BulkService
    from pipeline.workbench.evidence import EvidenceService
    from pipeline.workbench.models import ModelService
    from pipeline.workbench.related_bulk import RelatedBulkService
    from pipeline.workbench.related_tables import RelatedTableService
    from pipeline.workbench.tables import TableService


class Services(Protocol):
    """The services that do what can be ordered."""

    @property
    def models(self) -> ModelService:
        """Trains."""
        ...

    @property
    def tables(self) -> TableService:
        """Generates."""
        ...

    @property
    def evidence(self) -> EvidenceService:
        """Evaluates."""
        ...

    @property
    def bulk(self) -> BulkService:
        """Makes large tables."""
        ...

    @property
    def related_tables(self) -> RelatedTableService:
        """Trains and generates several tables."""
        ...

    @property
    def related_bulk(self) -> RelatedBulkService:
        """Makes several large tables."""
        ...


def carry_out(services: Services, order: Order, on_progress: OnProgress) -> tuple[Result, Outcome]:
    """Do what was ordered, as the use case itself does; its result, and what the table of runs keeps of it.

    Large tables are made by the workers of a cluster where one of them does the run.
    """
    match order:
        case TrainOrder():
            training = services.models.train(order.dataset, order.recipe, on_progress)
            return training, describe_training(training)
        case GenerateOrder():
            generation = services.tables.generate(order, on_progress)
            return generation, describe_generation(generation)
        case EvaluateOrder():
            subject = _evaluate(services, order, on_progress)
            return subject, describe_evaluation(subject)
        case BulkOrder():
            made = services.bulk.make(order, on_progress)
            return made, describe_bulk(made)
        case RelatedTrainOrder():
            fitted = services.related_tables.train(order.dataset, order.recipe, on_progress)
            return fitted, describe_related_training(fitted)
        case RelatedOrder():
            tables = services.related_tables.generate(order, on_progress)
            return tables, describe_related(tables)
        case RelatedBulkOrder():
            parts = services.related_bulk.make(order, on_progress)
            return parts, describe_related_bulk(parts)


def _evaluate(services: Services, order: EvaluateOrder, on_progress: OnProgress) -> Subject:
    announce(on_progress, Stage.EVALUATE, "nothing was measured")
    holdout = Path(order.holdout) if order.holdout else None
    return services.evidence.evaluate(
        order.dataset, Path(order.file), order.as_of, holdout, order.target, on_progress
    )
