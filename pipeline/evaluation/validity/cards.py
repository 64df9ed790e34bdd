"""Validity rules for payment cards: numbers, CVV and expiry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.evaluation.text import characters, extract, matches
from pipeline.evaluation.validity.facts import Network, card_networks
from pipeline.evaluation.validity.rule import Rule, RuleInput

_PAN = r"\d{12,19}"
_PAN_WIDTH = 19
_PASSED_YEARS = 20  # a two-digit year that lies further back is one of the years to come
_SHORT_NETWORKS = {"amex": "americanexpress", "diners": "dinersclub", "mc": "mastercard"}


def _fails_luhn(rule: RuleInput) -> np.ndarray:
    """ISO/IEC 7812-1, annex B, on a matrix of digits that is aligned at its right edge."""
    text = _without_separators(rule)
    is_number = matches(text, _PAN)
    numbers = pc.utf8_lpad(pc.if_else(pa.array(is_number), text, "1"), _PAN_WIDTH, "0")
    digits = characters(numbers, _PAN_WIDTH) - ord("0")
    doubled = digits[:, -2::-2].astype(np.int64) * 2
    total = digits[:, ::-2].sum(axis=1) + (doubled - 9 * (doubled > 9)).sum(axis=1)
    return ~is_number | (total % 10 != 0)


def _outside_network(rule: RuleInput) -> np.ndarray:
    bare = replace(rule, text=_without_separators(rule))
    return ~(matches(bare.text, _PAN) & _passes_network(bare, _is_issued))


def _without_separators(rule: RuleInput) -> pa.Array:
    """Numbers as digits where they have one of the option `forms` (# for a digit); others as they are."""
    text = rule.text
    for form in rule.spec.options.get("forms", ()):
        pattern = "".join(r"\d" if sign == "#" else re.escape(sign) for sign in str(form))
        bare = pc.replace_substring_regex(rule.text, r"\D", "")
        text = pc.if_else(pa.array(matches(rule.text, pattern)), bare, text)
    return text


def _wrong_cvv(rule: RuleInput) -> np.ndarray:
    return ~_passes_network(rule, _has_cvv_length)


def _passes_network(rule: RuleInput, passes: Callable[[pa.Array, Network], pa.Array]) -> np.ndarray:
    """Whether a text passes for any number range of the network that its row names."""
    accepted = np.zeros(len(rule.text), dtype=bool)
    providers = pc.dictionary_encode(rule.others[0])
    words = _network_words(providers.dictionary).to_numpy(zero_copy_only=False)
    for name, ranges in card_networks().items():
        is_named = words == name.lower().replace(" ", "")
        rows = np.flatnonzero(is_named[providers.indices.to_numpy()])
        text = rule.text.take(pa.array(rows))
        for network in ranges:
            accepted[rows] |= passes(text, network).to_numpy(zero_copy_only=False)
    return accepted


def _network_words(providers: pa.Array) -> pa.Array:
    """Names of networks in lower-case letters without blanks, short ones written out."""
    plain = pc.replace_substring_regex(pc.utf8_lower(providers), r"[^\p{L}]", "")
    for short, name in _SHORT_NETWORKS.items():
        plain = pc.if_else(pc.equal(plain, short), name, plain)
    return plain


def _is_issued(text: pa.Array, network: Network) -> pa.Array:
    prefix = pc.utf8_slice_codeunits(text, 0, len(network.first))
    # Prefixes are equally long digits, so that their order as text is their order as numbers.
    is_inside = pc.and_(pc.greater_equal(prefix, network.first), pc.less_equal(prefix, network.last))
    return pc.and_(is_inside, pc.equal(pc.utf8_length(text), network.length))


def _has_cvv_length(text: pa.Array, network: Network) -> pa.Array:
    return pc.match_substring_regex(text, rf"\A\d{{{network.cvv_length}}}\z")


def _outside_window(rule: RuleInput) -> np.ndarray:
    """A card is good until the end of its month; the month after that of `as_of` is the first allowed."""
    parts = extract(rule.text, r"(?P<month>0[1-9]|1[0-2])/(?P<year>\d{2})")
    is_read = pc.not_equal(parts["month"], "")
    month, year = (
        pc.cast(pc.if_else(is_read, parts[name], "0"), pa.int64()).to_numpy() for name in ("month", "year")
    )
    years_ahead = (year - rule.as_of.year) % 100
    years_ahead = np.where(years_ahead >= 100 - _PASSED_YEARS, years_ahead - 100, years_ahead)
    ahead = years_ahead * 12 + month - rule.as_of.month
    is_inside = (ahead > 0) & (ahead <= int(rule.option("max_months")))
    return ~(is_read.to_numpy(zero_copy_only=False) & is_inside)


CARD_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "luhn": Rule(_fails_luhn, "Every number has a correct check digit (Luhn, ISO/IEC 7812)."),
        "card_network": Rule(
            _outside_network, "Every number has the IIN and the length of the network in its row.", others=1
        ),
        "cvv_length": Rule(
            _wrong_cvv, "Every CVV has as many digits as the network in its row requires.", others=1
        ),
        "expiry_window": Rule(
            _outside_window, "Every card expires after the table's date and within the allowed months."
        ),
    }
)
