"""How several tables are made of a fitted model and measured."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline.datasets import features
from pipeline.errors import DataError
from pipeline.generation.related.results import RelatedEvidence, RelatedGeneration
from pipeline.generation.table import Stopwatch
from pipeline.progress import OnProgress, Stage, announce

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.evaluation.related.reference import RelatedReference
    from pipeline.evaluation.results import Evaluation
    from pipeline.models.related.assembly import RelatedRequest, RelatedSample
    from pipeline.models.related.model import RelatedModel

LARGEST_SCALE = 1_000.0


def check_scale(scale: float, as_of: date) -> None:
    """DataError where a scale or a date is out of range."""
    features.check_as_of(as_of)
    if not 0 < scale <= LARGEST_SCALE:
        raise DataError(
            f"The scale {scale:g} is out of range.",
            f"choose a number above 0 and up to {LARGEST_SCALE:,.0f}; 1 is the size of the sample.",
        )


def make_related(
    model: RelatedModel,
    reference: RelatedReference,
    request: RelatedRequest,
    reused: bool,
    watch: Stopwatch,
    on_progress: OnProgress | None = None,
) -> RelatedGeneration:
    """Sample whole tables and measure them."""
    kept = f"model {model.info.id} is kept"
    announce(on_progress, Stage.SAMPLE, kept)
    sample = model.sample(request)
    watch.lap("sample")
    announce(on_progress, Stage.EVALUATE, kept)
    evidence = measure_related(model.dataset, reference, sample, request, on_progress)
    watch.lap("evaluate")
    return RelatedGeneration(model.dataset, model.info, request, sample, evidence, watch.seconds, reused)


def measure_related(
    dataset: RelatedDataset,
    reference: RelatedReference,
    sample: RelatedSample,
    request: RelatedRequest,
    on_progress: OnProgress | None = None,
) -> RelatedEvidence:
    """Everything that is measured of several tables before they may leave."""
    from pipeline.datasets.related.rules import check_rules
    from pipeline.evaluation.related.evaluate import evaluate_relations
    from pipeline.evaluation.related.keys import check_keys

    modelled = {
        name: features.extract(single.spec, sample.tables[name], request.as_of)
        for name in sample.tables
        if (single := dataset.table(name)) is not None
    }
    evaluations = {
        name: _evaluate(reference, name, sample.tables[name], modelled[name], request, on_progress)
        for name in reference.tables
        if len(sample.tables[name])
    }
    schema = dataset.schema
    return RelatedEvidence(
        evaluations,
        evaluate_relations(reference, modelled, sample.links, request.seed),
        check_keys(schema, sample.tables),
        check_rules(schema, sample.tables, sample.links),
    )


def _evaluate(
    reference: RelatedReference,
    name: str,
    table: pd.DataFrame,
    modelled: pd.DataFrame,
    request: RelatedRequest,
    on_progress: OnProgress | None,
) -> Evaluation:
    from pipeline.evaluation.evaluate import evaluate_table

    single = reference.tables[name]
    own = table[[column.name for column in single.spec.columns]]
    return evaluate_table(single, own, modelled, request.as_of, request.options, on_progress)
