"""What one column of an unknown table is: statistics to learn, or identities to derive anew.

SDV's own detection is not used: it takes a person's name for a primary key, whole numbers for
ordinals, and writes real minima, maxima and categories into the metadata. The rules here look at
name and values together, and in doubt call a column of text an identity: the safe mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from pipeline.datasets.detection.keys import is_key
from pipeline.datasets.detection.ranges import find_plausible_range
from pipeline.datasets.detection.texts import count_rare, find_names, is_free_text
from pipeline.datasets.parsing import ISO_DATE, ISO_SECOND, OLDEST_AGE, as_text, compute_ages
from pipeline.datasets.spec import ModelledType, Role

_NAMED_SHARE = 0.6  # of the values must fit where the column's name already says what it is
_UNNAMED_SHARE = 0.95  # must fit where only the values speak
_SAMPLE = 2_000
_MANY = 50
_FEWEST_DIGITS = 7  # of a new key, so that large requests find enough of them
_LONGEST_PREFIX = 8


@dataclass(frozen=True)
class Finding:
    """The role and kind of one column, as ColumnSpec holds them."""

    role: Role
    kind: str
    is_unique: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Pattern:
    """An identity kind: names that suggest it, the form of values under such a name, and the telling form."""

    kind: str
    name: str
    value: str = r".+"
    telling: str | None = None


_PERSON = (
    "account_?holder|agent|applicant|beneficiary|borrower|card_?holder|client|contact|cust|customer|doctor|emp|"
    "employee|full|guest|holder|legal|maiden|manager|member|owner|passenger|patient|payee|person|recipient|sender|"
    "student|tenant|user"
)
_CARD_NAME = r"(credit_?|debit_?)?card(_?(number|num|no|nr))?|cc(_?(number|num|no|nr))?|pan"
_ADDRESS_NAME = r"(street_?|postal_?|mailing_?)?address(_\d)?|street"
_DIGIT_AND_LETTER = r".*\d.*[A-Za-z].*|.*[A-Za-z].*\d.*"
_TWO_WORDS = r"[^\W\d_][\w.'’-]*( [^\W\d_][\w.'’-]*)+"
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_IBAN = r"[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?"
_IPV4 = r"(\d{1,3}\.){3}\d{1,3}"
_IPV6 = r"([0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}"
_MAC = r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PHONE = r"(\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(x\d+)?"
_US_ADDRESS = r"\d+ .+, [A-Z]{2} \d{5}(-\d{4})?"

# The first that fits wins, so the more exact stand first.
_PATTERNS = (
    _Pattern("email", r"e_?mail(_address)?", _EMAIL, _EMAIL),
    _Pattern("faker:mac_address", r"mac(_address)?", _MAC, _MAC),
    _Pattern("faker:ipv4", r"ip(v4)?(_address)?", _IPV4, _IPV4),
    _Pattern("faker:ipv6", r"ip(v6)?(_address)?", _IPV6, _IPV6),
    _Pattern("faker:url", r"url|website|homepage", r"https?://\S+|www\.\S+", r"https?://\S+"),
    _Pattern("faker:uuid4", r"uuid|guid", _UUID, _UUID),
    _Pattern("faker:user_agent", r"user_agent"),
    _Pattern("ssn", r"ssn|social_security.*", r"\d{3}-?\d{2}-?\d{4}", r"\d{3}-\d{2}-\d{4}"),
    _Pattern("iban", r"iban", _IBAN, _IBAN),
    _Pattern("cvv", r"cvv2?|cvc2?|(card_)?security_code|csc", r"\d{3,4}"),
    _Pattern("card_number", _CARD_NAME, r"[\d -]{12,23}"),
    _Pattern("us_driver_license", r"driv(er|ers|ing)(_s)?_?licen[cs]e.*|dl_?(number|no)?", r".*\d.*"),
    _Pattern("license_plate", r"(licen[cs]e|number|registration)_?plates?|plate(_number)?", r".*\w.*"),
    _Pattern("phone_number", r"(phone|telephone|mobile|cell|fax|tel).*", r"\+?[\d\s().x-]{7,}", _PHONE),
    _Pattern("faker:vin", r"vin", r"[A-HJ-NPR-Z0-9]{17}"),
    _Pattern("faker:swift", r"swift.*|bic", r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"),
    _Pattern("us_address", _ADDRESS_NAME, _DIGIT_AND_LETTER, _US_ADDRESS),
    _Pattern("first_name", r"(first|given|fore)_?name|fname", r"\D+"),
    _Pattern("last_name", r"(last|family|sur)_?name|lname", r"\D+"),
    _Pattern("person_name", rf"(({_PERSON})_?)+name", r"\D+"),
    _Pattern("person_name", rf"(full_?)?names?|({_PERSON})", _TWO_WORDS),
)  # fmt: skip

# What a column of text without a better description becomes, by its name.
_TEXT_KINDS = {
    "company": "faker:company",
    "employer": "faker:company",
    "organisation": "faker:company",
    "organization": "faker:company",
    "merchant": "faker:company",
    "city": "faker:city",
    "town": "faker:city",
    "username": "faker:user_name",
    "login": "faker:user_name",
}
_POSTCODE = re.compile(r"(.*_)?(zip|zip_?code|post_?code|postal_?code)")
_BIRTH = re.compile(r"(.*_)?(dob|birth|birth_?date|date_of_birth|birth_?day|born)(_.*)?")


def split_name(name: str) -> tuple[str, ...]:
    """Lower-case words of a column name: "customerID" and "Customer id" both give customer, id."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(word for word in re.split(r"[^0-9a-zA-Z]+", spaced.lower()) if word)


def detect_column(
    name: str, values: pd.Series, as_of: date | None = None, date_format: str | None = None
) -> Finding:
    """Role and kind of a typed column (see `reading.infer_types`), by its name and its values.

    Ages count from `as_of`, today unless given; `date_format` is the form that dates had in the file.
    """
    words = split_name(name)
    joined = "_".join(words)
    if pd.api.types.is_datetime64_any_dtype(values):
        return _detect_date(joined, values, as_of or date.today(), date_format)
    kind = _detect_identity(joined, _distinct_texts(values))
    if kind is not None:
        return identity_finding(kind, values)
    if _POSTCODE.fullmatch(joined):
        many = values.nunique() > _MANY
        return identity_finding("faker:postcode", values) if many else _categorical(values)
    if is_key(words, values):
        return key_finding(values)
    if pd.api.types.is_numeric_dtype(values):
        return (
            modelled_finding(values, ModelledType.NUMERICAL) if values.nunique() > 2 else _categorical(values)
        )
    return _detect_text(words, values)


def _detect_text(words: tuple[str, ...], values: pd.Series) -> Finding:
    described = next((_TEXT_KINDS[word] for word in words if word in _TEXT_KINDS), None)
    if described is None and (names := find_names(values)) is not None:
        return identity_finding(names, values)
    if not is_free_text(values, words):
        return _categorical(values)
    if described is None and values.dropna().is_unique:
        return key_finding(values)
    return identity_finding(described or "text", values)


def modelled_finding(values: pd.Series, kind: ModelledType, date_format: str | None = None) -> Finding:
    """A column that synthesizers learn, with what rendering needs: decimals and range, or date format."""
    options: dict[str, Any] = {}
    if kind is ModelledType.NUMERICAL:
        numbers = values.dropna().astype(float)
        decimals = _count_decimals(numbers)
        low, high = find_plausible_range(numbers.round(decimals).to_numpy())
        options = {
            "decimals": decimals,
            "minimum": float(low) if decimals else int(low),
            "maximum": float(high) if decimals else int(high),
        }
    elif kind is ModelledType.DATETIME:
        options = {"format": date_format or find_iso_format(values)}
    elif pd.api.types.is_numeric_dtype(values):
        options = {"stored_as": "number"}
    if kind is ModelledType.CATEGORICAL and (rare := count_rare(values)):
        options["rare_values"] = rare
    return Finding(Role.MODELLED, kind, options=options)


def identity_finding(kind: str, values: pd.Series) -> Finding:
    """A column that is derived anew; unique when the real one is and its kind has room for that."""
    coincide = (
        "person_name",
        "first_name",
        "last_name",
        "cvv",
        "faker:company",
        "faker:city",
        "faker:postcode",
    )
    is_unique = (
        bool(values.notna().all() and values.is_unique) and kind not in coincide and kind != "date_of_birth"
    )
    options = {"words": _count_words(values)} if kind == "text" else {}
    return Finding(Role.IDENTITY, kind, is_unique, options | missing_option(values))


def missing_option(values: pd.Series) -> dict[str, float]:
    """The option `missing_share`: which share of the column is empty, nothing where none is."""
    share = round(float(values.isna().mean()), 6)
    return {"missing_share": share} if share else {}


def _count_words(values: pd.Series) -> int:
    return max(1, round(float(as_text(values).dropna().map(lambda text: len(text.split())).mean())))


def key_finding(values: pd.Series) -> Finding:
    """A key column with the form of its values: whole numbers, or a prefix and digits; else free text."""
    is_unique = bool(values.notna().all() and values.is_unique)
    gaps = missing_option(values)
    if pd.api.types.is_numeric_dtype(values):
        width = max(len(str(int(values.abs().max()))), _FEWEST_DIGITS)
        return Finding(Role.IDENTITY, "key", is_unique, {"template": "integer", "width": width} | gaps)
    forms = {_split_code(text) for text in as_text(values.dropna())}
    if len(forms) == 1 and (form := forms.pop()) is not None:
        options = {"prefix": form[0], "width": max(form[1], _FEWEST_DIGITS)}
        return Finding(Role.IDENTITY, "key", is_unique, options | gaps)
    return identity_finding("text", values)


def _categorical(values: pd.Series) -> Finding:
    return modelled_finding(values, ModelledType.CATEGORICAL)


def _distinct_texts(values: pd.Series) -> list[str]:
    return [str(text) for text in as_text(values.drop_duplicates().head(_SAMPLE)).dropna()]


def find_iso_format(values: pd.Series) -> str:
    """ISO date or ISO date and time, whichever the dates need."""
    present = values.dropna()
    return ISO_DATE if (present == present.dt.normalize()).all() else ISO_SECOND


def _detect_date(name: str, values: pd.Series, as_of: date, date_format: str | None) -> Finding:
    if _BIRTH.fullmatch(name) and find_iso_format(values) == ISO_DATE and _are_of_living(values, as_of):
        return Finding(Role.IDENTITY, "date_of_birth")
    return modelled_finding(values, ModelledType.DATETIME, date_format)


def _are_of_living(births: pd.Series, as_of: date) -> bool:
    ages = compute_ages(births.dropna().to_numpy(), as_of)
    return bool(((ages >= 0) & (ages <= OLDEST_AGE)).all())


def _detect_identity(name: str, texts: Sequence[str]) -> str | None:
    if not texts:
        return None
    for pattern in _PATTERNS:
        named = re.fullmatch(rf"(.*_)?({pattern.name})", name) is not None
        if named and _share(pattern.value, texts) >= _NAMED_SHARE:
            return pattern.kind
        if pattern.telling and len(texts) > 2 and _share(pattern.telling, texts) >= _UNNAMED_SHARE:
            return pattern.kind
    cards = sum(passes_luhn(text) for text in texts) / len(texts)
    return "card_number" if cards >= _UNNAMED_SHARE and len(texts) > 2 else None


def passes_luhn(text: str) -> bool:
    """Whether a text is a card number: 13–19 digits, blanks and hyphens aside, with a valid check digit."""
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"\d{13,19}", digits):
        return False
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def _share(pattern: str, texts: Sequence[str]) -> float:
    expression = re.compile(pattern)
    return sum(expression.fullmatch(text.strip()) is not None for text in texts) / len(texts)


def _split_code(text: str) -> tuple[str, int] | None:
    """The prefix of a code and the number of its digits; words with blanks are no prefix."""
    parts = re.fullmatch(rf"(\S{{0,{_LONGEST_PREFIX - 1}}}[^\d\s]|)(\d+)", text)
    return (parts[1], len(parts[2])) if parts else None


def _count_decimals(numbers: pd.Series) -> int:
    """The decimals that the numbers need, 0–6."""
    return next((places for places in range(6) if (numbers - numbers.round(places)).abs().max() < 5e-8), 6)
