"""The order of the layers and the homes of foreign libraries, held by reading the imports of every module."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import get_args

import pytest

from pipeline.runs.orders import Order
from pipeline.runs.records import RowsSoFar, RunResult
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.workbench import Workbench
from tests.import_graph import (
    ROOT,
    compute_floors,
    compute_graph,
    find_circle,
    find_modules,
    join_packages,
    keep_inner,
)

LAYERS = (
    ("errors", "settings", "progress"),
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
    "sklearn": {"evaluation", "synthesizers"},
    "plotly": {"reports"},
    "sqlalchemy": {"store", "access", "generation", "runs", "datasets", "exporters"},
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
    "psutil": {"datasets", "runs", "synthesizers"},
    "httpx": {"access"},
    "authlib": {"access"},
    "joserfc": {"access"},
    "stdnum": {"datasets", "identity", "evaluation"},
    "phonenumbers": {"datasets", "identity", "evaluation"},
    "cachetools": {"store", "datasets"},
    "dogpile": {"store"},
    "redis": {"store"},
    "tqdm": {"workbench"},
    "streamlit": set(),
}
MOST_PACKAGE_FLOORS = 12
MOST_ENTRIES = 20
MOST_TOUCHED = {
    Recipe("autoregressive", epochs=1, use_hma=False): (60, 155),
    # The house recipe; what HMA drew is not read again once the model is fitted.
    Recipe("ctgan", epochs=1, use_hma=False): (70, 163),
}
"""Modules called and loaded before a row of `pci` is drawn, at most."""
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
        pytest.skip("the package's own entry point")
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


def test_the_graph_counts_imports_in_functions_and_not_those_for_type_checkers(tmp_path: Path) -> None:
    (tmp_path / "pipeline" / "inner").mkdir(parents=True)
    files = {
        "pipeline/__init__.py": "",
        "pipeline/low.py": "def load():\n    from pipeline.inner import deep\n",
        "pipeline/inner/__init__.py": "",
        "pipeline/inner/deep.py": "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import pipeline.low\n",
        "app.py": "import pipeline.low\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    graph = compute_graph(find_modules(tmp_path))
    assert (graph["pipeline.low"], graph["pipeline.inner.deep"]) == ({"pipeline.inner.deep"}, set())
    assert compute_floors(join_packages(graph)) == [
        ["pipeline", "pipeline.inner"],
        ["pipeline.low"],
        ["app"],
    ]
    assert find_circle(graph) == ()
    assert set(find_circle(compute_graph(find_modules(tmp_path), with_types=True))) == {
        "pipeline.low",
        "pipeline.inner.deep",
    }
    (tmp_path / "pipeline/inner/deep.py").write_text("def load():\n    import pipeline.low\n")
    circle = find_circle(compute_graph(find_modules(tmp_path)))
    assert {"pipeline.low", "pipeline.inner.deep"} == set(circle)


def test_what_a_package_loads_by_name_counts_as_imported(tmp_path: Path) -> None:
    files = {"__init__.py": '_HOMES = {"Low": ("pipeline.low", "Low")}\n', "low.py": ""}
    (tmp_path / "pipeline").mkdir()
    for name, content in files.items():
        (tmp_path / "pipeline" / name).write_text(content)
    (tmp_path / "app.py").write_text("from pipeline import Low\n")
    floors = compute_floors(join_packages(compute_graph(find_modules(tmp_path))))
    assert floors == [["pipeline.low"], ["pipeline"], ["app"]]


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert find_circle(compute_graph(find_modules())) == ()


def test_no_modules_of_one_layer_need_each_others_types_in_a_circle() -> None:
    assert find_circle(keep_inner(compute_graph(find_modules(), with_types=True))) == ()


def test_packages_stand_on_few_floors() -> None:
    floors = compute_floors(join_packages(compute_graph(find_modules())))
    assert len(floors) <= MOST_PACKAGE_FLOORS
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"prints\nthe floors: {len(floors)} of packages" in page


def test_the_package_is_read_at_a_glance() -> None:
    entries = [path.name for path in (ROOT / "pipeline").iterdir() if path.name != "__pycache__"]
    assert len(entries) <= MOST_ENTRIES


def test_the_architecture_page_lists_the_packages_that_there_are() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = page.split("```text")[1].split("```")[0]
    listed = {line.split()[0].rstrip("/") for line in drawn.splitlines() if line[:1].isalpha()}
    entries = {path.stem for path in (ROOT / "pipeline").iterdir() if not path.name.startswith("__")}
    assert listed == entries | {"pages", "app.py"}


@pytest.mark.parametrize("recipe", MOST_TOUCHED, ids=lambda recipe: recipe.synthesizer)
def test_a_request_for_a_fitted_model_passes_few_modules_before_a_row_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], recipe: Recipe
) -> None:
    code = f"from tests.touched_modules import print_touched; print_touched({str(tmp_path)!r}, {recipe!r})"
    code = f"from pipeline.synthesizers.recipe import Recipe; {code}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    called, loaded = (line.split() for line in done.stdout.splitlines()[-2:])
    assert "pipeline.models.model" in set(called) & set(loaded)
    counted = f"{len(called)} called, {len(loaded)} loaded"
    with capsys.disabled():
        print(f"\n  modules before a row of pci by {recipe.synthesizer} is drawn: {counted}")
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    sentence = f"of {len(called)} of our modules are called and {len(loaded)} are\nloaded"
    assert sentence in page, "\n".join(loaded)
    most_called, most_loaded = MOST_TOUCHED[recipe]
    assert len(called) <= most_called, "\n".join(called)
    assert len(loaded) <= most_loaded, "\n".join(loaded)


def test_the_architecture_page_names_every_service_order_and_summary() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    services = [name for name, one in vars(Workbench).items() if isinstance(one, cached_property)]
    orders = [one.__name__ for one in get_args(Order)]
    summaries = [one.__name__ for one in get_args(RunResult) if one is not RowsSoFar]
    assert _list_code(page, "one actor sixteen services: ", ". Each holds") == set(services)
    assert len(services) == 16
    assert _list_code(page, "one of seven frozen types: ", ". `RunPreparation`") == {
        *orders,
        "GenerateRequest",
    }
    assert len(orders) == 7
    assert _list_code(page, "run leaves is typed as well: ", " for `RelatedTrainOrder`") == set(summaries)


def _list_code(page: str, start: str, end: str) -> set[str]:
    """The words in code style of one sentence."""
    return set(re.findall(r"`(\w+)`", page.split(start)[1].split(end)[0]))


def test_pages_ask_in_one_place_whether_the_user_may_order() -> None:
    asking = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "pages").rglob("*.py"))
        if ".includes(AccountRole.ANALYST)" in path.read_text("utf-8")
    ]
    # The navigation is drawn before the login, without a user.
    assert asking == ["pages/_navigation.py", "pages/_server/services.py"]
