"""The report that goes with several generated tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.generation.approvals import tell_approvals

if TYPE_CHECKING:
    from pipeline.generation.approvals import Approval
    from pipeline.generation.related.results import RelatedGeneration
    from pipeline.reports.related.subject import RelatedSubject

BUNDLED_REPORT = "report.html"


def render_set_report(generation: RelatedGeneration, approvals: Sequence[Approval] = ()) -> bytes:
    """The report on several tables as HTML, with their approvals; equal tables give equal bytes."""
    # Templates take a moment to load.
    from pipeline.reports.related.compute import compute_related_report
    from pipeline.reports.related.html import render_related

    return render_related(tell_approvals(compute_related_report(describe_set(generation)), approvals))


def describe_set(generation: RelatedGeneration) -> RelatedSubject:
    """Several tables with their evidence, as the subject of a report; nothing in it depends on the clock."""
    from pipeline.reports.related.subject import RelatedSubject

    evidence, recipe = generation.evidence, generation.model.recipe
    return RelatedSubject(
        schema=generation.dataset.schema,
        rows=generation.rows,
        tables=evidence.tables,
        learned=generation.learned,
        relations=evidence.relations,
        keys=evidence.keys,
        rules=evidence.rules,
        answer=evidence.headline,
        facts=(
            ("Scale", f"{generation.request.scale:g} times the sample"),
            ("Ages and expiries count from", generation.as_of.isoformat()),
            ("Model", f"{generation.model.id}, {recipe.synthesizer}"),
            ("Epochs trained, all tables", f"{generation.model.epochs_trained:,}"),
            ("Seed of the rows", f"{generation.request.seed}"),
        ),
    )
