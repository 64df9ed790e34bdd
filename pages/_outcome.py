"""A generated table with everything that pages show of it, made once for all tabs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.exporters import ExportFormat

if TYPE_CHECKING:
    from pipeline.charts import Chart
    from pipeline.requests import Export, GenerateRequest, Generation
    from pipeline.synthesizers.protocol import OnProgress
    from pipeline.workbench import Workbench


@dataclass(frozen=True)
class Outcome:
    """A generation and its charts, one for each modelled column; files are made when first asked for."""

    generation: Generation
    charts: tuple[Chart, ...]
    _workbench: Workbench
    _exports: dict[ExportFormat, Export] = field(default_factory=dict)

    def read_file(self, fmt: ExportFormat, workbench: Workbench) -> bytes:
        """The table as a file of this format, which `workbench` records each time in its actor's name."""
        export = self._export(fmt)
        workbench.record_download(self.generation, export, fmt.value)
        return export.content

    def read_manifest(self, fmt: ExportFormat, workbench: Workbench) -> bytes:
        """The manifest of that file, as JSON, recorded likewise."""
        export = self._export(fmt)
        workbench.record_download(self.generation, export, f"{fmt.value} manifest")
        return f"{json.dumps(dict(export.manifest), indent=2, ensure_ascii=False)}\n".encode()

    def _export(self, fmt: ExportFormat) -> Export:
        if fmt not in self._exports:
            self._exports[fmt] = self._workbench.prepare_export(self.generation, fmt.value)
        return self._exports[fmt]


def make_outcome(workbench: Workbench, order: GenerateRequest, on_progress: OnProgress) -> Outcome:
    """Generate the ordered table and draw it."""
    generation = workbench.generate(order, on_progress)
    return Outcome(generation, workbench.plot_columns(generation), workbench)
