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
    ("store",),
    ("datasets",),
    ("identity", "synthesizers", "evaluation", "exporters", "access"),
    ("models", "reports"),
    ("generation",),
    ("runs",),
    ("workbench",),
    ("workers",),
    ("cli", "api"),
)
HOMES = {
    "sdv": {"synthesizers", "datasets"},
    "sdmetrics": {"evaluation"},
    "sklearn": {"evaluation"},
    "plotly": {"reports"},
    "sqlalchemy": {"store", "access", "generation", "runs"},
    "alembic": {"store"},
    "torch": {"synthesizers"},
    "openpyxl": {"exporters", "datasets"},
    "docx": {"exporters", "reports"},
    "jinja2": {"reports"},
    "typer": {"cli"},
    "fastapi": {"api"},
    "starlette": {"api"},
    "dask": {"workers", "generation"},
    "distributed": {"workers", "generation"},
    "fsspec": {"store", "generation"},
    "psutil": {"runs", "synthesizers"},
    "httpx": {"access"},
    "authlib": {"access"},
    "joserfc": {"access"},
    "cachetools": {"access", "datasets", "models"},
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
        "import pipeline.workbench, pipeline.reports.charts",
    ],
)
def test_importing_a_surface_loads_no_heavy_library(statement: str) -> None:
    heavy = "{'torch', 'sdv', 'sdmetrics', 'plotly', 'dask', 'distributed', 'streamlit', 'sklearn'}"
    code = f"import sys; {statement}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
