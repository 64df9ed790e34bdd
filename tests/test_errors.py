"""The error tree has one root, and every member says what to do."""

from __future__ import annotations

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
