"""Validity rules for codes and national numbers: their form and their check digits.

Check digits are computed number by number (python-stdnum, or the sums below), not as the generator does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from pipeline.datasets.code_template import accepted_pattern
from pipeline.errors import MetadataError
from pipeline.evaluation.text import is_among, matches
from pipeline.evaluation.validity.rule import Rule, RuleInput

_NINO = r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]"
_UNUSED_NINO = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")
_TWO_CHECK_DIGITS = frozenset({"mod_97_10", "mod_97"})
_STDNUM = {
    "luhn": "luhn",
    "isin": "isin",
    "mod_97_10": "iso7064.mod_97_10",
    "mod_11_10": "iso7064.mod_11_10",
    "mod_11_2": "iso7064.mod_11_2",
    "verhoeff": "verhoeff",
    "damm": "damm",
}


def _not_the_code(rule: RuleInput) -> np.ndarray:
    described = {**rule.spec.options, "patterns": rule.option("patterns")}
    is_formed = matches(rule.text, accepted_pattern(described))
    check = str(rule.spec.options.get("check") or "")
    if not check:
        return ~is_formed
    scope = str(rule.spec.options.get("scope") or "all")
    passes = _check_of(rule, check)
    width = 2 if check in _TWO_CHECK_DIGITS else 1
    return ~is_formed | ~_accepted(rule.text, lambda text: passes(_scoped(text, scope, width)))


def _not_national(rule: RuleInput) -> np.ndarray:
    scheme = str(rule.option("scheme"))
    if scheme == "gb.nino":
        return ~_accepted(rule.text, _is_nino)
    try:
        module = import_module(f"stdnum.{scheme}")
    except ModuleNotFoundError as error:
        raise MetadataError(
            f'Rule {rule.spec.rule} of column "{rule.spec.column}" names no scheme: "{scheme}".',
            "use a scheme of python-stdnum, such as de.idnr or fr.siren.",
        ) from error
    return ~_accepted(rule.text, module.is_valid)


def _accepted(text: pa.Array, accepts: Callable[[str], bool]) -> np.ndarray:
    """Which texts are accepted; each distinct one is looked at once."""
    distinct = text.unique()
    good = [value for value in distinct.to_pylist() if accepts(value)]
    return is_among(text, pa.array(good, type=pa.string()))


def _is_nino(text: str) -> bool:
    plain = re.sub(r"[\s-]", "", text).upper()
    return re.fullmatch(_NINO, plain) is not None and plain[:2] not in _UNUSED_NINO


def _scoped(text: str, scope: str, width: int) -> str:
    """The characters that a check digit is computed from, and itself."""
    body, end = text[:-width], text[-width:]
    if scope == "all":
        return re.sub(r"[\W_]", "", body) + end
    if scope == "digits":
        return re.sub(r"\D", "", body) + end
    runs = re.findall(r"\d+", body)
    return (runs[-1] if runs else "") + end


def _check_of(rule: RuleInput, check: str) -> Callable[[str], bool]:
    if check in _OWN_CHECKS:
        own = _OWN_CHECKS[check]
        return lambda text: len(text) > 2 and own(text)
    if check not in _STDNUM:
        raise MetadataError(
            f'Rule {rule.spec.rule} of column "{rule.spec.column}" names no check: "{check}".',
            f"use one of {', '.join(sorted({*_STDNUM, *_OWN_CHECKS}))}.",
        )
    module = import_module(f"stdnum.{_STDNUM[check]}")
    if check == "isin":
        # Codes may begin with what is no country.
        return lambda text: text[-1:] == module.calc_check_digit(text[:-1].upper())
    return lambda text: module.is_valid(text.upper())


def _ean(text: str) -> bool:
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(text))) % 10 == 0


def _isbn10(text: str) -> bool:
    return sum(at * _digit(sign) for at, sign in enumerate(reversed(text), start=1)) % 11 == 0


def _weighted(text: str) -> bool:
    weighted = sum(int(digit) * (2 + at % 6) for at, digit in enumerate(reversed(text[:-1])))
    return (weighted + _digit(text[-1])) % 11 == 0


def _direct(text: str) -> bool:
    weighted = sum(int(digit) * at for at, digit in enumerate(reversed(text[:-1]), start=2))
    return (weighted - _digit(text[-1])) % 11 == 0


def _mod_97(text: str) -> bool:
    number = int("".join(str(int(sign, 36)) for sign in text[:-2]))
    return text[-2:].isdecimal() and int(text[-2:]) == 97 - number % 97


def _digit(sign: str) -> int:
    return 10 if sign in "xX" else int(sign)


_OWN_CHECKS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "ean": _ean,
        "isbn10": _isbn10,
        "mod_11_weighted": _weighted,
        "mod_11_direct": _direct,
        "mod_97": _mod_97,
    }
)

CODE_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "code_form": Rule(
            _not_the_code, "Every value has the form of the column's codes, and their check digit."
        ),
        "national_id_form": Rule(
            _not_national, "Every value is a valid number of its national scheme (python-stdnum)."
        ),
    }
)
