"""Validity rules for people: names, e-mail, SSN, telephone, address, birth date and driver licence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.evaluation.facts import license_formats, state_codes, tax_number_groups, zip_membership
from pipeline.evaluation.rule import Rule, RuleInput
from pipeline.evaluation.text import extract, is_among, matches, strings

_WORD = r"\p{L}[\p{L}'’.-]*"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_RESERVED = r"(?i)(?:.+\.)?(?:example\.(?:com|net|org)|[^.@]+\.(?:test|example|invalid|localhost))"
_TITLES = r"\b(?:mr|mrs|ms|miss|dr|jr|sr|ii|iii|iv|md|dds|phd|dvm)\b"
_SSN = r"(?P<area>\d{3})-(?P<group>\d{2})-(?P<serial>\d{4})"
_TOLL_FREE = r"8(?:00|33|44|55|66|77|88)"
_PHONE = r"(?:\+?1[-. ]?)?\(?(?P<area>[2-9]\d{2})\)?[-. ]{0,2}555[-. ]?01\d{2}"
_ADDRESS = r"\d{1,6} [^,]*[^, ](?:, [^,]*[^, ])?, [^,]*[^, ], (?P<state>[A-Z]{2}) (?P<zip>\d{5})(?:-\d{4})?"


def _not_a_name(rule: RuleInput) -> np.ndarray:
    more = int(rule.spec.options.get("words", 2)) - 1
    return ~matches(rule.text, rf"{_WORD}(?: {_WORD}){{{more},}}")


def _not_an_email(rule: RuleInput) -> np.ndarray:
    form = matches(rule.text, rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
    local = extract(rule.text, r"(?P<local>[^@]*)@.*")["local"]
    fits = pc.and_(pc.less_equal(pc.utf8_length(local), 64), pc.less_equal(pc.utf8_length(rule.text), 254))
    return ~(form & fits.to_numpy(zero_copy_only=False))


def _not_reserved(rule: RuleInput) -> np.ndarray:
    return ~matches(extract(rule.text, r"[^@]*@(?P<domain>.*)")["domain"], _RESERVED)


def _not_after_name(rule: RuleInput) -> np.ndarray:
    """A mailbox follows a name when it holds the surname and begins with, or adds, the first initial."""
    name = extract(_fold(rule.others[0]), r"\s*(?P<initial>[a-z]).*?(?P<surname>[a-z]+)\s*")
    mailbox = extract(rule.text, r"(?P<local>[^@]*)@.*")["local"]
    local = strings(pc.replace_substring_regex(_fold(mailbox), r"\s", ""))
    initial, surname = strings(name["initial"]), strings(name["surname"])
    begins = np.strings.startswith(local, initial)
    turned = np.strings.startswith(local, np.strings.add(surname, initial))
    follows = (np.strings.find(local, surname) >= 0) & (begins | turned)
    return ~(follows & (surname != "") & (initial != ""))


def _fold(text: pa.Array) -> pa.Array:
    """Lower-case words of the letters a–z, without accents, titles and suffixes."""
    plain = pc.utf8_lower(pc.utf8_normalize(text, form="NFKD"))
    return pc.replace_substring_regex(pc.replace_substring_regex(plain, _TITLES, ""), r"[^a-z\s]", "")


def _not_an_ssn(rule: RuleInput) -> np.ndarray:
    parts = extract(rule.text, _SSN)
    area, group = strings(parts["area"]), strings(parts["group"])
    is_barred = np.isin(area, ["000", "666"]) | (group == "00") | (strings(parts["serial"]) == "0000")
    is_high = np.strings.startswith(area, "9")
    if rule.ssn == "never_issued":
        is_unused = is_high & ~np.isin(group, list(tax_number_groups()))
        return (area == "") | ~(is_barred | is_unused)
    return (area == "") | is_barred | is_high


def _not_a_reserved_phone(rule: RuleInput) -> np.ndarray:
    area = extract(rule.text, _PHONE)["area"]
    return ~matches(area, r"\d{3}") | matches(area, _TOLL_FREE)


def _not_an_address(rule: RuleInput) -> np.ndarray:
    return ~is_among(extract(rule.text, _ADDRESS)["state"], pa.array(state_codes().tolist()))


def _zip_outside_state(rule: RuleInput) -> np.ndarray:
    parts = extract(rule.text, _ADDRESS)
    states, known = strings(parts["state"]), state_codes()
    position = np.minimum(np.searchsorted(known, states), len(known) - 1)
    zip_codes = pc.cast(pc.if_else(pc.equal(parts["zip"], ""), "0", parts["zip"]), pa.int32()).to_numpy()
    return ~((known[position] == states) & zip_membership()[position, zip_codes])


def _other_state(rule: RuleInput) -> np.ndarray:
    return strings(_state_of(rule.text)) != strings(_state_of(rule.others[0]))


def _state_of(text: pa.Array) -> pa.Array:
    """The state of an address; a text that is no address stands for itself."""
    state = extract(text, _ADDRESS)["state"]
    return pc.if_else(pc.equal(state, ""), text, state)


def _age_outside(rule: RuleInput) -> np.ndarray:
    births = pd.to_datetime(
        pd.Series(rule.text.to_numpy(zero_copy_only=False)), format="%Y-%m-%d", errors="coerce"
    ).dt
    month, day = births.month.to_numpy(), births.day.to_numpy()
    is_ahead = (month > rule.as_of.month) | ((month == rule.as_of.month) & (day > rule.as_of.day))
    age = rule.as_of.year - births.year.to_numpy() - is_ahead
    # An unreadable date has no age (NaN), which no comparison accepts.
    return ~((age >= rule.option("min_age")) & (age <= rule.option("max_age")))


def _not_a_license(rule: RuleInput) -> np.ndarray:
    states = strings(_state_of(rule.others[0]))
    failed = np.ones(len(states), dtype=bool)
    for state, pattern in license_formats().items():
        rows = np.flatnonzero(states == state)
        if len(rows):
            failed[rows] = ~matches(rule.text.take(pa.array(rows)), pattern)
    return failed


PEOPLE_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "person_name": Rule(_not_a_name, "Every value is a person's name of at least two words."),
        "email_form": Rule(_not_an_email, "Every value has the form of an e-mail address (RFC 5322)."),
        "email_reserved_domain": Rule(
            _not_reserved, "Every address lies in a domain that can belong to nobody (RFC 2606)."
        ),
        "email_follows_name": Rule(
            _not_after_name, "Every address is made of the name in its row.", others=1
        ),
        "ssn_form": Rule(_not_an_ssn, "Every value has the form of an SSN as the SSA's rules allow it."),
        "phone_reserved": Rule(
            _not_a_reserved_phone, "Every number is one of the fictitious 555-0100 to 555-0199."
        ),
        "us_address": Rule(_not_an_address, "Every value is street, city, state and ZIP code."),
        "zip_in_state": Rule(_zip_outside_state, "Every ZIP code lies in the ranges of its state (USPS)."),
        "state_matches": Rule(_other_state, "The state is the same in both columns.", others=1),
        "date_of_birth_range": Rule(_age_outside, "Every age on the table's date is in the allowed range."),
        "license_format": Rule(
            _not_a_license, "Every licence has the format that the state of its row publishes.", others=1
        ),
    }
)
