"""Check digits over whole columns: the schemes that identifiers use, as numpy over matrices of characters.

A scheme reads the characters of each number without its check digits (one row a number; 0–9 for digits,
10–35 for letters) and gives the check number of each row. Published descriptions are named at each scheme.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

Compute = Callable[[np.ndarray], np.ndarray]

X = 10
"""The check number that is written as the letter X, or that no number may have."""


@dataclass(frozen=True)
class CheckScheme:
    """`compute` gives check numbers of `width` digits; `reads_letters` says whether letters count.

    Where `gives_x` holds, the check number may be 10.
    """

    name: str
    compute: Compute
    width: int = 1
    reads_letters: bool = False
    gives_x: bool = False


_ITALIAN_ODD = np.array(
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14,
     16, 10, 22, 25, 24, 23]
)  # fmt: skip
_ITALIAN_EVEN = np.array([*range(10), *range(26)])


def character_values(points: np.ndarray) -> np.ndarray:
    """Code points of ASCII letters and digits as 0–35, whatever their case; -1 for other characters."""
    values = np.full(128, -1, dtype=np.int64)
    values[ord("0") : ord("9") + 1] = np.arange(10)
    values[ord("A") : ord("Z") + 1] = values[ord("a") : ord("z") + 1] = np.arange(10, 36)
    return values[np.minimum(points, 127)]


def check_points(scheme: CheckScheme, numbers: np.ndarray) -> np.ndarray:
    """Check numbers as code points (rows × width, uint32); 10 becomes an X where one digit is asked for."""
    if scheme.width == 1:
        points = np.where(numbers == X, ord("X"), numbers + ord("0"))[:, None]
    else:
        points = np.stack(np.divmod(numbers, 10), axis=1) + ord("0")
    return points.astype(np.uint32)


def luhn(values: np.ndarray) -> np.ndarray:
    """Check digits of numbers without them (ISO/IEC 7812-1, annex B): each second digit is doubled.

    Detection and generation use this one; `pipeline.evaluation.validity` computes it a second time, as it
    does every rule, so that one mistake cannot hide in both.
    """
    digits = values[:, ::-1].copy()
    digits[:, ::2] *= 2
    digits -= 9 * (digits > 9)
    return -digits.sum(axis=1) % 10


def isin(values: np.ndarray) -> np.ndarray:
    """ISO 6166: letters become two digits each, then Luhn."""
    is_letter = values > 9
    behind = np.zeros_like(values)
    behind[:, :-1] = np.cumsum((1 + is_letter)[:, :0:-1], axis=1)[:, ::-1]
    ones, tens = values % 10, values // 10
    total = _doubled(ones, behind % 2 == 0) + _doubled(tens, behind % 2 == 1)
    return -total.sum(axis=1) % 10


def italian_letter(values: np.ndarray) -> np.ndarray:
    """The letter (0–25) of a codice fiscale and of an Italian IBAN (CIN): odd and even places by tables."""
    return (_ITALIAN_ODD[values[:, ::2]].sum(axis=1) + _ITALIAN_EVEN[values[:, 1::2]].sum(axis=1)) % 26


def ean(values: np.ndarray) -> np.ndarray:
    """GS1 General Specifications 7.9: weights 3 and 1 from the right."""
    return -(values * _weights(values, (3, 1))).sum(axis=1) % 10


def isbn10(values: np.ndarray) -> np.ndarray:
    """Weights 2, 3, 4, … from the right, modulo 11 (ISO 2108, first edition; NHS numbers)."""
    return -(values * np.arange(values.shape[1] + 1, 1, -1)).sum(axis=1) % 11


def mod_11_weighted(values: np.ndarray) -> np.ndarray:
    """Weights 2 to 7 in turn from the right, modulo 11, as account numbers of many banks have it."""
    return -(values * _weights(values, (2, 3, 4, 5, 6, 7))).sum(axis=1) % 11


def mod_11_direct(values: np.ndarray) -> np.ndarray:
    """Weights 2, 3, 4, … from the right; the remainder modulo 11 itself (the Dutch BSN)."""
    return (values * np.arange(values.shape[1] + 1, 1, -1)).sum(axis=1) % 11


def mod_11_10(values: np.ndarray) -> np.ndarray:
    """ISO/IEC 7064, MOD 11,10 (the German tax number)."""
    check = np.full(len(values), 5)
    for column in values.T:
        check = (np.where(check == 0, 10, check) * 2 % 11 + column) % 10
    return (1 - np.where(check == 0, 10, check) * 2 % 11) % 10


def mod_11_2(values: np.ndarray) -> np.ndarray:
    """ISO/IEC 7064, MOD 11-2 (ISNI, ORCID)."""
    check = np.zeros(len(values), dtype=np.int64)
    for column in values.T:
        check = (check + column) * 2 % 11
    return (12 - check) % 11


def mod_97_10(values: np.ndarray) -> np.ndarray:
    """ISO/IEC 7064, MOD 97-10: letters become two digits each (LEI; IBAN after its rearrangement)."""
    return 98 - _remainder(values) * 100 % 97


def mod_97(values: np.ndarray) -> np.ndarray:
    """97 less the remainder of the number modulo 97 (French NIR)."""
    return 97 - _remainder(values)


def verhoeff(values: np.ndarray) -> np.ndarray:
    """Verhoeff, "Error Detecting Decimal Codes", 1969 (Aadhaar)."""
    check = np.zeros(len(values), dtype=np.int64)
    for position, column in enumerate(values.T[::-1], start=1):
        check = _DIHEDRAL[check, _VERHOEFF_ORDER[position % 8, column]]
    return _INVERSE[check]


def damm(values: np.ndarray) -> np.ndarray:
    """Damm, "Total anti-symmetrische Quasigruppen", 2004."""
    check = np.zeros(len(values), dtype=np.int64)
    for column in values.T:
        check = _DAMM[check, column]
    return check


def _remainder(values: np.ndarray) -> np.ndarray:
    rest = np.zeros(len(values), dtype=np.int64)
    for column in values.T:
        rest = (rest * np.where(column > 9, 100, 10) + column) % 97
    return rest


def _weights(values: np.ndarray, turn: tuple[int, ...]) -> np.ndarray:
    """The weights of `turn`, repeated from the right."""
    return np.resize(np.array(turn), values.shape[1])[::-1]


def _doubled(digits: np.ndarray, where: np.ndarray) -> np.ndarray:
    twice = np.where(where, 2 * digits, digits)
    return twice - 9 * (twice > 9)


def _dihedral() -> np.ndarray:
    """The multiplication table of the symmetries of a pentagon, with rotations 0–4, reflections 5–9."""
    left, right = np.divmod(np.arange(100), 10)
    turns = np.where(left < 5, left + right, left - right) % 5
    return (turns + 5 * ((left < 5) != (right < 5))).reshape(10, 10)


def _verhoeff_order() -> np.ndarray:
    step = np.array([1, 5, 7, 6, 2, 8, 3, 0, 9, 4])
    order = [np.arange(10)]
    for _ in range(7):
        order.append(step[order[-1]])
    return np.array(order)


_DIHEDRAL = _dihedral()
_INVERSE = np.array([0, 4, 3, 2, 1, 5, 6, 7, 8, 9])
_VERHOEFF_ORDER = _verhoeff_order()
_DAMM = np.array(
    [[int(digit) for digit in row] for row in (
        "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
        "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
    )]
)  # fmt: skip

CHECK_SCHEMES: Mapping[str, CheckScheme] = MappingProxyType(
    {
        scheme.name: scheme
        for scheme in (
            CheckScheme("luhn", luhn),
            CheckScheme("isin", isin, reads_letters=True),
            CheckScheme("mod_97_10", mod_97_10, width=2, reads_letters=True),
            CheckScheme("mod_97", mod_97, width=2, reads_letters=True),
            CheckScheme("mod_11_10", mod_11_10),
            CheckScheme("ean", ean),
            CheckScheme("verhoeff", verhoeff),
            CheckScheme("damm", damm),
            CheckScheme("isbn10", isbn10, gives_x=True),
            CheckScheme("mod_11_weighted", mod_11_weighted, gives_x=True),
            CheckScheme("mod_11_direct", mod_11_direct, gives_x=True),
            CheckScheme("mod_11_2", mod_11_2, gives_x=True),
        )
    }
)
"""Schemes that codes are tried for, by name."""
