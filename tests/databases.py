"""A state folder's database with the newest tables, made once: each test that needs one copies it."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from pipeline.settings import Settings
from pipeline.store.database import open_database

_NAME = "workbench.db"


def give_database(home: Path) -> None:
    """Put an empty database into a state folder, which is made where it is missing."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = home / _NAME
    file.touch(mode=0o600)
    file.write_bytes(_read_empty())


@cache
def _read_empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        open_database(Settings(home=Path(folder))).close()
        return (Path(folder) / _NAME).read_bytes()
