"""No secret lies among the files of the project."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "pages",
    "pipeline",
    "tests",
    "docs",
    "content",
    "content2",
    "notebooks",
    "scripts",
    ".ci",
    ".streamlit",
)
SECRETS = {
    "API token": rb"sdw_[\w-]{43}",
    "private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY",
    "password hash": rb"\$2[aby]\$\d\d\$[./\w]{53}",
    "client secret": rb"(?m)^\s*client_secret\s*[:=]\s*(?!SecretStr)\S",
}


def test_no_file_of_the_project_holds_a_secret() -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file()]
    sources = [path for path in files if "__pycache__" not in path.parts]
    assert len(sources) > 100
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in sources
        for name, pattern in SECRETS.items()
        if re.search(pattern, path.read_bytes())
    }
    assert found == set()


def test_every_pattern_finds_what_it_looks_for() -> None:
    examples = (b"sdw_" + b"a" * 43, b"-----BEGIN RSA " + b"PRIVATE KEY", b"$2b$12" + b"$" + b"a" * 53)
    examples += (b"  client_secret" + b": x",)
    assert all(re.search(pattern, one) for pattern, one in zip(SECRETS.values(), examples, strict=True))
