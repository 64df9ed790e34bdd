"""File names for tables of any name, as a database may have them: "Order Items", "Größen", "a/b"."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 60
_DIGITS = 12


def name_stored(table: str) -> str:
    """What the files of a table are called in a state folder: its name where that is safe everywhere.

    Any other name is shortened and told apart by a digest behind a dot, which no plain name has.
    """
    if _PLAIN.fullmatch(table):
        return table
    digest = hashlib.sha256(table.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]
    return f"{_UNSAFE.sub('_', table)[:_LONGEST]}.{digest}"
