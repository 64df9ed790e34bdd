"""How several tables are made of a fitted model and measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from pipeline.datasets import features
from pipeline.errors import NotFoundError
from pipeline.generation.related.results import RelatedEvidence, RelatedGeneration, compute_digest
from pipeline.generation.table import Stopwatch, require_scale
from pipeline.progress import OnProgress, Stage, announce

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.datasets.rules.check import RuleCheck
    from pipeline.evaluation.related.reference import RelatedReference
    from pipeline.evaluation.results import Evaluation
    from pipeline.models.related.assembly import RelatedRequest, RelatedSample
    from pipeline.models.related.model import RelatedModel

LARGEST_SCALE = 1_000.0


def check_scale(scale: float, as_of: date) -> None:
    """DataError where a scale or a date is out of range."""
    features.check_as_of(as_of)
    require_scale(scale, LARGEST_SCALE)


def make_related(
    model: RelatedModel,
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
    evidence = measure_related(model, sample, request, on_progress)
    watch.lap("evaluate")
    return RelatedGeneration(model.dataset, model.info, request, sample, evidence, watch.seconds, reused)


def make_again(
    model: RelatedModel, request: RelatedRequest, digest: str, measured: RelatedEvidence | None = None
) -> RelatedGeneration:
    """Tables that were made before; NotFoundError where the rows differ from those of `digest`."""
    watch = Stopwatch()
    sample = model.sample(request)
    watch.lap("sample")
    if compute_digest(sample.tables) != digest:
        raise NotFoundError(
            "The tables can no longer be reproduced exactly: settings or versions have changed since.",
            "repeat the run to generate new ones.",
        )
    evidence = measured or measure_related(model, sample, request)
    return RelatedGeneration(model.dataset, model.info, request, sample, evidence, watch.seconds, True)


def measure_related(
    model: RelatedModel,
    sample: RelatedSample,
    request: RelatedRequest,
    on_progress: OnProgress | None = None,
) -> RelatedEvidence:
    """Everything that is measured of several tables before they may leave."""
    from pipeline.evaluation.related.evaluate import evaluate_relations
    from pipeline.evaluation.related.keys import check_keys
    from pipeline.evaluation.related.sides import RelatedSample as Compared

    dataset, reference = model.dataset, model.learned.reference
    schema = dataset.schema
    modelled = _extract(dataset, sample, request)
    evaluations = {
        name: _evaluate(reference, name, sample.tables[name], modelled[name], request, on_progress)
        for name in reference.tables
        if len(sample.tables[name])
    }
    announce(on_progress, Stage.EVALUATE, "their evidence was not kept")
    links = _join_links(sample)
    return RelatedEvidence(
        evaluations,
        evaluate_relations(
            schema,
            {name: features.modelled_columns(one.spec) for name, one in reference.tables.items()},
            Compared(reference.modelled, reference.all_links),
            Compared(modelled, links),
            reference.held,
            request.seed,
        ),
        check_keys(schema, sample.tables),
        _check_rules(dataset, reference, sample),
    )


def _check_rules(
    dataset: RelatedDataset, reference: RelatedReference, sample: RelatedSample
) -> tuple[RuleCheck, ...]:
    """The confirmed rules, counted in every row of the sample."""
    from pipeline.datasets.rules.check import check_rules
    from pipeline.datasets.rules.given import RuleTables
    from pipeline.datasets.rules.settle import fill_combinations
    from pipeline.models.related.proposing import read_given

    schema = dataset.schema
    rules = tuple(rule for rule in schema.rules if rule.is_confirmed)
    tables = RuleTables(schema, sample.tables, _join_links(sample))
    checks = check_rules(fill_combinations(rules, read_given(dataset, reference)), tables)
    # Evidence is kept with a run, so that its rules hold no combination of the real rows.
    return tuple(replace(check, rule=rule) for check, rule in zip(checks, rules, strict=True))


def _join_links(sample: RelatedSample) -> dict[str, np.ndarray]:
    """The positions of parents by relation id, of all tables."""
    return {relation: places for found in sample.links.values() for relation, places in found.items()}


def _extract(
    dataset: RelatedDataset, sample: RelatedSample, request: RelatedRequest
) -> dict[str, pd.DataFrame]:
    """The modelled rows of every table, without a column for one that has none of its own."""
    found = {}
    for name, table in sample.tables.items():
        single = dataset.table(name)
        found[name] = table[[]] if single is None else features.extract(single.spec, table, request.as_of)
    return found


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
