"""Towns, postcodes and streets of a country, coherent within a row.

A row has one place: all columns of the row agree on country, town and postcode area. Towns are the largest of
each country (`tables/places.csv`); a postcode lies in the ranges of its town, but may not exist. Streets are
invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from pipeline.datasets.addresses import LAYOUTS
from pipeline.errors import SamplingError
from pipeline.identity.address import redraw_protected
from pipeline.identity.checked import read_template
from pipeline.identity.countries import countries_of_rows
from pipeline.identity.tables import load_table
from pipeline.identity.task import ColumnTask
from pipeline.identity.templates import Template

_LANGUAGES = {
    "DE": "de", "AT": "de", "CH": "de", "FR": "fr", "BE": "fr", "LU": "fr", "ES": "es", "IT": "it",
    "NL": "nl", "PL": "pl",
}  # fmt: skip
_LAST_HOUSE = 199
_DEFAULT = "DE"
_NUMBER_FIRST = "{number} {street}"
_STREETS = {_DEFAULT: "{street} {number}", "FR": _NUMBER_FIRST, "GB": _NUMBER_FIRST, "US": _NUMBER_FIRST}
_PARTS = ("street", "number", "postcode", "city")


def city(task: ColumnTask) -> np.ndarray:
    """Names of large towns of the row's country; they are public, so that real ones come up."""
    return _places().cities[_place_of_rows(task)]


def postcode(task: ColumnTask) -> np.ndarray:
    """Postcodes in the ranges of the row's town; option `separator` replaces the blank inside them.

    Option `elsewhere` holds the patterns of countries for which there is no table, by code.
    """
    _require_repeats(task)
    places, rng = _place_of_rows(task), task.stream()
    elsewhere = _templates_elsewhere(task)

    def draw(rows: np.ndarray) -> np.ndarray:
        texts = _draw_postcodes(task, places[rows], rng)
        for at, template in enumerate(elsewhere.templates):
            chosen = elsewhere.of_row[rows] == at
            texts[chosen] = template.render(
                rng.integers(0, template.size, int(chosen.sum()), dtype=np.uint64)
            )
        return texts

    return redraw_protected(task, draw)


def street_address(task: ColumnTask) -> np.ndarray:
    """Invented streets with house numbers; option `format`, such as "{street} {number}"."""
    _require_repeats(task)
    countries, rng = _places().countries[_place_of_rows(task)], task.stream()
    layout = str(task.column.options.get("format", ""))

    def draw(rows: np.ndarray) -> np.ndarray:
        return _lay_out(_draw_streets(countries[rows], rng), countries[rows], layout, _STREETS)

    return redraw_protected(task, draw)


def postal_address(task: ColumnTask) -> np.ndarray:
    """Whole addresses of the row's country: an invented street, a town and a postcode in its ranges.

    Option `format`, such as "{street} {number}, {postcode} {city}".
    """
    _require_repeats(task)
    place, rng = _place_of_rows(task), task.stream()
    layout = str(task.column.options.get("format", ""))

    def draw(rows: np.ndarray) -> np.ndarray:
        countries = _places().countries[place[rows]]
        parts = _draw_streets(countries, rng) | {
            "postcode": _draw_postcodes(task, place[rows], rng),
            "city": _places().cities[place[rows]],
        }
        return _lay_out(parts, countries, layout, LAYOUTS)

    return redraw_protected(task, draw)


def _lay_out(
    parts: dict[str, np.ndarray], countries: np.ndarray, layout: str, usual: Mapping[str, str]
) -> np.ndarray:
    """Parts put into the layout, or into the usual one of each row's country (else Germany's)."""
    if layout:
        return _fill(parts, layout)
    texts = np.empty(len(countries), dtype=object)
    for country in dict.fromkeys(countries):
        rows = countries == country
        own = {name: values[rows] for name, values in parts.items()}
        texts[rows] = _fill(own, usual.get(country, usual[_DEFAULT]))
    return texts


def _fill(parts: dict[str, np.ndarray], layout: str) -> np.ndarray:
    rows = len(next(iter(parts.values())))
    texts: np.ndarray = np.full(rows, "", dtype=object)
    rest = layout
    while rest:
        before, brace, behind = rest.partition("{")
        texts = texts + before
        name, _, rest = behind.partition("}")
        if brace and name not in parts:
            raise SamplingError(
                f'The layout "{layout}" of an address asks for "{name}".', f"use {', '.join(_PARTS)} only."
            )
        texts = texts + parts[name] if brace else texts
    return texts


def _draw_streets(countries: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    streets = np.empty(len(countries), dtype=object)
    draws = rng.random(len(countries))
    for country in dict.fromkeys(countries):
        pool = _streets(_LANGUAGES.get(country, "en"))
        rows = countries == country
        streets[rows] = pool[(draws[rows] * len(pool)).astype(np.int64)]
    numbers = rng.integers(1, _LAST_HOUSE + 1, len(countries)).astype(str).astype(object)
    return {"street": streets, "number": numbers}


def _draw_postcodes(task: ColumnTask, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    texts = np.empty(len(place), dtype=object)
    draws = rng.random(len(place))
    separator = task.column.options.get("separator")
    for number in np.unique(place):
        template = read_template(_places().postcodes[number])
        rows = place == number
        found = template.render((draws[rows] * template.size).astype(np.uint64))
        if separator is not None and _places().countries[number] == "IN":
            found = np.array([f"{text[:3]}{separator}{text[3:]}" for text in found], dtype=object)
        elif separator is not None:
            found = np.array([text.replace(" ", str(separator)) for text in found], dtype=object)
        texts[rows] = found
    return texts


@dataclass(frozen=True, eq=False)
class _Elsewhere:
    """Templates of postcodes of other countries, and the position of each row's, -1 where it has none."""

    templates: tuple[Template, ...]
    of_row: np.ndarray


def _templates_elsewhere(task: ColumnTask) -> _Elsewhere:
    """The templates of the option `elsewhere`, one drawn for each row of its country."""
    patterns: Mapping[str, Sequence[str]] = task.column.options.get("elsewhere") or {}
    of_row = np.full(task.rows, -1, dtype=np.int64)
    if not patterns:
        return _Elsewhere((), of_row)
    countries = countries_of_rows(task, _DEFAULT, frozenset(patterns) | _known_countries())
    draws = task.shared_stream("elsewhere").random(task.rows)
    templates: list[Template] = []
    for country, found in patterns.items():
        rows = np.flatnonzero(countries == country)
        of_row[rows] = len(templates) + (draws[rows] * len(found)).astype(np.int64)
        templates.extend(map(read_template, found))
    return _Elsewhere(tuple(templates), of_row)


@dataclass(frozen=True, eq=False)
class _Places:
    """Pairs of town and postcode range, side by side, with their weights."""

    countries: np.ndarray
    cities: np.ndarray
    postcodes: np.ndarray
    weights: np.ndarray

    def within(self, rows: np.ndarray, draws: np.ndarray) -> np.ndarray:
        """Positions among `rows` (ascending) by weight, for draws in 0–1."""
        cumulative = np.cumsum(self.weights[rows])
        found = np.searchsorted(cumulative / cumulative[-1], draws, side="right")
        return rows[np.minimum(found, len(rows) - 1)]


@lru_cache(maxsize=1)
def _places() -> _Places:
    rows = load_table("places")
    countries, cities, postcodes = (
        np.array([row[name] for row in rows], dtype=object) for name in ("country", "city", "postcode")
    )
    return _Places(countries, cities, postcodes, np.array([float(row["weight"]) for row in rows]))


def _place_of_rows(task: ColumnTask) -> np.ndarray:
    """Position of each row's place; all columns of a row that follow the same columns agree."""
    draws = task.shared_stream("place").random(task.rows)
    places, by_city = _places(), _followed_city(task)
    is_short = _fits_cities(task)
    found = np.full(task.rows, -1, dtype=np.int64)
    for name in dict.fromkeys(text for text in by_city if text is not None):
        rows = np.flatnonzero(by_city == name)
        known = np.flatnonzero(_city_names() == name)
        found[rows] = places.within(known, draws[rows])
    countries = countries_of_rows(task, _DEFAULT, _known_countries())
    for country in dict.fromkeys(countries[found < 0]):
        rows = np.flatnonzero((found < 0) & (countries == country))
        known = np.flatnonzero(places.countries == country)
        known = known[is_short[known]] if is_short[known].any() else known
        if not len(known):
            raise SamplingError(
                f'Column "{task.column.name}" asks for places in "{country}", for which there is no table.',
                f"use one of {', '.join(dict.fromkeys(places.countries))}, or make the column a `code`.",
            )
        found[rows] = places.within(known, draws[rows])
    return found


def _fits_cities(task: ColumnTask) -> np.ndarray:
    """Which places have a town short enough for every column of towns: all columns of a row agree on it."""
    lengths = [
        int(one.options["length"])
        for one in task.request.columns
        if one.kind == "city" and one.options.get("length")
    ]
    return np.array([len(name) <= min(lengths, default=len(name)) for name in _places().cities])


@lru_cache(maxsize=1)
def _known_countries() -> frozenset[str]:
    return frozenset(_places().countries)


@lru_cache(maxsize=1)
def _city_names() -> np.ndarray:
    return np.array([name.casefold() for name in _places().cities], dtype=object)


def _followed_city(task: ColumnTask) -> np.ndarray:
    """The known town that each row's followed column names, None elsewhere."""
    known = set(_city_names())
    for name in task.column.follows:
        if name not in task.request.modelled:
            continue
        codes, found = pd.factorize(task.request.modelled[name])
        read = [text if (text := str(value).strip().casefold()) in known else None for value in found]
        if any(read):
            return np.array([*read, None], dtype=object)[codes]
    return np.full(task.rows, None, dtype=object)


@lru_cache(maxsize=8)
def _streets(language: str) -> np.ndarray:
    if language == "en":
        words: dict[str, list[str]] = {}
        for row in load_table("address_words"):
            words.setdefault(row["part"], []).append(row["word"])
        pool = [f"{a} {b} {c}" for a in words["tree"] for b in words["feature"] for c in words["street"]]
    else:
        rows = [row for row in load_table("street_words") if row["language"] == language]
        starts, ends = ([row["word"] for row in rows if row["part"] == part] for part in ("start", "end"))
        pool = [start + end for start in starts for end in ends]
    return np.array(pool, dtype=object)


def _require_repeats(task: ColumnTask) -> None:
    if task.column.is_unique:
        raise SamplingError(
            f'Column "{task.column.name}" is declared unique, but addresses of few towns repeat.',
            "do not declare the column unique in dataset.yaml.",
        )
