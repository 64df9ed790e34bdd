"""Several generated tables as files: where they go, what is in them, and the manifest beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.datasets.columns import describe_columns
from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.datasets.written import write_typed
from pipeline.errors import DataError
from pipeline.exporters import ExportFormat, Provenance
from pipeline.exporters.related.files import (
    export_csv_files,
    export_parquet_files,
    export_tables_workbook,
    pack_tables,
)
from pipeline.exporters.sql.inference import infer_text
from pipeline.exporters.sql.script import export_script
from pipeline.generation.files import find_sheet, write_file, write_sheet
from pipeline.generation.manifest import BUNDLED_MANIFEST, FILE_LIBRARIES
from pipeline.generation.paths import name_manifest, name_report
from pipeline.generation.related.reporting import BUNDLED_REPORT, render_set_report
from pipeline.models.related.assembly import describe_table
from pipeline.reports.formats import ReportFormat

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.generation.approvals import Approval
    from pipeline.generation.related.results import RelatedGeneration

DIALECTS = ("sqlite", "postgresql", "mysql", "mssql", "oracle")


class SetFormat(StrEnum):
    """What several tables are written as; `csv` and `parquet` are a ZIP, or a folder."""

    CSV = "csv"
    PARQUET = "parquet"
    EXCEL = "excel"
    SQL = "sql"


_ENDINGS = {".zip": SetFormat.CSV, ".xlsx": SetFormat.EXCEL, ".sql": SetFormat.SQL}
_WORDS = {"xlsx": "excel", "zip": "csv"}
SUFFIXES = {SetFormat.CSV: ".zip", SetFormat.PARQUET: ".zip", SetFormat.EXCEL: ".xlsx", SetFormat.SQL: ".sql"}
_OF_ONE_TABLE = frozenset({".csv", ".tsv", ".txt", ".json", ".doc", ".docx", ".xls", ".parquet"})
MIMES = {
    ".zip": "application/zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".sql": "application/sql",
}


@dataclass(frozen=True)
class SetTarget:
    """Where several tables go: a file, or a folder where `is_folder`; `dialect` is that of a script."""

    format: SetFormat
    path: Path
    is_folder: bool = False
    dialect: str = "sqlite"


@dataclass(frozen=True)
class SetExport:
    """Several tables as files by name, in one file where there is one; `findings` say what was adjusted.

    `report` is the evidence as HTML.
    """

    files: Mapping[str, bytes]
    filename: str
    manifest: Mapping[str, Any]
    findings: tuple[str, ...] = ()
    report: bytes = b""

    @property
    def is_single(self) -> bool:
        """Whether all tables are in one file that is no archive."""
        return len(self.files) == 1 and self.filename in self.files

    @property
    def evidence_files(self) -> dict[str, bytes]:
        """Manifest and report as files of an archive or a folder."""
        return {BUNDLED_MANIFEST: self.format_manifest(), BUNDLED_REPORT: self.report}

    @cached_property
    def content(self) -> bytes:
        """The one file, or the ZIP of all with manifest and report."""
        if self.is_single:
            return self.files[self.filename]
        return pack_tables({**self.files, **self.evidence_files})

    @property
    def sha256(self) -> str:
        """The checksum of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def mime(self) -> str:
        """The media type of the content."""
        return MIMES[Path(self.filename).suffix]

    def format_manifest(self) -> bytes:
        """The manifest as the content of its file."""
        return (json.dumps(self.manifest, indent=2, ensure_ascii=False) + "\n").encode()


def choose_target(fmt: str | None, out: Path | None, dialect: str | None, default: Path) -> SetTarget:
    """Format and place of several tables; DataError for a format or a dialect that there is not.

    The format is `fmt`, else that of the ending of `out`, else CSV. An `out` without one of these endings is
    a folder of CSV or Parquet files.
    """
    suffix = out.suffix.lower() if out else ""
    chosen = _read_format(fmt) if fmt else _ENDINGS.get(suffix, SetFormat.CSV)
    if dialect is not None and dialect not in DIALECTS:
        raise DataError(f'There is no dialect "{dialect}".', f"choose one of {', '.join(DIALECTS)}.")
    ending = SUFFIXES[chosen]
    if out is None:
        return SetTarget(chosen, default.with_name(default.name + ending), dialect=dialect or "sqlite")
    if suffix in MIMES and suffix != ending:
        raise DataError(f"{out.name} does not end like a file of {chosen}.", f"end it in {ending}.")
    if suffix == ending:
        return SetTarget(chosen, out, dialect=dialect or "sqlite")
    if suffix in _OF_ONE_TABLE and not out.is_dir():
        raise DataError(
            f"{out.name} ends like a file of one table.",
            f"end it in {', '.join(MIMES)}, or name a folder for CSV or Parquet files.",
        )
    if ending == ".zip":
        return SetTarget(chosen, out, is_folder=True)
    file = out / f"{default.name}{ending}" if out.is_dir() else out
    return SetTarget(chosen, file, dialect=dialect or "sqlite")


def _read_format(text: str) -> SetFormat:
    try:
        return SetFormat(_WORDS.get(text, text))
    except ValueError as error:
        raise DataError(
            f'Several tables cannot be written as "{text}".', f"choose one of {', '.join(SetFormat)}."
        ) from error


def write_set_files(
    generation: RelatedGeneration,
    target: SetTarget,
    exported_by: str,
    is_plain: bool = False,
    approvals: Sequence[Approval] = (),
) -> SetExport:
    """The tables in a format, with their manifest; equal tables give equal bytes.

    `approvals` are the questions and answers whether they may leave.
    """
    schema, provenance = generation.dataset.schema, describe_origin(generation)
    findings: tuple[str, ...] = ()
    name = target.path.name if not target.is_folder else f"{generation.filename}.zip"
    match target.format:
        case SetFormat.CSV:

            def write_csv(table: str, frame: pd.DataFrame) -> bytes:
                spec = describe_table(generation.dataset, table)
                return write_file(spec, frame, ExportFormat.CSV, provenance, is_plain)

            files = export_csv_files(schema, generation.tables, provenance, write_csv)
        case SetFormat.PARQUET:
            files = export_parquet_files(schema, type_tables(generation), provenance)
        case SetFormat.EXCEL:
            typed, words = _write_sheets(generation, is_plain)
            sources = {} if is_plain else schema.source.get("tables", {})
            layouts = {table: find_sheet(source) for table, source in sources.items()}
            files = {name: export_tables_workbook(schema, typed, provenance, words, layouts)}
        case SetFormat.SQL:
            schema = declare_texts(generation.dataset, generation.tables)
            script = export_script(schema, type_tables(generation), target.dialect, provenance)
            files, findings = {name: script.content}, script.findings
    manifest = compute_set_manifest(generation, files, exported_by, approvals)
    return SetExport(files, name, manifest, findings, render_set_report(generation, approvals))


def type_tables(generation: RelatedGeneration) -> dict[str, pd.DataFrame]:
    """The tables with numbers, dates and booleans as such."""
    return type_frames(generation.dataset, generation.tables)


def _write_sheets(
    generation: RelatedGeneration, is_plain: bool
) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, pd.Series]]]:
    """The tables as typed cells of Excel, and beside them the words that are among numbers and dates."""
    sources = generation.dataset.schema.source.get("tables", {})
    parted = {}
    for name, table in generation.tables.items():
        # A table without columns of its own has no source but the set's.
        spec = replace(describe_table(generation.dataset, name), source=sources.get(name, {}))
        parted[name] = write_sheet(spec, table, is_plain)
    return {name: one for name, (one, _) in parted.items()}, {name: one for name, (_, one) in parted.items()}


def type_frames(dataset: RelatedDataset, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same of any tables of a dataset, its sample's too."""
    return {name: write_typed(describe_table(dataset, name), table) for name, table in tables.items()}


def declare_texts(dataset: RelatedDataset, tables: Mapping[str, pd.DataFrame]) -> RelatedSchema:
    """The schema in which identity columns that are no numbers are text, for types in SQL.

    By their values alone, codes of digits would be numbers with one seed, and text with another that draws a
    leading zero.
    """
    found = []
    for table in dataset.schema.tables:
        own = set(dataset.schema.list_own_columns(table.name)) - set(table.types)
        texts = {
            column.name: infer_text(tables[table.name][column.name])
            for column in describe_table(dataset, table.name).columns
            if column.name in own and column.role is Role.IDENTITY and _is_text(column)
        }
        found.append(replace(table, types={**table.types, **texts}))
    return replace(dataset.schema, tables=tuple(found))


def _is_text(column: ColumnSpec) -> bool:
    is_number = column.options.get("template") == "integer" or bool(column.options.get("integer"))
    is_dated = column.kind == "date_of_birth" or "format" in column.options
    return not (is_number or is_dated or column.form)


def describe_origin(generation: RelatedGeneration) -> Provenance:
    """One line on where the tables come from, for documents."""
    schema = generation.dataset.schema
    return Provenance(
        title=schema.title,
        dataset=schema.name,
        rows=sum(generation.rows.values()),
        seed=generation.request.seed,
        as_of=generation.as_of,
        model=generation.model.id,
        description=schema.description,
    )


def compute_set_manifest(
    generation: RelatedGeneration,
    files: Mapping[str, bytes],
    exported_by: str,
    approvals: Sequence[Approval] = (),
) -> dict[str, Any]:
    """What is needed to check several tables, or to make them again; no value of the real sample."""
    model, evidence = generation.model, generation.evidence
    headline = evidence.headline
    warnings, schema = headline.findings, generation.dataset.schema
    return {
        **headline.as_brief(),
        "warnings": {"findings": list(warnings), "accepted_by": exported_by} if warnings else None,
        "approvals": [one.as_dict() for one in approvals],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "dataset": {"name": schema.name, "fingerprint": model.dataset_fingerprint},
        "rows": generation.rows,
        "scale": generation.request.scale,
        "seed": generation.request.seed,
        "as_of": generation.as_of.isoformat(),
        "taken_for": {
            table.name: [
                one.as_dict() for one in describe_columns(describe_table(generation.dataset, table.name))
            ]
            for table in schema.tables
        },
        "learned": {name: one.as_dict() for name, one in generation.learned.items()},
        "public_tables": [table.name for table in schema.tables if table.is_public],
        "model": model.as_dict(),
        "file_versions": {library: version(library) for library in FILE_LIBRARIES},
        "evidence": evidence.as_dict(),
    }


def name_set_files(export: SetExport, target: SetTarget) -> dict[Path, bytes]:
    """Every file of an export by its path, manifest and report among them."""
    if target.is_folder:
        files = {**export.files, **export.evidence_files}
        return {target.path / name: content for name, content in files.items()}
    beside = {name_manifest(target.path): export.format_manifest()}
    if export.is_single:
        beside[name_report(target.path, ReportFormat.HTML)] = export.report
    return {target.path: export.content, **beside}
