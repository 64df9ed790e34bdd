"""The one door of surfaces: what they may import, held by reading the imports of every module."""

from __future__ import annotations

import ast
import inspect
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path

from tests.import_graph import find_modules

DOOR = {
    # The use cases, and what lies before them: accounts, sessions and tokens of the user who asks.
    "pipeline",
    "pipeline.workbench.account",
    "pipeline.workbench.datasets",
    "pipeline.workbench.entrance",
    "pipeline.workbench.related",
    "pipeline.workbench.related_tables",
    "pipeline.workbench.related_text",
    "pipeline.workbench.sweeps",
    "pipeline.workbench.uploads",
    "pipeline.workbench.workbench",
    "pipeline.errors",
    "pipeline.settings",
    "pipeline.progress",
    # Orders, runs and results.
    "pipeline.generation.manifest",
    "pipeline.generation.orders",
    "pipeline.generation.related.results",
    "pipeline.generation.results",
    "pipeline.runs.orders",
    "pipeline.runs.records",
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
    "pipeline.evaluation.results",
    "pipeline.evaluation.score_text",
    "pipeline.exporters",
    "pipeline.models.model",
    "pipeline.models.related.recipe",
    "pipeline.models.store",
    "pipeline.reports",
    "pipeline.synthesizers.recipe",
    "pipeline.synthesizers.width",
}
"""What surfaces may import, for types too."""
WORDS = {
    "cut_score", "format_percent", "format_score", "percent",
    "count_epochs", "has_epochs", "list_unread", "name_training",
    "find_recipe", "is_stopped_training", "list_findings", "normalize_name", "parse_header",
    "write_result",
}  # fmt: skip
"""Functions besides the workbench that surfaces may call: they put one typed value into words or read one."""
STARTERS = {"app": "pipeline.workers.supervisor", "pipeline.cli.runs": "pipeline.workers.remote"}
"""The two places where workers are started."""


def test_surfaces_come_in_by_the_one_door() -> None:
    strangers: dict[str, set[str]] = {}
    for name, path in find_modules().items():
        if not name.startswith(("pages", "app", "pipeline.cli", "pipeline.api")):
            continue
        own = ("pages", "pipeline.cli", "pipeline.api")
        allowed = DOOR | {STARTERS.get(name, "")}
        ours = {one for one in _modules_of(path) if one.startswith("pipeline")}
        found = {one for one in ours - allowed if not one.startswith(own)}
        if found:
            strangers[name] = found
    assert strangers == {}


def test_surfaces_take_types_and_words_and_leave_what_acts_to_the_workbench() -> None:
    """Beside the workbench: results, orders and enums, exceptions and constants, and the words for them."""
    acting = set()
    for module, name in _names_of_surfaces():
        if module in DOOR and not module.startswith(("pipeline.workbench", "pipeline.settings")):
            found = getattr(import_module(module), name)
            acts = inspect.isfunction(found) and name not in WORDS
            if acts or (inspect.isclass(found) and not _is_value(found)):
                acting.add(f"{module}.{name}")
    assert acting == set()
    assert {name for _, name in _names_of_surfaces()} >= WORDS


def _is_value(found: type) -> bool:
    is_frozen = is_dataclass(found) and found.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return (
        is_frozen
        or issubclass(found, Enum | BaseException)
        or found.__module__.startswith("pipeline.workbench")
    )


def _names_of_surfaces() -> set[tuple[str, str]]:
    surfaces = ("pages", "app", "pipeline.cli", "pipeline.api")
    paths = [path for name, path in find_modules().items() if name.startswith(surfaces)]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    return {
        (node.module, alias.name)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def test_the_door_names_nothing_that_no_surface_uses() -> None:
    surfaces = ("pages", "app", "pipeline.cli", "pipeline.api")
    paths = [path for name, path in find_modules().items() if name.startswith(surfaces)]
    assert {one for path in paths for one in _modules_of(path)} >= DOOR


def test_surfaces_reach_for_nothing_behind_a_service() -> None:
    surfaces = ("pages", "app", "pipeline.cli", "pipeline.api")
    paths = [path for name, path in find_modules().items() if name.startswith(surfaces)]
    reached = {
        (path.name, node.attr)
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"context", "stores"}
        # Streamlit's own: what is known of a browser.
        and not (isinstance(node.value, ast.Name) and node.value.id == "st")
    }
    assert reached == set()


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
