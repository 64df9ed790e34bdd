"""Numbers that states give to people and firms: which scheme a column follows, by its values and its name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

_SAMPLE = 200
_FEWEST = 10
_VALID = 0.95  # of the distinct values pass the scheme's own check
_SHAPED = 0.9  # of the distinct values have its form, where the column name suggests it


class NationalScheme(NamedTuple):
    """`form` fits numbers without separators; `words` name columns; `is_plain` schemes check little."""

    country: str
    form: str
    words: tuple[str, ...]
    is_plain: bool = False


SCHEMES: Mapping[str, NationalScheme] = MappingProxyType(
    {
        "de.idnr": NationalScheme("DE", r"\d{11}", ("steuerid", "steueridentifikationsnummer", "idnr")),
        "de.vat": NationalScheme("DE", r"(DE)?\d{9}", ("ustid", "ustidnr", "umsatzsteuerid")),
        "in_.pan": NationalScheme("IN", r"[A-Z]{5}\d{4}[A-Z]", ("pan", "panno", "pannumber")),
        "in_.aadhaar": NationalScheme("IN", r"\d{12}", ("aadhaar", "aadhar", "uidai")),
        "fr.nir": NationalScheme(
            "FR", r"[12]\d{4}[\dAB]\d{9}", ("nir", "numerosecu", "numsecu", "securitesociale")
        ),
        "fr.siret": NationalScheme("FR", r"\d{14}", ("siret",)),
        "fr.siren": NationalScheme("FR", r"\d{9}", ("siren",)),
        "gb.nino": NationalScheme("GB", r"[A-Z]{2}\d{6}[A-D]", ("nino", "nationalinsurance", "ninumber")),
        "gb.nhs": NationalScheme("GB", r"\d{10}", ("nhs", "nhsno", "nhsnumber")),
        "gb.utr": NationalScheme("GB", r"\d{10}", ("utr",)),
        "us.ssn": NationalScheme("US", r"\d{9}", ("ssn", "socialsecurity"), True),
        "us.itin": NationalScheme("US", r"9\d{8}", ("itin",), True),
        "us.rtn": NationalScheme("US", r"\d{9}", ("aba", "abarouting", "routing", "rtn")),
        "us.ein": NationalScheme("US", r"\d{9}", ("ein", "employerid", "fein"), True),
        "es.dni": NationalScheme("ES", r"\d{8}[A-Z]", ("dni", "nif")),
        "es.nie": NationalScheme("ES", r"[XYZ]\d{7}[A-Z]", ("nie",)),
        "it.codicefiscale": NationalScheme(
            "IT", r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]", ("codicefiscale",)
        ),
        "nl.bsn": NationalScheme("NL", r"\d{9}", ("bsn", "sofinummer")),
        "pl.pesel": NationalScheme("PL", r"\d{11}", ("pesel",)),
        "ch.ssn": NationalScheme("CH", r"756\d{10}", ("ahv", "avs", "ahvnummer")),
        "ca.sin": NationalScheme("CA", r"\d{9}", ("sin", "socialinsurance")),
    }
)  # fmt: skip
"""The schemes that columns are tried for and that can be generated; names are those of python-stdnum."""

_MORE_WORDS = (
    "cedula", "cedulaidentidad", "rut", "cpf", "cnpj", "cuit", "cuil", "curp", "rfc", "documentoidentidad",
    "numerodocumento", "nationalid", "idnumber", "identitynumber", "personnummer", "passport",
)  # fmt: skip
"""Words for numbers of people and firms whose schemes are not among `SCHEMES`."""

CHECKED: Mapping[str, int] = MappingProxyType(
    {
        "de.idnr": 11, "fr.nir": 15, "fr.siren": 9, "fr.siret": 14, "gb.nhs": 10, "gb.utr": 10,
        "in_.aadhaar": 12, "nl.bsn": 9, "pl.pesel": 11, "pl.nip": 10, "ch.ssn": 13, "ca.sin": 9,
        "ar.cuit": 11, "at.vnr": 10, "au.tfn": 9, "be.nn": 11, "bg.egn": 10, "br.cnpj": 14,
        "br.cpf": 11, "co.nit": 10, "cz.rc": 10, "de.vat": 9, "do.cedula": 11, "ec.ci": 10, "ee.ik": 11,
        "gr.amka": 11, "hr.oib": 11, "il.idnr": 9, "is_.kennitala": 10, "jp.in_": 12, "kr.rrn": 13,
        "lt.asmens": 11, "no.fodselsnummer": 11, "pe.ruc": 11, "pt.nif": 9, "ro.cnp": 13, "ru.inn": 12,
        "se.personnummer": 10, "si.emso": 13, "th.pin": 13, "tr.tckimlik": 11, "ua.rntrc": 10,
        "za.idnr": 13,
    }
)  # fmt: skip
"""Schemes of digits alone that one number in nine or fewer passes by chance (measured), and their digits.

Routing numbers of banks, which are public, are not among them.
"""

_MOST_ZEROS = 2  # that numbers lose in front where a program takes them for amounts
_FIRST_NUMBERS = 20
_SHORT_NIR = re.compile(r"[12](?P<year>\d\d)(?P<month>0[1-9]|1[0-2])(0[1-9]|[1-8]\d|9[0-9])\d{6}")
_FEWEST_MONTHS, _FEWEST_YEARS = 6, 10

_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")


def detect_scheme(texts: Sequence[str] | pd.Series, name: str = "") -> str | None:
    """The national scheme of a column, None where no scheme fits or where several do.

    Values decide by their check digits. Where the column's `name` suggests a scheme, its form is enough:
    invented numbers of test tables need not have right check digits.
    """
    numbers = _sample(texts)
    if len(numbers) < _FEWEST:
        return None
    word = re.sub(r"[^a-z]", "", name.casefold())
    named = [scheme for scheme, each in SCHEMES.items() if _speaks_for(word, each.words)]
    for scheme in named:
        if _share(numbers, lambda number: _has_form(number, scheme)) >= _SHAPED:  # noqa: B023
            return scheme
    valid = [
        scheme
        for scheme, each in SCHEMES.items()
        if not each.is_plain and _share(numbers, lambda number: is_national_id(number, scheme)) >= _VALID  # noqa: B023
    ]
    return valid[0] if len(valid) == 1 else None


def names_national_id(name: str) -> bool:
    """Whether a column's name says that it holds numbers that a state gives to people or firms."""
    folded = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    word = re.sub(r"[^a-z]", "", folded)
    return any(_speaks_for(word, names) for names in (_MORE_WORDS, *(one.words for one in SCHEMES.values())))


def have_check_digits(texts: Sequence[str] | pd.Series) -> bool:
    """Whether digits are numbers of people or firms whatever they are called: nearly all pass one scheme.

    French numbers without their two check digits are told by the months and departments in them.
    """
    numbers = [number for number in _sample(texts) if number.isdecimal()]
    if len(numbers) < _FEWEST:
        return False
    usual = Counter(map(len, numbers)).most_common(1)[0][0]
    widths = range(usual, usual + _MOST_ZEROS + 1)
    schemes = (scheme for scheme, width in CHECKED.items() if width in widths)
    return any(_pass(numbers, scheme) for scheme in schemes) or _are_short_nirs(numbers)


def _pass(numbers: Sequence[str], scheme: str) -> bool:
    is_valid, width = import_module(f"stdnum.{scheme}").is_valid, CHECKED[scheme]

    def accepts(number: str) -> bool:
        return len(number) >= width - _MOST_ZEROS and bool(is_valid(number.zfill(width)))

    is_likely = _share(numbers[:_FIRST_NUMBERS], accepts) >= _VALID / 2
    return is_likely and _share(numbers, accepts) >= _VALID


def _are_short_nirs(numbers: Sequence[str]) -> bool:
    """Whether these are French numbers of 13 digits: moments in milliseconds have few years and months."""
    found = [one for one in map(_SHORT_NIR.fullmatch, numbers) if one]
    years, months = ({one[name] for one in found} for name in ("year", "month"))
    is_spread = len(years) >= _FEWEST_YEARS and len(months) >= _FEWEST_MONTHS
    return is_spread and len(found) >= _VALID * len(numbers)


def is_national_id(text: str, scheme: str) -> bool:
    """Whether a number is valid by its scheme (python-stdnum; HMRC's rules for National Insurance)."""
    if scheme == "gb.nino":
        return _NINO.fullmatch(_compact(text)) is not None
    module = import_module(f"stdnum.{scheme}")
    return bool(_has_form(_compact(text), scheme) and module.is_valid(text))


def number_form(texts: Sequence[str] | pd.Series) -> str:
    """The commonest arrangement of separators, # for every character; empty where there are none."""
    series = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
    forms = Counter(re.sub(r"[^\W_]", "#", str(text).strip()) for text in series.dropna().unique()[:_SAMPLE])
    form = forms.most_common(1)[0][0] if forms else ""
    return form if set(form) - {"#"} else ""


def _speaks_for(word: str, names: Sequence[str]) -> bool:
    """Whether a column's name is one of these, or holds a long one."""
    return any(word == name or (len(name) > 4 and name in word) for name in names)


def _has_form(number: str, scheme: str) -> bool:
    return re.fullmatch(SCHEMES[scheme].form, number) is not None


def _sample(texts: Sequence[str] | pd.Series) -> list[str]:
    series = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
    distinct = series.dropna().unique()
    return [_compact(str(text)) for text in distinct[:: max(1, len(distinct) // _SAMPLE)]]


def _compact(text: str) -> str:
    return re.sub(r"[\W_]", "", text).upper()


def _share(numbers: Sequence[str], accepts: object) -> float:
    return sum(map(accepts, numbers)) / len(numbers)  # type: ignore[call-overload]
