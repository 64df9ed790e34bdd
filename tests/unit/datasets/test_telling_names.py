"""Names of columns that are somebody's, and those that only look a little like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.datasets.reading import read_table
from pipeline.datasets.telling_names import is_telling, say_telling


@pytest.mark.parametrize(
    "name",
    ["Emily Johnson", "Müller, Anna", "anna.berg@bank.example", "123-45-6789", "4111 1111 1111 1111",
     "DE89 3704 0044 0532 0130 00", "balance of 20394857", "Jean-Pierre Martin"],
)  # fmt: skip
def test_a_person_or_an_identifier_is_told(name: str) -> None:
    assert is_telling(name)


@pytest.mark.parametrize(
    "name",
    ["name", "First Name", "Last Page", "date_of_birth", "Credit Card Number", "2026-01-31", "31.12.2025",
     "sales 2025", "Q1 2026", "column_12", "GRANT MILLER CODE", "amount in EUR", "IBAN", "x1", "20260131"],
)  # fmt: skip
def test_names_of_columns_are_not(name: str) -> None:
    assert not is_telling(name)


def test_the_sentence_names_places_and_no_name() -> None:
    assert say_telling(["id", "amount"]) == ()
    said = say_telling(["id", "Emily Johnson", "a@b.example"])
    assert len(said) == 1
    assert said[0].startswith("The names of columns 2, 3 look like a person or an identifier.")


def test_a_file_whose_first_record_was_taken_for_a_header_says_so(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,Emily Johnson\n" + "x,1\ny,2\n" * 20, encoding="utf-8")
    findings = read_table(file).findings
    assert any("like a person" in finding for finding in findings)
    assert not any("Emily" in finding for finding in findings)
