"""The order of the layers and the homes of foreign libraries, held by reading the imports of every module."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = (
    ("errors", "settings"),
    (
        "formula_text",
        "parsing",
        "delimited",
        "reading",
        "dataset",
        "dataset_yaml",
        "dataset_metadata",
        "text_detection",
        "key_detection",
        "plausible",
        "column_detection",
        "default_rules",
        "detection",
        "catalog",
    ),
    ("features",),
    ("identity",),
    ("evaluation",),
    ("synthesizers",),
    ("model",),
    ("charts", "exporters"),
    ("report",),
    ("store",),
    ("sign_on",),
    ("requests", "bulk_requests", "run_orders", "run_outcomes", "run_progress", "cluster"),
    ("library", "targets", "access", "given_shares", "run_memory", "run_failures", "run_recorder", "trials"),
    ("bulk",),
    ("assessments", "holdings", "bundles", "making"),
    ("evidence_desk",),
    ("export_desk", "run_desk", "run_preparation", "bulk_desk"),
    ("bulk_takeout",),
    ("workbench",),
    ("sweep",),
    ("jobs",),
    ("cli", "api"),
)
HOMES = {
    "sdv": {"synthesizers", "dataset_metadata"},
    "sdmetrics": {"evaluation"},
    "sklearn": {"evaluation"},
    "plotly": {"charts"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "torch": {"synthesizers"},
    "openpyxl": {"exporters", "reading"},
    "docx": {"exporters", "report"},
    "jinja2": {"report"},
    "typer": {"cli"},
    "fastapi": {"api"},
    "starlette": {"api"},
    "dask": {"jobs", "bulk", "cluster"},
    "distributed": {"jobs", "bulk", "cluster"},
    "fsspec": {"store", "bulk"},
    "psutil": {"run_memory", "synthesizers"},
    "httpx": {"sign_on"},
    "joserfc": {"sign_on"},
    "streamlit": set(),
}
MODULES = sorted((ROOT / "pipeline").rglob("*.py"))
SURFACES = [*sorted((ROOT / "pages").rglob("*.py")), ROOT / "app.py"]


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _unit(path: Path) -> str:
    return path.relative_to(ROOT / "pipeline").parts[0].removesuffix(".py")


def _level(unit: str) -> int:
    return next(level for level, units in enumerate(LAYERS) if unit in units)


def _units(names: set[str]) -> set[str]:
    known = {unit for units in LAYERS for unit in units}
    parts = {tuple(name.split(".")) for name in names if name.startswith("pipeline.")}
    return {part[1] for part in parts if part[1] in known}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_its_own_layer_or_above(path: Path) -> None:
    unit = _unit(path)
    if unit in {"__init__", "__main__"}:
        pytest.skip("the package's own door")
    below = {other for other in _units(_imports(path)) if _level(other) > _level(unit)}
    assert below == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_foreign_library_is_used_only_at_home(path: Path) -> None:
    roots = {name.split(".")[0] for name in _imports(path)}
    strangers = {library for library in roots & set(HOMES) if _unit(path) not in HOMES[library]}
    assert strangers == set()


@pytest.mark.parametrize("path", SURFACES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_does_no_data_work_of_its_own(path: Path) -> None:
    roots = {name.split(".")[0] for name in _imports(path)}
    assert roots & {"pandas", "numpy", "plotly", "sdv", "sdmetrics", "torch", "sqlalchemy"} == set()


@pytest.mark.parametrize(
    "statement",
    [
        "import pipeline.cli",
        "import pipeline.api",
        "from pipeline import Workbench",
        "import pipeline.workbench, pipeline.charts",
    ],
)
def test_importing_a_surface_loads_no_heavy_library(statement: str) -> None:
    heavy = "{'torch', 'sdv', 'sdmetrics', 'plotly', 'dask', 'distributed', 'streamlit', 'sklearn'}"
    code = f"import sys; {statement}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
