"""Payment cards as a column writes them: networks, separators, and how long their security codes are.

The ranges of the networks are those of ISO/IEC 7812 (en.wikipedia.org/wiki/Payment_card_number).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

NETWORK_NUMBERS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "Visa": re.compile(r"4\d{15}"),
        "Mastercard": re.compile(r"(5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"),
        "American Express": re.compile(r"3[47]\d{13}"),
        "Discover": re.compile(r"(6011|64[4-9]\d|65\d\d)\d{12}"),
        "JCB": re.compile(r"35(2[89]|[3-8]\d)\d{12}"),
        "Diners Club": re.compile(r"(30[0-5]\d|3095|3[689]\d\d)\d{10}"),
    }
)
"""The numbers of each network that new ones can be made of."""

_KNOWN = 0.9  # of the numbers belong to a network
_LEAST_SHARE = 0.01


def network_shares(texts: Sequence[str]) -> dict[str, float]:
    """The share (0-1) of each network among card numbers; empty where many belong to none."""
    found = Counter(filter(None, map(_find_network, texts)))
    if not texts or sum(found.values()) < _KNOWN * len(texts):
        return {}
    kept = {name: count for name, count in found.most_common() if count >= _LEAST_SHARE * len(texts)}
    return {name: round(count / sum(kept.values()), 4) for name, count in kept.items()}


def card_forms(texts: Sequence[str]) -> list[str]:
    """The commonest arrangement of digits and separators for each length, # for a digit; none without any."""
    by_length: dict[int, Counter[str]] = {}
    for text in texts:
        form = re.sub(r"\d", "#", text.strip())
        by_length.setdefault(form.count("#"), Counter())[form] += 1
    usual = [forms.most_common(1)[0][0] for _, forms in sorted(by_length.items())]
    return [form for form in usual if set(form) - {"#"}]


def learn_card(texts: Sequence[str]) -> dict[str, Any] | None:
    """Options of a column of card numbers; None where its numbers are of no network that is known."""
    shares = network_shares(texts)
    if not shares:
        return None
    forms = card_forms(texts)
    return {"networks": shares} | ({"forms": forms} if forms else {})


def learn_security_code(texts: Sequence[str]) -> dict[str, Any]:
    """The option `width` of security codes that are all equally long; some lost their leading zeros."""
    widths = {len(text) for text in texts}
    return {"width": widths.pop()} if widths in ({3}, {4}) else {}


def _find_network(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    return next((name for name, numbers in NETWORK_NUMBERS.items() if numbers.fullmatch(digits)), None)
