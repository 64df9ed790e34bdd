"""The page that was asked for before the login, as a link that can lead to nothing but a page here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlencode

LONGEST_LINK = 2_000
_PAGE = re.compile(r"/[a-z_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def write_deep_link(page_path: str, query: Iterable[tuple[str, str]]) -> str:
    """The link to a page with what was asked of it, as `read_deep_link` would give it back."""
    return read_deep_link(f"/{page_path}?{_encode(query)}")


def read_deep_link(text: str) -> str:
    """The same link, percent-encoded anew; "/" where it leads to no page of this site.

    A query that holds control characters, or makes the link too long, is left out.
    """
    page, _, query = text.partition("?")
    if not _PAGE.fullmatch(page):
        return "/"
    pairs = parse_qsl(query[: LONGEST_LINK + 1], keep_blank_values=True)
    link = f"{page}?{_encode(pairs)}" if pairs else page
    is_fit = len(query) <= LONGEST_LINK and len(link) <= LONGEST_LINK
    return link if is_fit and not any(_CONTROL.search(part) for pair in pairs for part in pair) else page


def _encode(query: Iterable[tuple[str, str]]) -> str:
    return urlencode(list(query), quote_via=quote, safe="")
