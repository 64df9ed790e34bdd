"""Every notebook runs top to bottom on a fresh kernel and is committed without output."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.filterwarnings("default")  # jupyter's own libraries warn of each other
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_on_a_fresh_kernel(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_TRAINING__EPOCHS", "2")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": ROOT}}
    ).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert len(outputs) >= len([cell for cell in notebook.cells if cell.cell_type == "code"])
    assert [output for output in outputs if output.output_type == "error"] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_committed_cleared_and_says_what_it_answers(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs] == []
    first = notebook.cells[0].source
    assert all(heading in first for heading in ("**Question.**", "**Input.**", "**Running time.**"))


def test_there_is_a_first_notebook() -> None:
    assert NOTEBOOKS[0].name == "01_first_table.ipynb"
