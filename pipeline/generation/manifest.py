"""The manifest of an export: what is needed to make the file again or to evaluate it, and where it lies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.datasets.columns import describe_columns
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import DataError
from pipeline.generation.paths import name_manifest

if TYPE_CHECKING:
    from pipeline.access.audit import Detail
    from pipeline.generation.approvals import Approval
    from pipeline.generation.results import Generation
    from pipeline.models.model import ModelInfo
    from pipeline.reports import ReportFormat
    from pipeline.synthesizers.width import ColumnPlan

BUNDLED_MANIFEST = "manifest.json"
BUNDLE_MIME = "application/zip"
FILE_LIBRARIES = ("pandas", "pyarrow", "openpyxl", "python-docx", "lxml")
"""What decides the bytes of a file, beside the rows themselves."""
_TAKEN_FOR = ("name", "role", "kind", "why", "alternatives", "group")


@dataclass(frozen=True)
class Export:
    """A table as a file, made in `seconds`; its manifest holds no value of the real sample."""

    content: bytes
    filename: str
    mime: str
    manifest: Mapping[str, Any]
    seconds: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was found and did not stop the export."""
        warnings = self.manifest["warnings"]
        return tuple(warnings["findings"]) if warnings else ()

    @property
    def sha256(self) -> str:
        """The checksum of the content, as hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def outline(generation: Generation) -> dict[str, Detail]:
    """What an audit entry says of a generated table."""
    return {
        "rows": generation.rows,
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "model": generation.model.id,
    }


def read_as_of(manifest: Path, about: str | None = None) -> date | None:
    """The `as_of` that a manifest records, or None where there is none, or one that is not `about` a file.

    DataError for a manifest that cannot be read.
    """
    try:
        described = json.loads(manifest.read_text(encoding="utf-8"))
        if about is not None and described.get("file") != about:
            return None
        return date.fromisoformat(described["as_of"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"The manifest {manifest.name} cannot be read.", "restore it, or give the date with --as-of."
        ) from error


def compute_manifest(
    generation: Generation,
    filename: str,
    content: bytes,
    exported_by: str,
    approvals: Sequence[Approval] = (),
) -> dict[str, Any]:
    """Everything needed to check an export, or to make it again; equal exports have equal manifests.

    Where findings warn, it says so and names who went on in spite of them; `approvals` are the questions and
    answers about the table.
    """
    from pipeline.evaluation.as_json import as_dict
    from pipeline.evaluation.headline import compute_headline

    model, headline = generation.model, compute_headline(generation.evaluation)
    warnings = headline.findings
    return {
        **headline.as_brief(),
        "warnings": {"findings": list(warnings), "accepted_by": exported_by} if warnings else None,
        "approvals": [one.as_dict() for one in approvals],
        "file": filename,
        "sha256": hashlib.sha256(content).hexdigest(),
        "dataset": {"name": generation.spec.name, "fingerprint": model.dataset_fingerprint},
        "rows": generation.rows,
        "columns": [column.name for column in generation.spec.columns],
        "taken_for": list_taken_for(generation.spec),
        "learned": generation.learned.as_dict(),
        "public_columns": list_public(generation.spec),
        "seed": generation.seed,
        "as_of": generation.as_of.isoformat(),
        "shares": {column: dict(shares) for column, shares in generation.shares.items()},
        "forced_rows": generation.forced_rows,
        "model": describe_model(model),
        "file_versions": {library: version(library) for library in FILE_LIBRARIES},
        "evidence": as_dict(generation.evaluation),
    }


def list_taken_for(spec: DatasetSpec) -> list[dict[str, Any]]:
    """What each column was taken for, why, and what else it could be; no value of the table is in it."""
    treatments = [column.as_dict() for column in describe_columns(spec)]
    return [{name: one[name] for name in _TAKEN_FOR} for one in treatments]


def list_public(spec: DatasetSpec) -> list[str]:
    """The columns that an administrator declared public: real codes of theirs may leave."""
    return [column.name for column in spec.columns if column.is_public]


def describe_model(model: ModelInfo) -> dict[str, Any]:
    """What a manifest says of the model behind a table."""
    return {
        "id": model.id,
        "recipe": model.recipe.as_dict(),
        "versions": dict(model.versions),
        "epochs_trained": model.epochs_trained,
        "kept_epoch": model.kept_epoch,
        "was_stopped": model.was_stopped,
        "treatments": [_describe_treatment(plan) for plan in model.treatments],
        "stages": [asdict(stage) for stage in model.stages],
        "choice": model.choice.as_dict() if model.choice else None,
        "refinement": model.refinement.as_public() if model.refinement else None,
    }


def _describe_treatment(plan: ColumnPlan) -> dict[str, Any]:
    return {
        "column": plan.column,
        "treatment": plan.treatment.value,
        "distinct": plan.distinct,
        "reason": plan.reason,
    }


def find_as_of(file: Path) -> date | None:
    """The `as_of` of a table by the manifest beside it, or unpacked with it; None where there is none."""
    packed = file.with_name(BUNDLED_MANIFEST)
    return read_as_of(name_manifest(file)) or read_as_of(packed, file.name)


def name_files(export: Export, reports: Mapping[ReportFormat, bytes]) -> dict[str, bytes]:
    """The files of a bundle by name, in their order."""
    files = {export.filename: export.content, BUNDLED_MANIFEST: format_manifest(export)}
    return files | {f"report{fmt.suffix}": content for fmt, content in reports.items()}


def format_manifest(export: Export) -> bytes:
    """A manifest as the content of its file."""
    return (json.dumps(export.manifest, indent=2, ensure_ascii=False) + "\n").encode()
