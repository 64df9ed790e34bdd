"""What a column's web addresses have in common: scheme, host, fixed words of the path, codes in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pipeline.datasets.code_template import CodeTemplate
from pipeline.datasets.codes import FEWEST_SHARING, learn_code

_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://[^/\s]+|[^/:\s]+)/", re.IGNORECASE)
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918
_RESERVED = ".example"  # RFC 2606: belongs to nobody


def learn_address_codes(texts: Sequence[str]) -> CodeTemplate | None:
    """The template of addresses on one host that differ in codes alone; None of any others."""
    template = learn_code(texts)
    if template is None or not all(_HOST.match(shape.fields[0].choices[0]) for shape in template.shapes):
        return None
    return template if all(shape.fields[0].is_literal for shape in template.shapes) else None


def learn_networks(texts: Sequence[str]) -> dict[str, Any]:
    """The private `networks` that hold all addresses; {} where one address is public, or none."""
    try:
        addresses = [IPv4Address(text.strip()) for text in texts]
    except ValueError:
        return {}
    networks = [network for network in _PRIVATE if any(one in network for one in addresses)]
    is_private = all(any(one in network for network in networks) for one in addresses)
    return {"networks": list(map(str, networks))} if networks and is_private else {}


def learn_address_frame(texts: Sequence[str]) -> dict[str, Any]:
    """What all addresses begin and end with, `lead` and `tail`; what lies between is invented.

    Too few addresses lend their scheme alone. An invented host lies in a domain that nobody can have.
    """
    schemes = Counter(_SCHEME.match(text)[0] for text in texts if _SCHEME.match(text))  # type: ignore[index]
    usual = schemes.most_common(1)[0][0] if schemes else "https://"
    if len(set(texts)) < FEWEST_SHARING or len(schemes) > 1:
        return {"lead": usual, "tail": f"{_RESERVED}/"}
    lead = _cut_back(_find_common(texts), usual)
    rests = [text[len(lead) :] for text in texts]
    tail = _cut_front(_find_common([rest[::-1] for rest in rests])[::-1])
    has_host = _HOST.match(lead) is not None
    if not has_host and "." not in tail:
        tail = f"{_RESERVED}/"
    return {"lead": lead, "tail": tail}


def _find_common(texts: Sequence[str]) -> str:
    """The characters that all texts begin with."""
    low, high = min(texts), max(texts)
    width = next(
        (at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low)
    )
    return low[:width]


def _cut_back(prefix: str, least: str) -> str:
    """The prefix up to the last separator of whole words."""
    end = max(prefix.rfind(sign) for sign in "/.?=&") + 1
    return prefix[: max(end, len(least))]


def _cut_front(suffix: str) -> str:
    found = re.search(r"[/.?&]", suffix)
    return suffix[found.start() :] if found else ""
