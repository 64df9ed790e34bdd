"""People from columns that are as short as a database allows are generated to fit, or refused at once."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest

from tests.integration.conftest import Command, Refusal
from tests.unit.databases import ask, make_url_of, run

PEOPLE = 60
LENGTHS = {
    "first_name": 6, "last_name": 7, "full_name": 12, "email": 22, "phone": 12, "street": 13, "city": 7,
    "iban": 22,
}  # fmt: skip
FIRSTS = ["Anna", "Paul", "Maria", "Jonas", "Lena", "Karl", "Emma", "Lukas"]
LASTS = ["Koch", "Vogel", "Keller", "Braun", "Wolf", "Schulz", "Krause", "Lang"]
STREETS = ["Waldweg", "Talring", "Amselweg", "Ahornweg"]
CITIES = ["Berlin", "Köln", "Essen", "Bremen", "Dresden"]


def fill_people(url: str, lengths: dict[str, int], mail: str = "{:.2}{:03d}@mail.org") -> None:
    """People with names, addresses and accounts in columns of these lengths, and their visits."""
    rng = np.random.default_rng(7)
    rows = []
    for place in range(PEOPLE):
        first, last = FIRSTS[place % 8], LASTS[place // 8]
        cells = (
            first,
            last,
            f"{first} {last}",
            mail.format(first.lower(), place),
            f"030 {rng.integers(2_000_000, 9_000_000)}",
            f"{STREETS[place % 4]} {place + 1}",
            CITIES[place % 5],
            _write_iban(int(rng.integers(10**17, 10**18))),
        )
        rows.append(f"({place + 1}, {', '.join(map(repr, cells))})")
    visits = [f"({one + 1}, {one % PEOPLE + 1}, {rng.integers(1, 90)})" for one in range(3 * PEOPLE)]
    columns = ", ".join(f"{name} VARCHAR({length})" for name, length in lengths.items())
    run(
        url,
        f"CREATE TABLE people (id INTEGER PRIMARY KEY, {columns});"
        "CREATE TABLE visits (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES people(id), "
        "minutes INTEGER);"
        f"INSERT INTO people VALUES {', '.join(rows)}; INSERT INTO visits VALUES {', '.join(visits)};",
    )


def _write_iban(account: int) -> str:
    return f"DE{98 - int(f'{account}131400') % 97:02d}{account}"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_people_from_short_columns_fit_into_them_again(
    command: Command, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    places = [tmp_path / place for place in ("source", "target")]
    for place in places:
        place.mkdir()
    source, target = (make_url_of(kind, request, place) for place in places)
    fill_people(source, LENGTHS)
    command("add", f"short_{kind}", "--database", source)
    loaded = command("generate", f"short_{kind}", "--epochs", 1, "--scale", 4, "--into", target)
    assert loaded["counts"]["people"] == 4 * PEOPLE
    longest = ", ".join(f"max(length({name}))" for name in LENGTHS)
    ((*found,),) = ask(target, f"SELECT {longest} FROM people")
    assert dict(zip(LENGTHS, found, strict=True)).items() >= {("iban", 22)}
    assert all(0 < one <= LENGTHS[name] for name, one in zip(LENGTHS, found, strict=True))
    assert ask(target, "SELECT count(DISTINCT email) FROM people") == [(4 * PEOPLE,)]
    people = ask(target, "SELECT first_name, email FROM people")
    firsts = [unicodedata.normalize("NFKD", name.lower())[0] for name, _ in people]
    assert firsts == [mail[0] for _, mail in people]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_column_that_no_generated_value_fits_is_refused_when_it_is_registered(
    refusal: Refusal, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    source = make_url_of(kind, request, tmp_path)
    fill_people(source, {**LENGTHS, "email": 11}, "{:.1}{:03d}@ab.de")
    said = refusal("add", f"too_short_{kind}", "--database", source)
    assert 'Table "people": Column "email" holds at most 11 characters' in said
    assert "need 16" in said
