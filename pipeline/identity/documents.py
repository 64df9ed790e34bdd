"""Numbers on documents: Social Security numbers, driver licences, user ids."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pipeline.identity.address import state_codes, state_names
from pipeline.identity.tables import load_table
from pipeline.identity.task import ColumnTask, comparable
from pipeline.identity.templates import Template, digit_fields, literal_field, options_field, parse_pattern

_SERIALS = range(1, 10_000)
_USER_ID_DIGITS = 8

WIDER = "raise the option `width` of the column in dataset.yaml, or ask for fewer rows."
"""The way out where a column has too few numbers."""


def ssn(task: ColumnTask) -> np.ndarray:
    """Texts like "123-45-6789": valid in form, or never issued by SSA or IRS (setting `identity.ssn`)."""
    template = _never_issued_ssns() if task.request.options.ssn == "never_issued" else _valid_ssns()
    real = task.protected(r"^\D*(\d{3})\D*(\d{2})\D*(\d{4})\D*$", r"\1-\2-\3")
    return template.render(task.pick(task.scattered(template, template.read(real))))


@lru_cache(maxsize=1)
def _valid_ssns() -> Template:
    # Social Security Administration, "Social Security Number Randomization": area 000, 666 and
    # 900-999, group 00 and serial 0000 are never assigned.
    areas = [area for area in range(1, 900) if area != 666]
    return _ssn_template(areas, list(range(1, 100)))


@lru_cache(maxsize=1)
def _never_issued_ssns() -> Template:
    # Area 900-999 belongs to the IRS, which uses only the groups of the table.
    rows = load_table("tax_number_groups")
    issued = {g for row in rows for g in range(int(row["group_first"]), int(row["group_last"]) + 1)}
    return _ssn_template(list(range(900, 1000)), [group for group in range(1, 100) if group not in issued])


def _ssn_template(areas: list[int], groups: list[int]) -> Template:
    dash = literal_field("-")
    area = options_field([f"{number:03d}" for number in areas])
    group = options_field([f"{number:02d}" for number in groups])
    return Template((area, dash, group, dash, options_field([f"{number:04d}" for number in _SERIALS])))


def us_driver_license(task: ColumnTask) -> np.ndarray:
    """A licence number in the published format of the state that the column follows.

    States with the same format share one code space, and no two formats can read alike, so the
    numbers are distinct over the whole column.
    """
    patterns, pattern_of_state = _licence_patterns()
    pattern_of_row = pattern_of_state[state_codes(task)]
    real = task.protected(r"[\s-]", "")
    real_widths = np.fromiter(map(len, real), dtype=np.int64, count=len(real))
    values = np.empty(task.rows, dtype=object)
    for number in np.unique(pattern_of_row):
        template = parse_pattern(patterns[number])
        similar = real[(real_widths >= template.width - 1) & (real_widths <= template.width)]
        codes = task.scattered(template, template.read(similar), patterns[number])
        rows = np.flatnonzero(pattern_of_row == number)
        values[rows] = template.render(task.pick(codes, rows))
    return values


@lru_cache(maxsize=1)
def _licence_patterns() -> tuple[tuple[str, ...], np.ndarray]:
    """The distinct patterns, and the position of each state's pattern among them."""
    pattern_of = {row["state"]: row["pattern"] for row in load_table("driver_licenses")}
    patterns = tuple(sorted(set(pattern_of.values())))
    return patterns, np.array([patterns.index(pattern_of[state]) for state in state_names()])


def user_id(task: ColumnTask) -> np.ndarray:
    """Texts like "U10482931": numbers counted up from a seeded start; options `prefix`, `width` (digits)."""
    width = int(task.column.options.get("width", _USER_ID_DIGITS))
    first = options_field(list("123456789"))
    return count_up(task, str(task.column.options.get("prefix", "U")), (first, *digit_fields(width - 1)))


def count_up(task: ColumnTask, prefix: str, number: tuple[np.ndarray, ...]) -> np.ndarray:
    """A prefix and numbers (the fields `number`) counted up from a seeded start, past the real ones."""
    read_prefix = str(comparable(np.array([prefix], dtype=object))[0])
    template, reader = (Template((*_literal(text), *number)) for text in (prefix, read_prefix))
    codes = task.consecutive(template, reader.read(task.protected_texts()))
    return template.render(task.pick(codes, advice=WIDER))


def _literal(text: str) -> tuple[np.ndarray, ...]:
    return (literal_field(text),) if text else ()
