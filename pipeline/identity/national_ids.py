"""Numbers that states give to people and firms: valid by their schemes, and none of them real.

They are valid in form, not guaranteed to be unassigned; NHS numbers begin with 999, which the NHS keeps for
tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from pipeline.datasets.check_digits import (
    ean,
    isbn10,
    italian_letter,
    luhn,
    mod_11_10,
    mod_11_direct,
    mod_97,
    verhoeff,
)
from pipeline.errors import SamplingError
from pipeline.identity import steuer_id
from pipeline.identity.checked import Closing, Recipe, spaced
from pipeline.identity.task import ColumnTask

_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DAYS = "(" + "|".join(f"{day:02d}" for day in range(1, 29)) + ")"
_MONTHS = "(" + "|".join(f"{month:02d}" for month in range(1, 13)) + ")"
_BOTH_DAYS = "(" + "|".join(f"{day:02d}" for start in (1, 41) for day in range(start, start + 28)) + ")"
_DEPARTMENTS = "(" + "|".join(f"{number:02d}" for number in range(1, 96) if number != 20) + ")"
_ITIN_GROUPS = "(" + "|".join(str(group) for group in range(70, 100) if group not in (89, 93)) + ")"
# American Bankers Association: the twelve districts of the Federal Reserve, thrift institutions 21 to 32.
_ROUTING = "(" + "|".join(f"{number:02d}" for number in (*range(1, 13), *range(21, 33))) + ")"
# IRS, "How EINs are assigned and valid EIN prefixes".
_EIN_PREFIXES = (
    "(01|02|03|04|05|06|10|11|12|13|14|15|16|20|21|22|23|24|25|26|27|30|31|32|33|34|35|36|37|38|39|40|41|42|43|44|"
    "45|46|47|48|50|51|52|53|54|55|56|57|58|59|60|61|62|63|64|65|66|67|68|71|72|73|74|75|76|77|80|81|82|83|84|85|"
    "86|87|88|90|91|92|93|94|95|98|99)"
)
# HMRC, National Insurance Manual NIM39110: letters and pairs of letters that are not used.
_NINO_FIRST, _NINO_SECOND = "ABCEGHJKLMNOPRSTWXYZ", "ABCEGHJKLMNPRSTWXYZ"
_NINO_BARRED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def national_id(task: ColumnTask) -> np.ndarray:
    """Numbers of the option `scheme` (see `SCHEMES` of `pipeline.datasets.national_ids`), check digits right.

    `form` holds the separators, # for each character: "## ### ### ###".
    """
    scheme = str(task.column.options.get("scheme", ""))
    form = str(task.column.options.get("form", ""))
    real = task.protected(r"[^\pL\pN]", "")
    if scheme == "de.idnr":
        return spaced(steuer_id.derive(task, real), form)
    if scheme == "de.vat":
        # The prefix may be missing in the table.
        has_prefix = form.count("#") != 9 if form else not any(text.isdigit() for text in real)
        bare = np.array([text.removeprefix("DE") for text in real], dtype=object)
        values = _recipe(task, scheme).derive(task, bare)
        return spaced("DE" + values if has_prefix else values, form)
    return spaced(_recipe(task, scheme).derive(task, real), form)


def _recipe(task: ColumnTask, scheme: str) -> Recipe:
    if scheme not in RECIPES:
        raise SamplingError(
            f'Column "{task.column.name}" asks for national numbers of the scheme "{scheme}".',
            f"use one of {', '.join(sorted([*RECIPES, 'de.idnr']))} as the option `scheme` of the column.",
        )
    return RECIPES[scheme]()


def _closed(pattern: str, width: int, compute: Callable[[np.ndarray], np.ndarray], digits: int = 1) -> Recipe:
    """Numbers whose last digits close them."""
    at = tuple(range(width - digits, width))
    return Recipe(pattern, width, (Closing(at, tuple(range(width - digits)), compute),))


def _yielding(pattern: str, width: int, compute: Callable[[np.ndarray], np.ndarray]) -> Recipe:
    """Numbers whose last digit closes them, and whose last digit but one keeps it below 10."""
    return Recipe(
        pattern, width, (Closing((width - 1,), tuple(range(width - 1)), compute, yields=width - 2),)
    )


def _lettered(pattern: str, width: int, compute: Callable[[np.ndarray], np.ndarray], letters: str) -> Recipe:
    """Numbers that a letter closes."""
    return Recipe(pattern, width, (Closing((width - 1,), tuple(range(width - 1)), compute, letters),))


@lru_cache(maxsize=1)
def _nino() -> Recipe:
    pairs = (a + b for a in _NINO_FIRST for b in _NINO_SECOND if a + b not in _NINO_BARRED)
    return Recipe(rf"({'|'.join(pairs)})\d{{6}}[A-D]", 9)


def _siret() -> Recipe:
    closings = (Closing((8,), tuple(range(8)), luhn), Closing((13,), tuple(range(13)), luhn))
    # 356000000 is La Poste, whose numbers follow another rule.
    return Recipe(r"[1245678]\d{7}\d{4}", 14, closings)


def _ssn() -> Recipe:
    areas = "|".join(f"{area:03d}" for area in range(1, 900) if area != 666)
    groups = "|".join(f"{group:02d}" for group in range(1, 100))
    # Serial 0000 is never assigned; those that end in 0 are left out with it.
    return Recipe(rf"({areas})({groups})\d{{3}}[1-9]", 9)


def _dni(values: np.ndarray) -> np.ndarray:
    return _number(values) % 23


def _nie(values: np.ndarray) -> np.ndarray:
    """X, Y and Z stand for 0, 1 and 2."""
    plain = values.copy()
    plain[:, 0] -= 33
    return _number(plain) % 23


def _number(values: np.ndarray) -> np.ndarray:
    number = np.zeros(len(values), dtype=np.int64)
    for column in values.T:
        number = number * 10 + column
    return number


def _routing(values: np.ndarray) -> np.ndarray:
    """American Bankers Association, routing numbers: weights 3, 7 and 1, the sum a multiple of 10."""
    return -(values * np.resize([3, 7, 1], values.shape[1])).sum(axis=1) % 10


def _pesel(values: np.ndarray) -> np.ndarray:
    return -(values * np.resize([1, 3, 7, 9], values.shape[1])).sum(axis=1) % 10


def _utr(values: np.ndarray) -> np.ndarray:
    """HMRC, CA403: the first digit closes the number."""
    found = (values * np.array([6, 7, 8, 9, 10, 5, 4, 3, 2])).sum(axis=1) % 11
    return np.array([int(digit) for digit in "21987654321"])[found]


RECIPES: Mapping[str, Callable[[], Recipe]] = MappingProxyType(
    {
        "de.vat": lambda: _closed(r"[1-9]\d{7}", 9, mod_11_10),
        # The fourth letter P stands for a person; serial 0000 is not used.
        "in_.pan": lambda: Recipe(r"[A-Z]{3}P[A-Z]\d{3}[1-9][A-Z]", 10),
        # Palindromes are barred: the second digit and the last but one never agree.
        "in_.aadhaar": lambda: _closed(r"[2-9][0-4]\d{8}[5-9]", 12, verhoeff),
        "fr.nir": lambda: _closed(
            rf"[12]\d{{2}}{_MONTHS}{_DEPARTMENTS}\d{{2}}[1-9]\d{{2}}[1-9]", 15, mod_97, 2
        ),
        "fr.siren": lambda: _closed(r"[1-9]\d{7}", 9, luhn),
        "fr.siret": _siret,
        "gb.nino": _nino,
        "gb.nhs": lambda: _yielding(r"999\d{5}", 10, isbn10),
        "gb.utr": lambda: Recipe(r"\d{9}", 10, (Closing((0,), tuple(range(1, 10)), _utr),)),
        "us.ssn": _ssn,
        "us.itin": lambda: Recipe(rf"9\d{{2}}{_ITIN_GROUPS}\d{{4}}", 9),
        "us.rtn": lambda: _closed(rf"{_ROUTING}\d{{6}}", 9, _routing),
        "us.ein": lambda: Recipe(rf"{_EIN_PREFIXES}\d{{7}}", 9),
        "es.dni": lambda: _lettered(r"\d{8}", 9, _dni, _DNI),
        "es.nie": lambda: _lettered(r"[XYZ]\d{7}", 9, _nie, _DNI),
        "it.codicefiscale": lambda: _lettered(
            rf"[A-Z]{{6}}\d{{2}}[ABCDEHLMPRST]{_BOTH_DAYS}[A-M]\d{{3}}", 16, italian_letter, _LETTERS
        ),
        "nl.bsn": lambda: _yielding(r"[1-9]\d{6}", 9, mod_11_direct),
        "pl.pesel": lambda: _closed(rf"[3-9]\d{_MONTHS}{_DAYS}\d{{4}}", 11, _pesel),
        "ch.ssn": lambda: _closed(r"756\d{9}", 13, ean),
        "ca.sin": lambda: _closed(r"[1-79]\d{7}", 9, luhn),
    }
)
"""How numbers of each scheme are made, but for the German tax number, which has a module of its own."""
