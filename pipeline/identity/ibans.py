"""IBANs and BICs: the structure of every country in SWIFT's registry, with check digits that hold.

German bank codes begin with 9, which the Bundesbank does not give out. Elsewhere numeric bank codes begin
with 9 and others with ZZ: valid in form, not guaranteed to belong to no bank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from math import prod
from types import MappingProxyType

import numpy as np

from pipeline.datasets.check_digits import italian_letter, luhn, mod_11_weighted, mod_97_10
from pipeline.errors import SamplingError
from pipeline.identity.checked import Closing, Recipe, spaced
from pipeline.identity.countries import countries_of_rows
from pipeline.identity.permutation import LARGEST_SIZE
from pipeline.identity.task import ColumnTask

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BANK_WIDTH = 8  # no bank code with its branch is longer than what is before an account's zeros
_SIZES = {"[A-Z]": 26, r"\d": 10}
_TOKEN = re.compile(r"(\d+)!([nac])")


def iban(task: ColumnTask) -> np.ndarray:
    """IBANs whose check digits hold (ISO 13616) and which no real row has, German ones by default.

    Options: `countries` (shares by code) or `country`; `grouped` writes a blank after every four.
    """
    # Of a followed country without IBANs, such as the U.S., rows have those of the column's others.
    countries = countries_of_rows(task, "DE", iban_structures())
    real = task.protected(r"[^\pL\pN]", "")
    values = np.empty(task.rows, dtype=object)
    found = list(dict.fromkeys(countries))
    for code in found:
        rows = np.flatnonzero(countries == code)
        recipe = iban_recipe(_known(task, str(code)))
        own = np.array([text for text in real if text.startswith(code)], dtype=object)
        space = "" if code == "DE" else f"iban {code}"
        values[rows] = recipe.derive(task, own, space, rows if len(found) > 1 else None)
    return _grouped(values) if task.column.options.get("grouped") else values


def bic(task: ColumnTask) -> np.ndarray:
    """BICs (ISO 9362) of test and training: the last character of the location code is 0.

    Options: `countries` or `country`; `width` 11 adds a branch.
    """
    countries = countries_of_rows(task, "DE")
    is_long = int(task.column.options.get("width", 8)) == 11
    real = task.protected(r"[^\pL\pN]", "")
    pattern = r"[A-Z]{4}[A-Z]0" + (r"\d{3}" if is_long else "")
    bare = np.array([text[:4] + text[6:] for text in real], dtype=object)
    plain = Recipe(pattern, 9 if is_long else 6).derive(task, bare)
    return np.array(
        [text[:4] + code + text[4:] for text, code in zip(plain, countries, strict=True)], dtype=object
    )


def _known(task: ColumnTask, code: str) -> str:
    if code not in iban_structures():
        raise SamplingError(
            f'Column "{task.column.name}" asks for IBANs of "{code}", which has none.',
            "correct the option `countries` of the column, or what it follows, in dataset.yaml.",
        )
    return code


@lru_cache(maxsize=1)
def iban_structures() -> Mapping[str, str]:
    """Country → structure behind the check digits, such as "8!n10!n" (SWIFT's registry in stdnum)."""
    text = files("stdnum").joinpath("iban.dat").read_text(encoding="utf-8")
    return MappingProxyType(dict(re.findall(r'^([A-Z]{2}) .*bban="([^"]+)"', text, re.MULTILINE)))


@lru_cache(maxsize=128)
def iban_recipe(country: str) -> Recipe:
    """How IBANs of a country are made."""
    kinds = "".join(kind * int(count) for count, kind in _TOKEN.findall(iban_structures()[country]))
    width = 4 + len(kinds)
    national = _national_closings(country, len(kinds))
    everything = Closing((2, 3), (*range(4, width), 0, 1), mod_97_10)
    closings = (*national, everything)
    closed = {at for closing in closings for at in (*closing.at, closing.yields)}
    free = [(at, kinds[at - 4]) for at in range(4, width) if at not in closed]
    return Recipe(country + _payload(free), width, closings)


def _payload(free: list[tuple[int, str]]) -> str:
    """The pattern of the freely chosen positions; accounts of more than 62 bits begin with zeros."""
    kinds = [kind for _, kind in free]
    body = ["[A-Z]" if kind == "a" else r"\d" for kind in kinds]
    lead = "ZZ" if kinds[0] == "a" else "9"
    body[: len(lead)] = lead
    at = min(_BANK_WIDTH, len(body))
    while prod(_SIZES.get(part, 1) for part in body) > LARGEST_SIZE:
        body[at] = "0" if kinds[at] != "a" else "A"
        at += 1
    return "".join(body)


def _national_closings(country: str, width: int) -> tuple[Closing, ...]:
    """Check digits inside the account number, where a country publishes them."""
    end = 4 + width
    if country in {"BA", "ME", "MK", "PT", "RS", "SI", "TL", "XK"}:
        return (Closing((end - 2, end - 1), tuple(range(4, end - 2)), mod_97_10),)
    if country in {"FR", "MC"}:
        return (Closing((end - 2, end - 1), tuple(range(4, end - 2)), _rib_key),)
    if country in {"IT", "SM"}:
        return (Closing((4,), tuple(range(5, end)), italian_letter, _LETTERS),)
    return {
        "BE": (Closing((14, 15), tuple(range(4, 14)), _belgian),),
        "ES": (
            Closing((12,), tuple(range(4, 12)), _spanish_bank),
            Closing((13,), tuple(range(14, 24)), _spanish),
        ),
        "FI": (Closing((17,), tuple(range(4, 17)), luhn),),
        "NO": (Closing((14,), tuple(range(4, 14)), mod_11_weighted, yields=13),),
    }.get(country, ())


def _rib_key(values: np.ndarray) -> np.ndarray:
    """97 less the remainder of the number and two zeros modulo 97 (Banque de France, clé RIB)."""
    return mod_97_10(values) - 1


def _belgian(values: np.ndarray) -> np.ndarray:
    rest = np.zeros(len(values), dtype=np.int64)
    for column in values.T:
        rest = (rest * 10 + column) % 97
    return np.where(rest == 0, 97, rest)


def _spanish_bank(values: np.ndarray) -> np.ndarray:
    return _spanish(np.hstack([np.zeros((len(values), 2), dtype=np.int64), values]))


def _spanish(values: np.ndarray) -> np.ndarray:
    """Powers of two from the left, modulo 11 (Código Cuenta Cliente)."""
    check = (values * 2 ** np.arange(values.shape[1])).sum(axis=1) % 11
    return np.where(check < 2, check, 11 - check)


def _grouped(values: np.ndarray) -> np.ndarray:
    lengths = np.array([len(value) for value in values])
    written = values.copy()
    for length in np.unique(lengths):
        rows = lengths == length
        form = " ".join("#" * min(4, length - start) for start in range(0, length, 4))
        written[rows] = spaced(values[rows], form)
    return written
