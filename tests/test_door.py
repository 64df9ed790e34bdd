"""The one door of surfaces: what they may import, held by reading the imports of every module."""

from __future__ import annotations

import ast
import inspect
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import get_origin

import pytest

from tests.import_graph import find_modules

DOOR = {
    # The use cases, and what lies before them: accounts, sessions and tokens of the user who asks.
    "pipeline",
    "pipeline.workbench.code_text",
    "pipeline.workbench.order_code",
    "pipeline.workbench.sweep_code",
    "pipeline.workbench.account",
    "pipeline.workbench.answers",
    "pipeline.workbench.approvals",
    "pipeline.workbench.calls",
    "pipeline.workbench.datasets",
    "pipeline.workbench.entrance",
    "pipeline.workbench.labels",
    "pipeline.workbench.model_choice",
    "pipeline.workbench.model_comparison",
    "pipeline.workbench.next_steps",
    "pipeline.workbench.related",
    "pipeline.workbench.related_tables",
    "pipeline.workbench.related_text",
    "pipeline.workbench.run_comparison",
    "pipeline.workbench.sweeps",
    "pipeline.workbench.uploads",
    "pipeline.workbench.workbench",
    "pipeline.errors",
    "pipeline.settings",
    "pipeline.progress",
    # Orders, runs and results.
    "pipeline.generation.approvals",
    "pipeline.generation.manifest",
    "pipeline.generation.orders",
    "pipeline.generation.paths",
    "pipeline.generation.related.results",
    "pipeline.generation.results",
    "pipeline.runs.estimates",
    "pipeline.runs.orders",
    "pipeline.runs.records",
    "pipeline.runs.shares",
    "pipeline.runs.states",
    # What they speak of: datasets, recipes, models, evidence, reports, formats, roles.
    "pipeline.access.accounts",
    "pipeline.access.audit",
    "pipeline.access.sessions",
    "pipeline.access.tokens",
    "pipeline.datasets.columns",
    "pipeline.datasets.related.editing",
    "pipeline.datasets.related.overview",
    "pipeline.datasets.related.schema",
    "pipeline.datasets.rules.editing",
    "pipeline.datasets.source",
    "pipeline.datasets.spec",
    "pipeline.evaluation.export_check",
    "pipeline.evaluation.figure",
    "pipeline.evaluation.headline",
    "pipeline.evaluation.results",
    "pipeline.evaluation.score_text",
    "pipeline.exporters",
    "pipeline.models.model",
    "pipeline.models.related.model",
    "pipeline.models.related.recipe",
    "pipeline.models.store",
    "pipeline.reports",
    "pipeline.synthesizers.recipe",
    "pipeline.synthesizers.width",
}
"""What surfaces may import, for types too."""
WORDS = {
    "cut_score", "describe_columns", "draw_cell", "draw_mark", "explain_to_auditor", "format_percent",
    "format_score", "percent",
    "count_epochs", "has_epochs", "list_unread", "reads", "name_recipe", "name_related",
    "find_recipe", "is_stopped_training", "list_findings", "normalize_name", "parse_header",
    "write_result",
}  # fmt: skip
"""Functions besides the workbench that surfaces may call: they put one typed value into words or read one."""
STARTERS = {
    # Where workers are started.
    "app": {
        "pipeline.workers.call_pool",
        "pipeline.workers.supervisor",
        "pipeline.api",
        "pipeline.api.problems",
    },
    "pipeline.cli.runs": {"pipeline.workers.remote"},
    # Where the API starts beside the pages.
    "pages._server.services": {"pipeline.api"},
    # Says where the API is.
    "pages.rest_api": {"pipeline.api"},
}
"""What a module starts or mounts, beside the door."""
SURFACES = ("pages", "app", "pipeline.cli", "pipeline.api")
OWN = ("pipeline.cli", "pipeline.api", "pipeline.workbench", "pipeline.workers", "pipeline.settings")
"""Whose functions surfaces may call."""


def test_surfaces_come_in_by_the_one_door() -> None:
    strangers: dict[str, set[str]] = {}
    for name, path in _find_surfaces().items():
        own = next(one for one in SURFACES if name.startswith(one))
        allowed = DOOR | STARTERS.get(name, set())
        ours = {one for one in _modules_of(path) if one.startswith("pipeline")}
        found = {one for one in ours - allowed if not one.startswith(own)}
        if found:
            strangers[name] = found
    assert strangers == {}


def test_surfaces_take_types_and_words_and_leave_what_acts_to_the_workbench() -> None:
    """Beside the workbench: results, orders and enums, exceptions and constants, and the words for them."""
    used = {
        pair for path in _find_surfaces().values() for pair in _names_of(path.read_text(encoding="utf-8"))
    }
    assert {f"{module}.{name}" for module, name in used if _acts(module, name)} == set()
    assert {name for _, name in used} >= WORDS


@pytest.mark.parametrize(
    "source",
    [
        "from pipeline.generation import paths as p\np.prepare_state()",
        "from pipeline.generation import manifest\ndef f():\n    return manifest.format_manifest",
        "import pipeline.exporters as e\ne.write_atomically()",
        "import pipeline.exporters\npipeline.exporters.write_atomically()",
        "import pipeline.exporters as e\ne.formats.write_atomically()",
        "import pipeline.exporters as e\ngetattr(e, 'write_atomically')()",
        "from pipeline.exporters import write_atomically as keep",
        "from pipeline.exporters import *",
    ],
)
def test_what_acts_is_found_whatever_its_module_is_called(source: str) -> None:
    assert [pair for pair in _names_of(source) if _acts(*pair)]


def test_a_type_of_a_module_may_be_reached_by_the_modules_name() -> None:
    source = (
        "import pipeline.exporters as e\nfrom pipeline.runs import orders\ne.ExportFormat\norders.TrainOrder"
    )
    assert _names_of(source) == {
        ("pipeline.exporters", "ExportFormat"),
        ("pipeline.runs.orders", "TrainOrder"),
    }
    assert not any(_acts(*pair) for pair in _names_of(source))


def test_the_door_names_nothing_that_no_surface_uses() -> None:
    used = {name: _modules_of(path) for name, path in _find_surfaces().items()}
    assert set().union(*used.values()) >= DOOR
    assert {name: used[name] & started for name, started in STARTERS.items()} == STARTERS


def test_surfaces_reach_for_nothing_behind_a_service() -> None:
    reached = {
        (path.name, node.attr)
        for path in _find_surfaces().values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"context", "stores"}
        # Streamlit's own: what is known of a browser.
        and not (isinstance(node.value, ast.Name) and node.value.id == "st")
    }
    assert reached == set()


def _find_surfaces() -> dict[str, Path]:
    return {name: path for name, path in find_modules().items() if name.startswith(SURFACES)}


def _modules_of(path: Path) -> set[str]:
    """The modules that a file imports, also those for type checkers alone, by the name in the statement."""
    modules = find_modules()
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & set(modules)) or {node.module}
    return found


def _names_of(source: str) -> set[tuple[str, str]]:
    """Each module with the names that a text takes from it; an empty name is the module itself."""
    tree = ast.parse(source)
    names, module_of = _read_imports(tree)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in module_of:
            module, used = module_of[node.id], parents[node]
            while isinstance(used, ast.Attribute) and f"{module}.{used.attr}" in find_modules():
                module, used = f"{module}.{used.attr}", parents[used]
            names.add((module, used.attr if isinstance(used, ast.Attribute) else ""))
    return names


def _read_imports(tree: ast.Module) -> tuple[set[tuple[str, str]], dict[str, str]]:
    """The names that a text imports from our modules, and its own names of modules."""
    modules = find_modules()
    names: set[tuple[str, str]] = set()
    module_of: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            ours = [alias for alias in node.names if alias.name.split(".")[0] == "pipeline"]
            module_of |= {
                alias.asname or "pipeline": alias.name if alias.asname else "pipeline" for alias in ours
            }
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {alias for alias in node.names if f"{node.module}.{alias.name}" in modules}
            module_of |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in inner}
            names |= {(node.module, alias.name) for alias in node.names if alias not in inner}
    return names, module_of


def _acts(module: str, name: str) -> bool:
    """Whether a name of the door's modules does more than hold values: only the workbench's may."""
    if not module.startswith("pipeline") or module.startswith(OWN):
        return False
    found = getattr(import_module(module), name) if name not in ("", "*") else import_module(module)
    if inspect.isclass(found):
        return not _is_value(found)
    return inspect.ismodule(found) or (callable(found) and get_origin(found) is None and name not in WORDS)


def _is_value(found: type) -> bool:
    is_frozen = is_dataclass(found) and found.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return (
        is_frozen
        or issubclass(found, Enum | BaseException)
        or found.__module__.startswith("pipeline.workbench")
    )
