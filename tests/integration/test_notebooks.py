"""Every notebook runs on a fresh kernel, is committed without output, and makes the bytes of the app."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipeline.generation.orders import GenerateOrder
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
VERDICT = r"(pass|look|fail): (\w+: )?[A-Z].*\..*quality: 0\.\d+"
# What each notebook says under "The answer", by its name.
ANSWERS = {
    "01_first_table": VERDICT,
    "02_how_many_epochs": r"Take .*\.",
    "03_is_it_safe": r"Generated: The table has 1,000 rows.*Real rows, privacy: fail .*real",
    "04_your_own_table": rf"0 of 1,000 contracts.*{VERDICT}",
    "05_several_tables": rf"0 keys and rules broken in .*{VERDICT}",
}
MOST_LINES = 10
EPOCHS = 2


@pytest.fixture(scope="module")
def execute(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], nbformat.NotebookNode]:
    """Gives a notebook after all of its cells; each is executed once, in a state folder of its own."""
    done: dict[Path, nbformat.NotebookNode] = {}

    def give(path: Path) -> nbformat.NotebookNode:
        if path not in done:
            done[path] = _execute(path, tmp_path_factory.mktemp("notebook"))
        return done[path]

    return give


@pytest.mark.filterwarnings("default")  # jupyter's own libraries warn of each other
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_on_a_fresh_kernel(
    path: Path, execute: Callable[[Path], nbformat.NotebookNode]
) -> None:
    code = _list_code(execute(path))
    outputs = [output for cell in code for output in cell.outputs]
    assert len(outputs) >= len(code)
    assert [output for output in outputs if output.output_type == "error"] == []


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_ends_its_question_with_an_answer_in_words(
    path: Path, execute: Callable[[Path], nbformat.NotebookNode]
) -> None:
    cells = execute(path).cells
    (place,) = [place for place, cell in enumerate(cells) if cell.source.startswith("## The answer")]
    told = str(cells[place + 1].outputs)
    assert re.search(ANSWERS[path.stem], told), told


@pytest.mark.filterwarnings("default")
def test_a_notebook_makes_the_bytes_of_a_run_of_the_app(
    tmp_path: Path, execute: Callable[[Path], nbformat.NotebookNode]
) -> None:
    notebook = execute(NOTEBOOKS[0])
    said = "".join(output.get("text", "") for cell in _list_code(notebook) for output in cell.outputs)
    digest = re.search(r"SHA-256 (\w{16})", said)
    day = re.search(r"\d{4}-\d\d-\d\d", said)
    assert digest
    assert day
    app = Workbench(Settings(home=tmp_path))
    recipe = app.models.default_recipe("employee", epochs=EPOCHS)
    order = GenerateOrder("employee", 1000, recipe, seed=7, as_of=date.fromisoformat(day[0]))
    export = app.exports.export(app.runs.perform(order), "csv")
    assert export.sha256[:16] == digest[1]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_committed_cleared_and_says_what_it_answers(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = _list_code(notebook)
    assert [cell for cell in code if cell.outputs or cell.execution_count] == []
    first = notebook.cells[0].source
    assert all(heading in first for heading in ("**Question.**", "**Input.**", "**Running time.**"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_imports_the_package_and_defines_little(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "from pipeline import" in code
    defined = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
    ]
    assert [one for one in defined if (one.end_lineno or 0) - one.lineno >= MOST_LINES] == []


def test_the_five_questions_each_have_a_notebook_that_the_readme_lists() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(ANSWERS)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in ANSWERS if f"`{name}`" not in readme] == []


def _list_code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _execute(path: Path, home: Path) -> nbformat.NotebookNode:
    """A notebook executed where JupyterLab executes it, with short trainings."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": ROOT / "notebooks"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(home))
        patch.setenv("WORKBENCH_TRAINING__EPOCHS", str(EPOCHS))
        patch.setenv("PYTHONPATH", str(ROOT))
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return notebook
