"""The use cases of exports: a table leaves with its evidence, or it does not leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline import exporters
from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.datasets.written import write_in_form
from pipeline.errors import ApprovalRequired
from pipeline.evaluation.export_check import ExportCheck, check_export, require_exportable
from pipeline.evaluation.headline import Headline, compute_headline, wait
from pipeline.evaluation.privacy.copies import compute_row_keys
from pipeline.evaluation.privacy.evaluate import add_measure
from pipeline.evaluation.privacy.repeats import ExportRecord, compare_exports, record_export
from pipeline.evaluation.results import PrivacyFinding
from pipeline.exporters.columns import read_columns
from pipeline.generation.approvals import Approval, tell_approvals
from pipeline.generation.files import write_file
from pipeline.generation.manifest import (
    BUNDLE_MIME,
    Export,
    compute_manifest,
    format_manifest,
    name_files,
    outline,
)
from pipeline.generation.paths import name_bundle, name_manifest, name_report
from pipeline.generation.results import Generation, compute_table_digest, compute_table_key
from pipeline.generation.table import Stopwatch
from pipeline.reports import ReportFormat, compute_report, render_report
from pipeline.workbench.apart import apart
from pipeline.workbench.context import Context, needs
from pipeline.workbench.evidence import EvidenceService

HTML_ONLY = (ReportFormat.HTML,)


class ExportService:
    """What one actor can take out of the workbench, and what earlier exports repeat together with it."""

    def __init__(self, context: Context, evidence: EvidenceService) -> None:
        self.context = context
        self._evidence = evidence

    @needs(AccountRole.VIEWER)
    def preview(self, generation: Generation, rows: int) -> dict[str, Sequence[str | None]]:
        """The texts of the first rows as files will hold them, by column."""
        written = write_in_form(generation.spec, generation.table.head(rows))
        return {column.name: column.texts for column in read_columns(written)}

    @needs(AccountRole.VIEWER)
    def check(self, generation: Generation) -> ExportCheck:
        """What blocks an export of this table, and which warnings must be accepted; records nothing."""
        return self.conclude(generation)[1]

    @needs(AccountRole.VIEWER)
    def conclude(self, generation: Generation) -> tuple[Headline, ExportCheck]:
        """The verdict of this table beside earlier exports, and what blocks its export; records nothing."""
        measured = self.compare(generation).evaluation
        headline, check = compute_headline(measured), check_export(measured)
        try:
            self._require_release(generation)
        except ApprovalRequired as waits:
            check = replace(check, obstacles=(*check.obstacles, waits.message))
            headline = wait(headline, waits.hint)
        return headline, check

    @needs(AccountRole.VIEWER)
    def compare(self, generation: Generation) -> Generation:
        """The same table, its evidence also saying what it repeats together with earlier exports.

        Nothing is added where no other table of this dataset has left before.
        """
        record = self._note(generation)
        return self._set_beside(
            generation, record, self.context.stores.exports.list_before(compute_table_key(generation), record)
        )

    @needs(AccountRole.VIEWER)
    def compare_all(self, dataset: str) -> PrivacyFinding | None:
        """What all exports of a dataset repeat together; None where nothing has left yet."""
        found = self.context.stores.catalog.get(dataset)
        records = self.context.stores.exports.list(found.fingerprint)
        if not records:
            return None
        return compare_exports(
            records[:-1], records[-1], self.context.stores.library.obtain_reference(found).real_keys
        )

    @needs(AccountRole.VIEWER)
    def export(
        self, generation: Generation, fmt: str, filename: str | None = None, is_plain: bool = False
    ) -> Export:
        """The table as a file in memory, recorded as a download; an invalid table or a leak stops it."""
        export = self._export(self._enter(generation, fmt), fmt, filename, is_plain)
        self._record_file(generation, export, fmt)
        return export

    @needs(AccountRole.VIEWER)
    @apart
    def prepare(self, generation: Generation, fmt: str, filename: str | None = None) -> Export:
        """The same file without a record: call `record_download` each time that it is downloaded."""
        return self._export(self.compare(generation), fmt, filename)

    @needs(AccountRole.VIEWER)
    def render_manifest(self, export: Export) -> bytes:
        """The manifest of a prepared file, as the content of a file of its own."""
        return format_manifest(export)

    @needs(AccountRole.VIEWER)
    def record_download(self, generation: Generation, export: Export, what: str) -> None:
        """Record that a prepared file leaves, once each time that it does; `what` is its format."""
        self._require_release(generation)
        self.context.stores.exports.add(
            compute_table_key(generation), self._note(generation), self.context.actor.name
        )
        self._record_file(generation, export, what)

    @needs(AccountRole.VIEWER)
    @apart
    def bundle(
        self,
        generation: Generation,
        fmt: str,
        reports: Sequence[ReportFormat] = HTML_ONLY,
        filename: str | None = None,
    ) -> Export:
        """The table, `manifest.json` and the reports in one ZIP.

        Equal requests give equal bytes, unless a large table of the dataset was under way at the first one.
        """
        compared = self._enter(generation, fmt)
        export = self._export(compared, fmt, filename)
        files = name_files(export, self._render(compared, reports))
        packed = replace(
            export,
            content=exporters.pack_files(files),
            filename=name_bundle(Path(export.filename)).name,
            mime=BUNDLE_MIME,
        )
        self._record_file(compared, packed, f"{fmt} bundle")
        return packed

    @needs(AccountRole.ANALYST)
    def save(
        self,
        generation: Generation,
        fmt: str,
        path: Path,
        reports: Sequence[ReportFormat] = (),
        is_bundled: bool = False,
        is_plain: bool = False,
    ) -> Export:
        """Write the table to `path`, its manifest and reports beside it: all of them, or none.

        `is_bundled` writes the same files once more as one ZIP; `is_plain` writes plain numbers and ISO
        dates instead of the source's form.
        """
        compared = self._enter(generation, fmt)
        export = self._export(compared, fmt, path.name, is_plain)
        rendered = self._render(compared, reports)
        files = {path: export.content, name_manifest(path): format_manifest(export)}
        files |= {name_report(path, report): content for report, content in rendered.items()}
        if is_bundled:
            files[name_bundle(path)] = exporters.pack_files(name_files(export, rendered))
        for target in files:
            exporters.require_folder(target)
        # First, so that no file is there without its entry; a disk that fails then leaves one too many.
        self._record_file(compared, export, fmt)
        exporters.write_together(files)
        return export

    def _record_file(self, generation: Generation, export: Export, what: str) -> None:
        self.context.record(
            AuditEvent.DOWNLOADED,
            generation.spec.name,
            **outline(generation),
            format=what,
            sha256=export.sha256,
            findings=len((export.manifest["warnings"] or {}).get("findings", ())),
        )

    def _enter(self, generation: Generation, fmt: str) -> Generation:
        """Record a table before its export, and compare it: of two simultaneous ones, one includes the other.

        One that cannot be written in the end stays noted, which errs on the safe side.
        """
        exporters.parse_format(fmt)
        require_exportable(generation.evaluation)
        self._require_release(generation)
        record = self._note(generation)
        earlier = self.context.stores.exports.add(
            compute_table_key(generation), record, self.context.actor.name
        )
        return self._set_beside(generation, record, earlier)

    def _export(
        self, generation: Generation, fmt: str, filename: str | None, is_plain: bool = False
    ) -> Export:
        chosen = exporters.parse_format(fmt)
        require_exportable(generation.evaluation)
        approvals = self._require_release(generation)
        watch = Stopwatch()
        content = write_file(generation.spec, generation.table, chosen, generation.provenance, is_plain)
        watch.lap("export")
        name = filename or f"{generation.filename}{chosen.suffix}"
        manifest = compute_manifest(generation, name, content, self.context.actor.name, approvals)
        return Export(content, name, chosen.mime, manifest, watch.seconds["export"])

    def _render(self, generation: Generation, reports: Sequence[ReportFormat]) -> dict[ReportFormat, bytes]:
        if not reports:
            return {}
        report = compute_report(self._evidence.describe(generation))
        report = tell_approvals(report, self._require_release(generation))
        return {fmt: render_report(report, fmt) for fmt in reports}

    def _require_release(self, generation: Generation) -> tuple[Approval, ...]:
        """The questions about a table that leaves; ApprovalRequired where it must be released first."""
        digest = partial(compute_table_digest, generation.table)
        return self.context.stores.approvals.require_release(
            generation.spec.name, digest, self.context.actor.name
        )

    def _note(self, generation: Generation) -> ExportRecord:
        reference = self._evidence.reference_of(generation)
        keys = compute_row_keys(reference.training, reference.holdout, generation.modelled)
        return record_export(keys, generation.model.dataset_fingerprint)

    def _set_beside(
        self, generation: Generation, record: ExportRecord, earlier: Sequence[ExportRecord]
    ) -> Generation:
        """The same table, its evidence also saying what it repeats together with `earlier` ones, if any."""
        if not earlier:
            return generation
        found = compare_exports(earlier, record, self._evidence.reference_of(generation).real_keys)
        measured = generation.evaluation
        privacy = add_measure(measured.privacy, found)
        return replace(generation, evaluation=replace(measured, privacy=privacy))
