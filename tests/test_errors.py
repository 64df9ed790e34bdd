"""The error tree has one root, and every member says what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pipeline import errors


def _all_errors(
    root: type[errors.WorkbenchError] = errors.WorkbenchError,
) -> list[type[errors.WorkbenchError]]:
    return [root, *(found for child in root.__subclasses__() for found in _all_errors(child))]


def test_every_error_of_the_module_descends_from_the_root() -> None:
    defined = [value for value in vars(errors).values() if isinstance(value, type)]
    assert [one for one in defined if issubclass(one, Exception) and one not in _all_errors()] == []


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in _all_errors()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("error", _all_errors(), ids=lambda error: error.__name__)
def test_an_error_shows_message_and_hint(error: type[errors.WorkbenchError]) -> None:
    raised = error("The table is empty.", "give it a row.")
    assert str(raised) == "The table is empty. Hint: give it a row."
    assert str(error("Only this.")) == "Only this."


_PLACEHOLDER = re.compile(
    r"(columns|rules|add|generate|evaluate|train|bulk|models|runs) [^`]*?\b(NAME|DATASET|TABLE)\b"
)


def _list_commands(path: Path) -> list[str]:
    """What a module puts between backticks in its texts, without the texts that document it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        if isinstance(node, ast.JoinedStr)
        else str(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and id(node) not in documents)
    ]
    return [command for text in texts for command in re.findall("`([^`]+)`", text)]


def test_a_command_in_a_hint_names_the_dataset_and_the_table_that_it_is_about() -> None:
    """A literal NAME makes the reader look for what the program knows."""
    package = Path(errors.__file__).parent
    modules = [path for path in package.rglob("*.py") if path.parent.name != "cli"]
    found = [(path.name, command) for path in modules for command in _list_commands(path)]
    assert [one for one in found if _PLACEHOLDER.match(one[1])] == []
    assert _PLACEHOLDER.match("columns NAME --set code.width=7")
    assert any(command.startswith("rules {}") for _, command in found)
