"""The published facts behind the rules: one CSV file each, every row with its source."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType


@lru_cache(maxsize=16)
def load_table(name: str) -> tuple[MappingProxyType[str, str], ...]:
    """The rows of `tables/<name>.csv` as read-only mappings of text."""
    text = files(__package__).joinpath("tables", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))
