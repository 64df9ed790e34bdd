"""A generated table with everything that pages show of it, made once for all tabs and reruns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from pipeline.exporters import ExportFormat

if TYPE_CHECKING:
    from pipeline.evaluation.export_check import ExportCheck
    from pipeline.evaluation.headline import Headline
    from pipeline.generation.manifest import Export
    from pipeline.generation.results import Generation
    from pipeline.reports import Chart
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

MOST_TABLES = 16
"""Tables that the server keeps in memory; older ones are sampled again when they are opened."""


@dataclass(frozen=True)
class CachedTable:
    """A generation, its charts, and the files that were requested, by account and format."""

    generation: Generation
    charts: tuple[Chart, ...]
    exports: dict[tuple[str, ExportFormat], Export] = field(default_factory=dict)


@dataclass(frozen=True)
class MadeTable:
    """A made table as one account sees it; files are made, and recorded, when that account asks for them."""

    cached: CachedTable
    workbench: Workbench

    @property
    def generation(self) -> Generation:
        """The table with its evidence."""
        return self.cached.generation

    def preview(self, rows: int) -> dict[str, Sequence[str | None]]:
        """The first rows as they will be exported, by column."""
        return self.workbench.exports.preview(self.generation, rows)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """One chart for each modelled column."""
        return self.cached.charts

    def act_with(self, workbench: Workbench) -> MadeTable:
        """The same table for the user who is logged in now."""
        return replace(self, workbench=workbench)

    def read_file(self, fmt: ExportFormat) -> bytes:
        """The table as a file of this format; each download is recorded."""
        export = self._export(fmt)
        self.workbench.exports.record_download(self.generation, export, fmt.value)
        return export.content

    def read_bundle(self, fmt: ExportFormat) -> bytes:
        """The table with manifest and report as one ZIP, recorded likewise."""
        return self.workbench.exports.bundle(self.generation, fmt.value).content

    def conclude(self) -> tuple[Headline, ExportCheck]:
        """The verdict, what blocks the export, and which warnings must be accepted."""
        return self.workbench.exports.conclude(self.generation)

    def read_manifest(self, fmt: ExportFormat) -> bytes:
        """The manifest of that file, as JSON, recorded likewise."""
        export = self._export(fmt)
        self.workbench.exports.record_download(self.generation, export, f"{fmt.value} manifest")
        return self.workbench.exports.render_manifest(export)

    def _export(self, fmt: ExportFormat) -> Export:
        # The manifest names who exported, so each account gets a file of its own.
        key = (self.workbench.actor.name, fmt)
        if key not in self.cached.exports:
            self.cached.exports[key] = self.workbench.exports.prepare(self.generation, fmt.value)
        return self.cached.exports[key]


def open_table(workbench: Workbench, run: Run) -> MadeTable:
    """The table of a run that is done and that the actor has been given; NotFoundError without its model."""
    return MadeTable(_make_table(run.id, run.attempt, workbench), workbench)


@st.cache_resource(max_entries=MOST_TABLES, show_spinner="Opening the table …")
def _make_table(run_id: str, attempt: int, _workbench: Workbench) -> CachedTable:
    generation = _workbench.runs.open(run_id)
    return CachedTable(generation, _workbench.evidence.plot_columns(generation))
