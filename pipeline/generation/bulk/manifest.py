"""What is written about a large table: the request before its parts, a record of each, the manifest last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Self

from pipeline.datasets.columns import list_learned
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import DataError, ExportError
from pipeline.evaluation.validity.check import list_checked
from pipeline.generation.bulk.evidence import FirstRows
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.plan import Job, Part
from pipeline.generation.manifest import FILE_LIBRARIES, describe_model, list_public, list_taken_for
from pipeline.models.model import ModelInfo

MANIFEST = "manifest.json"
REPORT = "report.html"
# Readers of whole folders (Arrow, Spark, Dask) leave out names that begin with an underscore.
_RECORDS = "_parts"
_REQUEST = f"{_RECORDS}/request.json"


@dataclass(frozen=True)
class PartRecord:
    """One part as it was written; `checked` counts the rows that each rule of the dataset looked at.

    `forced_rows` were set to the category of a share, because the model rarely generates it.
    """

    index: int
    file: str
    first_row: int
    rows: int
    size_bytes: int
    sha256: str
    checked: Sequence[int]
    forced_rows: int = 0
    is_new: bool = True

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A record as it was stored; KeyError or TypeError where it is none."""
        return cls(**{**values, "checked": tuple(values["checked"])})


def find_begun(folder: Folder) -> Job | None:
    """The job that a folder was begun for, None where there is none."""
    values = folder.read_json(_REQUEST)
    try:
        return None if values is None else Job.from_dict(values)
    except TypeError:
        return None


def check_folder(folder: Folder, job: Job) -> None:
    """Raise DataError where the folder holds anything but parts of this job."""
    begun = find_begun(folder)
    if begun is None and (found := folder.list()):
        raise DataError(
            f'{folder.address} is not empty: it holds "{found[0]}".', "choose a new or an empty folder."
        )
    if begun is not None and begun.id != job.id:
        raise DataError(
            f"{folder.address} holds parts of another table: {_name_difference(begun, job)}.",
            "choose another folder, or repeat that request to complete it.",
        )


def claim(folder: Folder, job: Job) -> None:
    """Make the folder this job's; DataError, and nothing is touched, where it holds anything else."""
    check_folder(folder, job)
    if find_begun(folder) is None:
        folder.write_json(_REQUEST, job.as_dict())


def find_record(folder: Folder, part: Part) -> PartRecord | None:
    """The record of a part that was made before and still lies there unchanged."""
    values = folder.read_json(_name_record(part.index))
    try:
        record = None if values is None else PartRecord.from_dict({**values, "is_new": False})
    except (KeyError, TypeError):
        return None
    if record is None or (record.file, record.first_row, record.rows) != (
        part.file,
        part.first_row,
        part.rows,
    ):
        return None
    return record if folder.compute_sha256(record.file, record.size_bytes) == record.sha256 else None


def save_record(folder: Folder, record: PartRecord) -> None:
    """Remember a part, once its file is complete."""
    folder.write_json(_name_record(record.index), asdict(record))


def require_parts(folder: Folder, records: Sequence[PartRecord]) -> None:
    """Raise ExportError unless every part lies in the folder as it looks from this very process."""
    require_sizes(folder, {record.file: record.size_bytes for record in records})


def require_sizes(folder: Folder, wanted: Mapping[str, int]) -> None:
    """Raise ExportError unless files of these sizes in bytes lie in a folder."""
    found = folder.measure(wanted)
    missing = [name for name, size in wanted.items() if found.get(name) != size]
    if missing:
        raise ExportError(
            f"{folder.address} lacks {len(missing):,} of {len(wanted):,} parts that were made, "
            f"such as {missing[0]}: the workers do not share this folder.",
            "name a folder that every worker reaches under the same path, or a URL; or make the parts in "
            "processes of this machine.",
        )


def compute_bulk_manifest(
    job: Job,
    spec: DatasetSpec,
    model: ModelInfo,
    records: Sequence[PartRecord],
    first: FirstRows,
    report: bytes,
    ordered_by: str,
) -> dict[str, Any]:
    """Everything needed to check a large table, or to make it again; it holds no value of the real sample.

    Where findings warn, it names who ordered the table and so had it made in spite of them.
    """
    findings = list(first.warnings)
    return {
        **first.headline.as_brief(),
        **_describe_job(job, spec),
        "forced_rows": sum(record.forced_rows for record in records),
        "model": describe_model(model),
        "versions": job.versions,
        "parts": [_describe(record) for record in records],
        "validity": _sum_up(spec, records),
        "identity_overlap": 0,
        "first_rows": first.evidence,
        "report": {
            "file": REPORT,
            "size_bytes": len(report),
            "sha256": hashlib.sha256(report).hexdigest(),
        },
        "warnings": {"findings": findings, "accepted_by": ordered_by} if findings else None,
    }


def read_findings(described: Mapping[str, Any]) -> tuple[str, ...]:
    """The findings that a manifest warns of; in those of before they stand alone, without a name."""
    warnings = described.get("warnings") or ()
    return tuple(warnings["findings"] if isinstance(warnings, Mapping) else warnings)


def compute_file_versions() -> dict[str, str]:
    """Versions of the libraries that decide the bytes of a part beside its rows."""
    return {name: version(name) for name in FILE_LIBRARIES if name in ("pandas", "pyarrow")}


def _describe_job(job: Job, spec: DatasetSpec) -> dict[str, Any]:
    return {
        "dataset": {"name": job.dataset, "fingerprint": job.fingerprint},
        "rows": job.rows,
        "columns": [column.name for column in spec.columns],
        "taken_for": list_taken_for(spec),
        "learned": list_learned(spec).as_dict(),
        "public_columns": list_public(spec),
        "seed": job.seed,
        "as_of": job.as_of,
        "shares": job.shares,
        "identity": job.identity,
        "format": job.format,
        "part_rows": job.part_rows,
    }


def _describe(record: PartRecord) -> dict[str, Any]:
    values = asdict(record)
    return {name: values[name] for name in ("file", "first_row", "rows", "size_bytes", "sha256")}


def _sum_up(spec: DatasetSpec, records: Sequence[PartRecord]) -> dict[str, Any]:
    """No part with a failing row is ever written, so that only the checks are listed."""
    names = list_checked(spec)
    totals = [sum(record.checked[place] for record in records) for place in range(len(names))]
    rules = [
        {"column": column, "rule": rule, "checked": checked, "failed": 0}
        for (column, rule), checked in zip(names, totals, strict=True)
    ]
    return {"is_valid": True, "rules": rules}


def _name_record(index: int) -> str:
    return f"{_RECORDS}/part-{index:05d}.json"


def _name_difference(begun: Job, job: Job) -> str:
    ours, theirs = job.as_dict(), begun.as_dict()
    name = next(name for name in ours if ours[name] != theirs[name])
    return f"its {name} is {theirs[name]}, not {ours[name]}"
