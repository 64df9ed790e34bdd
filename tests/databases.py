"""A state folder's database with the newest tables, made once: each test that needs one copies it."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from pipeline.settings import DatabaseOptions, Settings
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
        file = Path(folder) / _NAME
        # A test may have set WORKBENCH_HOME, which wins over a given home.
        open_database(Settings(database=DatabaseOptions(url=f"sqlite:///{file}"))).close()
        return file.read_bytes()
