"""The import graph of the project: `python -m tests.import_graph` prints its floors and its circles.

A floor holds what imports from lower floors alone. Imports inside functions count; those that only type
checkers see count where `with_types` is set. Nothing is imported to find out: the modules are parsed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Graph = Mapping[str, frozenset[str]]


def find_modules(root: Path = ROOT) -> dict[str, Path]:
    """Every module of the package, of the pages and of the app, by its dotted name."""
    files = [*(root / "pipeline").rglob("*.py"), *(root / "pages").rglob("*.py"), root / "app.py"]
    return {_name(file.relative_to(root)): file for file in sorted(files)}


def read_imports(path: Path, known: Mapping[str, Path], with_types: bool = False) -> frozenset[str]:
    """The known modules that a module imports, at its top or inside functions."""
    name_of = {other: name for name, other in known.items()}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for module, name in _list_imports(tree, with_types):
        inner = f"{module}.{name}"
        found |= {inner if inner in known else module}
    return frozenset((found | set(_list_homes(tree, name_of[path]))) & set(known))


def compute_graph(modules: Mapping[str, Path], with_types: bool = False) -> Graph:
    """Each module with those that it imports; `from package import name` leads to the module of that name."""
    return {name: read_imports(path, modules, with_types) - {name} for name, path in modules.items()}


def keep_inner(graph: Graph) -> Graph:
    """The same without the imports from one entry of `pipeline/` to another one."""
    return {
        name: frozenset(other for other in imported if _unit(other) == _unit(name))
        for name, imported in graph.items()
    }


def join_packages(graph: Graph) -> Graph:
    """The same for the entries of `pipeline/`, and for `pages` and `app`, each taken as one."""
    joined: dict[str, set[str]] = {}
    for name, imported in graph.items():
        unit = _unit(name)
        joined.setdefault(unit, set()).update({_unit(other) for other in imported} - {unit})
    return {unit: frozenset(others) for unit, others in joined.items()}


def find_circle(graph: Graph) -> tuple[str, ...]:
    """One circle of imports, empty where there is none."""
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def compute_floors(graph: Graph) -> list[list[str]]:
    """What lies on each floor, the lowest first; the graph holds no circle."""
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    floors = []
    while sorter.is_active():
        floor = sorted(sorter.get_ready())
        sorter.done(*floor)
        floors.append(floor)
    return floors


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _unit(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "pipeline" else parts[0]


def _list_imports(tree: ast.AST, with_types: bool) -> Iterator[tuple[str, str]]:
    """Module and name of each import; no name for a whole module."""
    for node in ast.iter_child_nodes(tree):
        if not with_types and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        yield from _list_imports(node, with_types)


def _list_homes(tree: ast.Module, package: str) -> Iterator[str]:
    """The modules that a package loads when one of its names is first used, from its table `_HOMES`."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
            homes = ast.literal_eval(node.value).values()
            yield from (home[0] if isinstance(home, tuple) else f"{package}.{home}" for home in homes)


def main() -> None:
    """Print floors and circles of packages and of modules."""
    modules = compute_graph(find_modules())
    for title, graph in (("packages", join_packages(modules)), ("modules", modules)):
        circle = find_circle(graph)
        print(f"{title}: {len(graph)}; circle: {' -> '.join(circle) or 'none'}")
        if circle:
            continue
        floors = compute_floors(graph)
        print(f"{title}: {len(floors)} floors")
        for number, floor in enumerate(floors, start=1):
            print(f"  {number:2} {' '.join(floor)}")


if __name__ == "__main__":
    main()
