"""Several tables among the exports: which real rows each of them repeats, noted and compared by table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from pipeline.datasets import features
from pipeline.evaluation.privacy.copies import RowKeys, compute_row_keys
from pipeline.evaluation.privacy.evaluate import add_measure
from pipeline.evaluation.privacy.repeats import ExportRecord, compare_exports, record_export
from pipeline.evaluation.results import PrivacyFinding

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.evaluation.related.reference import RelatedReference
    from pipeline.generation.export_log import ExportLog
    from pipeline.generation.related.results import RelatedEvidence, RelatedGeneration

    Notes = Mapping[str, tuple[str, ExportRecord]]


def enter_tables(
    log: ExportLog, reference: RelatedReference, generation: RelatedGeneration, actor: str
) -> RelatedGeneration:
    """Note tables before their export; their evidence also says what they repeat with earlier exports.

    Nothing is added to that of a table of which no other one has left before.
    """
    notes = _note(reference, generation)
    earlier = {name: log.add(key, record, actor) for name, (key, record) in notes.items()}
    return _set_beside(reference, generation, notes, earlier)


def compare_tables(
    log: ExportLog, reference: RelatedReference, generation: RelatedGeneration
) -> RelatedGeneration:
    """The same evidence as `enter_tables` gives, and nothing is noted."""
    notes = _note(reference, generation)
    earlier = {name: log.list_before(key, record) for name, (key, record) in notes.items()}
    return _set_beside(reference, generation, notes, earlier)


def compare_rows(
    reference: RelatedReference, tables: Mapping[str, pd.DataFrame], as_of: date
) -> dict[str, RowKeys]:
    """The rows of each table that is learned beside its real ones."""
    return {
        name: compute_row_keys(one.training, one.holdout, features.extract(one.spec, tables[name], as_of))
        for name, one in reference.tables.items()
    }


def record_repeats(keys: Mapping[str, RowKeys], fingerprint: str) -> dict[str, ExportRecord]:
    """Which real rows each table repeats; `fingerprint` is that of the dataset."""
    return {name: record_export(found, name_origin(fingerprint, name)) for name, found in keys.items()}


def add_findings(evidence: RelatedEvidence, found: Mapping[str, PrivacyFinding]) -> RelatedEvidence:
    """The evidence with one more privacy measure of some tables."""
    tables = {
        name: replace(one, privacy=add_measure(one.privacy, found[name])) if name in found else one
        for name, one in evidence.tables.items()
    }
    return replace(evidence, tables=tables)


def name_entry(key: str, table: str) -> str:
    """What the export log calls one table of a set with this key (64 hexadecimal digits)."""
    return hashlib.sha256(f"{key} {table}".encode()).hexdigest()


def name_origin(fingerprint: str, table: str) -> str:
    """What the export log calls the real rows of one table of a dataset (64 hexadecimal digits)."""
    return hashlib.sha256(f"{fingerprint} {table}".encode()).hexdigest()


def _note(reference: RelatedReference, generation: RelatedGeneration) -> Notes:
    """By table what the log calls it, and which real rows it repeats."""
    key = _compute_key(generation)
    keys = compare_rows(reference, generation.tables, generation.as_of)
    records = record_repeats(keys, generation.model.dataset_fingerprint)
    return {name: (name_entry(key, name), record) for name, record in records.items()}


def _compute_key(generation: RelatedGeneration) -> str:
    """The same for the same rows of the same model, in whatever format."""
    request = generation.request
    parts = {
        "dataset": generation.model.dataset_fingerprint,
        "model": generation.model.id,
        "scale": request.scale,
        "seed": request.seed,
        "as_of": request.as_of.isoformat(),
        "options": request.options.model_dump(),
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _set_beside(
    reference: RelatedReference,
    generation: RelatedGeneration,
    notes: Notes,
    earlier: Mapping[str, tuple[ExportRecord, ...]],
) -> RelatedGeneration:
    found = {
        name: compare_exports(before, notes[name][1], reference.tables[name].real_keys)
        for name, before in earlier.items()
        if before
    }
    return replace(generation, evidence=add_findings(generation.evidence, found)) if found else generation
