"""A table and its evidence as the subject of a report, whether it comes from a file or from a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.dataset import Dataset
from pipeline.errors import DataError, ExportError
from pipeline.evaluation.evaluate import evaluate_fully
from pipeline.evaluation.privacy.copies import compute_row_keys
from pipeline.evaluation.privacy.evaluate import compute_privacy, take_worse
from pipeline.evaluation.privacy.intervals import most_by_chance
from pipeline.evaluation.privacy.singletons import evaluate_singletons
from pipeline.evaluation.reference import Reference
from pipeline.evaluation.results import Evaluation, Verdict
from pipeline.exporters import require_folder
from pipeline.generation.results import Generation
from pipeline.progress import OnProgress
from pipeline.reports import ReportFormat, Subject, choose_report_format
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.recipe import name_recipe


def evaluate_file(
    dataset: Dataset,
    reference: Reference,
    file: Path,
    as_of: date,
    options: IdentityOptions,
    holdout: Path | None = None,
    target: str | None = None,
    on_progress: OnProgress | None = None,
    obtain: Callable[[Callable[[], Evaluation]], Evaluation] = lambda measure: measure(),
) -> Subject:
    """Measure a table from any tool in full; real rows in `holdout` replace those that were kept back.

    `obtain` gives what `measure` would, which it may know already.
    """
    origin = {"Fingerprint of the dataset": dataset.fingerprint, "Table": file.name}
    if holdout is not None:
        held = features.extract(dataset.spec, dataset.read_like(holdout), dataset.spec.as_of)
        _require_unseen(reference, held, holdout.name)
        reference = replace(reference, holdout=held)
        origin["Holdout"] = holdout.name
    table = dataset.read_like(file)
    modelled = features.extract(dataset.spec, table, as_of)

    def measure() -> Evaluation:
        measured = evaluate_fully(reference, table, modelled, as_of, options, target, on_progress)
        return measured if as_of == dataset.spec.as_of else _compare_at_origin(reference, table, measured)

    measured = obtain(measure)
    origin["SHA-256 of the table"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return Subject(reference, modelled, measured, as_of, origin)


def _require_unseen(reference: Reference, held: pd.DataFrame, name: str) -> None:
    """Raise DataError where a holdout holds training rows beyond what chance and the dataset explain."""
    keys = compute_row_keys(reference.training, held.head(0), held)
    usual = compute_row_keys(reference.training, reference.holdout, held).repeating_holdout
    repeated, rows = int(keys.copied.sum()), len(held)
    if repeated <= most_by_chance(rows, int(usual.sum()), len(usual)):
        return
    if evaluate_singletons(keys).verdict is Verdict.FAIL:
        raise DataError(
            f"{name}: {repeated:,} of {rows:,} rows equal a training row of the dataset, so that they "
            "cannot serve as a holdout.",
            "use real rows that were not used to train the dataset's models or the tool.",
        )


def _compare_at_origin(reference: Reference, table: pd.DataFrame, measured: Evaluation) -> Evaluation:
    """Look for copies at the dataset's own date too: a copied row has aged by the other one."""
    spec = reference.spec
    modelled = features.extract(spec, table, spec.as_of)
    other = compute_privacy(reference.raw, table, spec, reference.training, reference.holdout, modelled)
    words = f"Ages counted from {spec.as_of.isoformat()}, as in the dataset:"
    return replace(measured, privacy=take_worse(measured.privacy, other, words))


def describe_generation(generation: Generation, reference: Reference) -> Subject:
    """A generated table with the evidence that it already carries."""
    model = generation.model
    origin = {
        "Fingerprint of the dataset": model.dataset_fingerprint,
        "Model": f"{model.id} ({name_recipe(model.recipe, model.epochs_trained)})",
        **({"Chosen by trial": model.choice.reason} if model.choice else {}),
        "Seed of the rows": str(generation.seed),
    }
    return Subject(
        reference,
        generation.modelled,
        generation.evaluation,
        generation.as_of,
        origin,
        model.history,
        model.stages,
        model.refinement,
    )


def plan_report(path: Path) -> ReportFormat:
    """The format of a report at `path`; DataError before anything slow where it cannot be written."""
    chosen = choose_report_format(path)
    try:
        require_folder(path)
    except ExportError as error:
        raise DataError(error.message, error.hint) from error
    return chosen
