"""Names of columns that are somebody's, and those that only look a little like it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.datasets.detection.codes import find_code_shape
from pipeline.datasets.reading import read_table
from pipeline.datasets.telling_names import is_telling, say_telling
from pipeline.errors import DataError


@pytest.mark.parametrize(
    "name",
    ["Emily Johnson", "Müller, Anna", "anna.berg@bank.example", "123-45-6789", "4111 1111 1111 1111",
     "DE89 3704 0044 0532 0130 00", "balance of 20394857", "Jean-Pierre Martin",
     "J. Smith", "A.B. Johnson", "Smith, J.", "张伟", "김민준", "田中太郎"],
)  # fmt: skip
def test_a_person_or_an_identifier_is_told(name: str) -> None:
    assert is_telling(name)


@pytest.mark.parametrize(
    "name",
    ["name", "First Name", "Last Page", "date_of_birth", "Credit Card Number", "2026-01-31", "31.12.2025",
     "sales 2025", "Q1 2026", "column_12", "GRANT MILLER CODE", "amount in EUR", "IBAN", "x1", "20260131",
     "A. Total", "No. Orders", "姓名", "电话", "单价", "生年月日", "都道府県", "금액", "전화번호"],
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


_LENGTH = 200_000


@pytest.mark.parametrize(
    "text",
    ["h" * _LENGTH, "1" * _LENGTH + "x", "1-1-11 " + "1" * _LENGTH + "\nx", "a " * (_LENGTH // 2) + "!"],
    ids=["letters", "digits", "a date", "words"],
)
def test_a_long_name_or_cell_is_read_in_a_time_that_grows_with_its_length(tmp_path: Path, text: str) -> None:
    """A pattern that takes the square of the time would take minutes or hours."""
    began = time.monotonic()
    file = tmp_path / "table.csv"
    file.write_text("id,note\n" + f'1,"{text}"\n' * 20, encoding="utf-8")
    assert len(read_table(file).cells) == 20
    is_telling(text)
    file.write_text(f'"{text}"\n' + "1\n" * 20, encoding="utf-8")
    with pytest.raises(DataError, match=r"the name of column 1 has .* characters, more than 1,000"):
        read_table(file)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("lead", ["a" * 100_000 + "-", "No " * 30_000])
def test_long_texts_with_one_beginning_are_no_codes_and_take_no_time(lead: str) -> None:
    began = time.monotonic()
    assert find_code_shape([f"{lead}{number}" for number in range(20)]) is None
    assert time.monotonic() - began < 30
