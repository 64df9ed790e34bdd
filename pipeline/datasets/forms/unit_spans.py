"""Lengths of time written with their units: "3d 4h", "2h 05min", "1 h 20 m"."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import numpy as np

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.moments import DAY, SECOND

_WORDS = {
    "d": DAY, "day": DAY, "days": DAY, "Tage": DAY, "j": DAY,
    "h": 3600 * SECOND, "hr": 3600 * SECOND, "hrs": 3600 * SECOND, "Std": 3600 * SECOND,
    "m": 60 * SECOND, "min": 60 * SECOND, "mins": 60 * SECOND, "Min": 60 * SECOND,
    "s": SECOND, "sec": SECOND, "secs": SECOND, "Sek": SECOND,
}  # fmt: skip
_UNIT = "|".join(sorted(_WORDS, key=len, reverse=True))
_PART = re.compile(rf"(?P<number>9{{1,6}})(?P<gap> ?)(?P<unit>{_UNIT})(?![^\W\d_])")
_SHAPE = re.compile(rf"(?:9{{1,6}} ?(?:{_UNIT})(?![^\W\d_])[ ,]*)+")
_FEWEST_UNITS = 2


def find_template(cells: Cells) -> str:
    """How most cells write their parts, such as "#d #h" with # for a number; "" where they have one unit."""
    templates = Counter[str]()
    for code, shape in enumerate(cells.shapes):
        template = _read_template(shape)
        if template:
            templates[template] += cells.count(code)
    usual = sorted(templates, key=lambda one: (-one.count("#"), -templates[one]))
    return next((one for one in usual if is_template(one)), "")


def is_template(template: str) -> bool:
    """Whether a template names two units or more, the larger ones first, and nothing else."""
    units = _units(template)
    sizes = [_WORDS[unit] for unit in units]
    is_whole = _SHAPE.fullmatch(template.replace("#", "9")) is not None
    return len(units) >= _FEWEST_UNITS and is_whole and sizes == sorted(set(sizes), reverse=True)


def read_spans(cells: Cells, code: int, template: str) -> np.ndarray | None:
    """Nanoseconds of the cells of a shape, None where it has other parts than the template."""
    shape = cells.shapes[code]
    wanted = _read_template(shape)
    if not wanted or not set(_units(wanted)) <= set(_units(template)) or not _is_ordered(wanted):
        return None
    total = np.zeros(cells.count(code), dtype=np.int64)
    for part in _PART.finditer(shape.decode()):
        # All units that are known are written in ASCII, so that characters are bytes.
        numbers = cells.integers(code, list(range(*part.span("number"))))
        total += numbers * _WORDS[part["unit"]]
    return total


def write_span(nanoseconds: int, template: str, omits_zeros: bool) -> str:
    """A length of time with the units of the template; the first one takes what is too much for it."""
    rest, numbers = nanoseconds, []
    sizes = [_WORDS[unit] for unit in _units(template)]
    for size in sizes:
        number, rest = divmod(rest, size)
        numbers.append(number)
    pieces = _pieces(template)
    kept = [at for at, number in enumerate(numbers) if number or not omits_zeros] or [len(numbers) - 1]
    return "".join(f"{numbers[at]}{pieces[at]}" for at in kept).rstrip(" ,")


def omits_zeros(cells: Cells, template: str) -> bool:
    """Whether some cells leave out parts of the template."""
    return any(
        (one := _read_template(shape)) and one.count("#") < template.count("#") for shape in cells.shapes
    )


@lru_cache(maxsize=1024)
def _read_template(shape: bytes) -> str:
    text = shape.decode(errors="replace")
    if not text.isascii() or _SHAPE.fullmatch(text) is None:
        return ""
    return re.sub("9+", "#", text).strip(" ,")


@lru_cache(maxsize=64)
def _units(template: str) -> tuple[str, ...]:
    return tuple(part["unit"] for part in _PART.finditer(template.replace("#", "9")))


def _is_ordered(template: str) -> bool:
    sizes = [_WORDS[unit] for unit in _units(template)]
    return sizes == sorted(set(sizes), reverse=True)


@lru_cache(maxsize=64)
def _pieces(template: str) -> tuple[str, ...]:
    return tuple(template.split("#")[1:])
