"""Forms out of dataset.yaml, and the messages about forms that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.datasets.forms import NumberForm, form_from_dict, is_missing_word, is_sentinel_date
from pipeline.errors import MetadataError


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, 'A form has the kind "None"'),
        ({"kind": "colour"}, 'A form has the kind "colour"'),
        ({"kind": "number", "comma": True}, 'the key "comma", which is unknown'),
        ({"kind": "number", "decimal": ";"}, "has decimal ';'"),
        ({"kind": "number", "decimal": 5}, "has decimal 5, which is no text"),
        ({"kind": "number", "decimal": ",", "grouping": ","}, "has grouping ','"),
        ({"kind": "number", "positive": "$"}, "has positive '\\$'"),
        ({"kind": "number", "positive": "$#", "negative": "-#"}, "has negative '-#'"),
        ({"kind": "number", "negative": "#"}, "has negative '#'"),
        ({"kind": "number", "decimals": "two"}, "has decimals 'two'"),
        ({"kind": "number", "decimals": [3, 2]}, "has decimals \\[3, 2\\]"),
        ({"kind": "number", "notation": "roman"}, "has notation 'roman'"),
        ({"kind": "number", "notation": "scientific", "exponent": "x"}, "has exponent 'x'"),
        ({"kind": "date", "pattern": "%d.%m"}, "has pattern '%d.%m'"),
        ({"kind": "date", "pattern": "%d.%m.%Y %Q"}, "has pattern '%d.%m.%Y %Q'"),
        ({"kind": "date", "pattern": "dd.mm.yyyy"}, "has pattern 'dd.mm.yyyy'"),
        ({"kind": "date", "also": "%d.%m.%Y"}, "which is no list of texts"),
        ({"kind": "date", "language": "tlh"}, "has language 'tlh'"),
        ({"kind": "date", "offset": "+01:00"}, "has offset '\\+01:00'"),
        ({"kind": "date", "latest_year": "2030"}, "which is no whole number"),
        ({"kind": "time", "pattern": "%H"}, "has pattern '%H'"),
        ({"kind": "duration", "style": "long"}, "has style 'long'"),
        ({"kind": "period", "pattern": "Q%q"}, "has pattern 'Q%q'"),
        ({"kind": "boolean", "true": "Yes", "false": "YES"}, "has false 'YES'"),
    ],
)
def test_a_form_that_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(MetadataError, match=message) as caught:
        form_from_dict(values)
    assert caught.value.hint


@pytest.mark.parametrize(("decimals", "both"), [(2, (2, 2)), ([0, 3], (0, 3)), ([1, None], (1, None))])
def test_decimals_are_a_number_or_least_and_most(decimals: Any, both: tuple[int, int | None]) -> None:
    form = form_from_dict({"kind": "number", "decimals": decimals})
    assert form == NumberForm(min_decimals=both[0], max_decimals=both[1])


@pytest.mark.parametrize("word", ["N/A", "null", " - ", "#DIV/0!", "k.A.", "Unknown", "?"])
def test_words_for_missing_are_known(word: str) -> None:
    assert is_missing_word(word)


@pytest.mark.parametrize("word", ["0", "12", "#4711", "open", "n"])
def test_other_words_are_not_missing(word: str) -> None:
    assert not is_missing_word(word)


@pytest.mark.parametrize(
    ("text", "is_sentinel"),
    [
        ("9999-12-31", True), ("0000-00-00", True), ("31.12.9999", True), ("0001-01-01 00:00:00", True),
        ("99991231", True), ("31-DEC-9999", True), ("9999-12-31-23.59.59.000000", True),
        ("2024-12-31", False),         ("12.10.2001", False), ("soon", False), ("1999-09-09", False),
    ],
)  # fmt: skip
def test_dates_that_stand_for_never_are_known(text: str, is_sentinel: bool) -> None:
    assert is_sentinel_date(text) is is_sentinel
