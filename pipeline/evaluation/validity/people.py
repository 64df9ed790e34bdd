"""Validity rules for people: names, e-mail, SSN, telephone, address, birth date and driver licence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.evaluation.text import extract, is_among, matches, part_at_edge, strings
from pipeline.evaluation.validity.countries import is_reserved_phone, named_countries
from pipeline.evaluation.validity.facts import license_formats, state_codes, tax_number_groups, zip_membership
from pipeline.evaluation.validity.rule import Rule, RuleInput

_WORD = r"\p{L}[\p{L}'’.-]*"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_RESERVED = r"(?i)(?:.+\.)?(?:example\.(?:com|net|org)|[^.@]+\.(?:test|example|invalid|localhost))"
_TITLES = r"\b(?:mr|mrs|ms|miss|dr|jr|sr|ii|iii|iv|md|dds|phd|dvm)\b"
_SSN = r"\d{3}-\d{2}-\d{4}"
_TOLL_FREE = r"8(?:00|33|44|55|66|77|88)"
_PHONE = r"(?:\+?1[-. ]?)?\(?(?P<area>[2-9]\d{2})\)?[-. ]{0,2}555[-. ]?01\d{2}"
# Letters that no accent can be taken from.
_SPELT_OUT = (
    ("ß", "ss"), ("ø", "o"), ("Ø", "o"), ("ł", "l"), ("Ł", "l"), ("æ", "ae"), ("Æ", "ae"), ("ı", "i"),
    ("đ", "d"),
)  # fmt: skip
_ADDRESS = r"\d{1,6} [^,]*[^, ](?:, [^,]*[^, ])?, [^,]*[^, ], [A-Z]{2} \d{5}(?:-\d{4})?"


def _not_a_name(rule: RuleInput) -> np.ndarray:
    """The option `order` last_first asks for texts like "Berg, Anna"."""
    if rule.spec.options.get("order") == "last_first":
        return ~matches(rule.text, rf"{_WORD}(?: {_WORD})*, ?{_WORD}(?: {_WORD})*")
    more = int(rule.spec.options.get("words", 2)) - 1
    return ~matches(rule.text, rf"{_WORD}(?: {_WORD}){{{more},}}")


def _not_an_email(rule: RuleInput) -> np.ndarray:
    form = matches(rule.text, rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
    local = part_at_edge(pc.split_pattern(rule.text, "@", max_splits=1), first=True)
    fits = pc.and_(pc.less_equal(pc.utf8_length(local), 64), pc.less_equal(pc.utf8_length(rule.text), 254))
    return ~(form & fits.to_numpy(zero_copy_only=False))


def _not_reserved(rule: RuleInput) -> np.ndarray:
    return ~matches(extract(rule.text, r"[^@]*@(?P<domain>.*)")["domain"], _RESERVED)


def _not_after_name(rule: RuleInput) -> np.ndarray:
    """A mailbox follows a name when it holds the surname and begins with, or adds, the first initial."""
    mailbox = part_at_edge(pc.split_pattern(rule.text, "@", max_splits=1), first=True)
    failed = ~_is_name_with_number(mailbox, rule.others[0])
    others = pa.array(failed)
    is_cut = "length" in rule.spec.options
    failed[failed] = _strays(mailbox.filter(others), rule.others[0].filter(others), is_cut)
    return failed


def _is_name_with_number(mailbox: pa.Array, name: pa.Array) -> np.ndarray:
    """The usual case, found without regular expressions: the name with full stops, then digits."""
    words = pc.replace_substring(pc.utf8_lower(name), " ", ".")
    is_same = pc.equal(pc.utf8_rtrim(pc.utf8_lower(mailbox), "0123456789"), words)
    has_letter = pc.ascii_is_alpha(pc.utf8_slice_codeunits(words, 0, 1))
    return pc.and_(is_same, has_letter).to_numpy(zero_copy_only=False)


def _strays(mailbox: pa.Array, names: pa.Array, is_cut: bool) -> np.ndarray:
    """Which mailboxes do not follow their name; one that `is_cut` may hold the beginning of a surname."""
    turned_round = pc.replace_substring_regex(names, r"^([^,]+), *(.+)$", r"\2 \1")
    name = pc.utf8_trim_whitespace(_fold(turned_round))
    local = strings(_fold(mailbox))
    initial = strings(pc.utf8_slice_codeunits(name, 0, 1))
    surname = strings(part_at_edge(pc.utf8_split_whitespace(name, max_splits=1, reverse=True), first=False))
    begins = np.strings.startswith(local, initial)
    turned = np.strings.startswith(local, np.strings.add(surname, initial))
    follows = (np.strings.find(local, surname) >= 0) & (begins | turned)
    if is_cut:
        follows |= begins & np.strings.startswith(surname, np.strings.slice(local, 1, None))
    return ~(follows & (surname != ""))


def _fold(text: pa.Array) -> pa.Array:
    """Lower-case words of the letters a–z, without accents, titles and suffixes."""
    plain = pc.utf8_lower(text if pc.all(pc.string_is_ascii(text)).as_py() else _without_accents(text))
    if pc.any(pc.match_substring_regex(plain, _TITLES)).as_py():
        plain = pc.replace_substring_regex(plain, _TITLES, "")
    return pc.replace_substring_regex(plain, r"[^a-z\s]+", "")


def _without_accents(text: pa.Array) -> pa.Array:
    for letter, written in _SPELT_OUT:
        text = pc.replace_substring(text, letter, written)
    return pc.utf8_normalize(text, form="NFKD")


def _not_an_ssn(rule: RuleInput) -> np.ndarray:
    is_formed = matches(rule.text, _SSN)
    is_barred = matches(rule.text, r"(?:000|666)-.*|.*-00-.*|.*-0000")
    is_high = matches(rule.text, r"9.*")
    if rule.ssn == "never_issued":
        is_taxed = matches(rule.text, rf"9\d\d-(?:{'|'.join(sorted(tax_number_groups()))})-.*")
        return ~(is_formed & (is_barred | (is_high & ~is_taxed)))
    return ~is_formed | is_barred | is_high


def _not_a_reserved_phone(rule: RuleInput) -> np.ndarray:
    """U.S. numbers, or those of the options `country` and `countries`."""
    if countries := named_countries(rule):
        return ~is_reserved_phone(rule, countries)
    area = extract(rule.text, _PHONE)["area"]
    return ~matches(area, r"\d{3}") | matches(area, _TOLL_FREE)


def _not_an_address(rule: RuleInput) -> np.ndarray:
    return ~is_among(_place(rule.text)[0], pa.array(state_codes().tolist()))


def _place(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """State and five-digit ZIP code at the end of each address, "" where a text is no address."""
    is_address = pa.array(matches(text, _ADDRESS))
    # Cut by position: capture groups of RE2 take four times as long.
    is_long = pc.equal(pc.utf8_slice_codeunits(text, -5, -4), "-")
    short = pc.if_else(is_long, pc.utf8_slice_codeunits(text, 0, -5), text)
    state, zip_code = (pc.utf8_slice_codeunits(short, start, stop) for start, stop in ((-8, -6), (-5, None)))
    return pc.if_else(is_address, state, ""), pc.if_else(is_address, zip_code, "")


def _zip_outside_state(rule: RuleInput) -> np.ndarray:
    state, zip_code = _place(rule.text)
    states, known = strings(state), state_codes()
    position = np.minimum(np.searchsorted(known, states), len(known) - 1)
    zip_codes = pc.cast(pc.if_else(pc.equal(zip_code, ""), "0", zip_code), pa.int32()).to_numpy()
    return ~((known[position] == states) & zip_membership()[position, zip_codes])


def _other_state(rule: RuleInput) -> np.ndarray:
    return strings(_state_of(rule.text)) != strings(_state_of(rule.others[0]))


def _state_of(text: pa.Array) -> pa.Array:
    """The state of an address; a text that is no address stands for itself."""
    state, _ = _place(text)
    return pc.if_else(pc.equal(state, ""), text, state)


def _age_outside(rule: RuleInput) -> np.ndarray:
    births = _births(rule).dt
    month, day = births.month.to_numpy(), births.day.to_numpy()
    is_ahead = (month > rule.as_of.month) | ((month == rule.as_of.month) & (day > rule.as_of.day))
    age = rule.as_of.year - births.year.to_numpy() - is_ahead
    # An unreadable date has no age (NaN), which no comparison accepts.
    return ~((age >= rule.option("min_age")) & (age <= rule.option("max_age")))


def _births(rule: RuleInput) -> pd.Series:
    if rule.values.dtype.kind == "M":
        return rule.values
    text = pd.Series(rule.text.to_numpy(zero_copy_only=False))
    return pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")


def _not_a_license(rule: RuleInput) -> np.ndarray:
    states = strings(_state_of(rule.others[0]))
    order = np.argsort(states, kind="stable")
    by_state, sorted_states = rule.text.take(pa.array(order)), states[order]
    failed = np.ones(len(states), dtype=bool)
    for state, pattern in license_formats().items():
        start, stop = (int(np.searchsorted(sorted_states, state, side=side)) for side in ("left", "right"))
        failed[order[start:stop]] = ~matches(by_state.slice(start, stop - start), pattern)
    return failed


PEOPLE_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "person_name": Rule(_not_a_name, "Every value is a person's name of at least two words."),
        "email_form": Rule(_not_an_email, "Every value has the form of an e-mail address (RFC 5322)."),
        "email_reserved_domain": Rule(
            _not_reserved, "Every address is in a domain reserved for examples (RFC 2606)."
        ),
        "email_follows_name": Rule(
            _not_after_name, "Every address is made of the name in its row.", others=1
        ),
        "ssn_form": Rule(_not_an_ssn, "Every value has the form of an SSN as the SSA's rules allow it."),
        "phone_reserved": Rule(
            _not_a_reserved_phone,
            "Every number lies in a range kept for fiction (U.S.: 555-0100 to 555-0199), or has the form "
            "of its country where that keeps none.",
        ),
        "us_address": Rule(_not_an_address, "Every value is street, city, state and ZIP code."),
        "zip_in_state": Rule(_zip_outside_state, "Every ZIP code lies in the ranges of its state (USPS)."),
        "state_matches": Rule(_other_state, "The state is the same in both columns.", others=1),
        "date_of_birth_range": Rule(_age_outside, "Every age on the table's date is in the allowed range."),
        "license_format": Rule(
            _not_a_license, "Every licence has a format published for the state of its row (NTSI).", others=1
        ),
    }
)
