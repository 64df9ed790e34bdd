"""What the documents list is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.main import get_command

from pipeline.api import create_api
from pipeline.cli import app
from pipeline.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (DOCS / "command_line.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([ROOT / "README.md", *DOCS.glob("*.md")])
MOST_README_LINES = 150
EVERYWHERE = "Recipe options"
"""The section whose options are those of several commands."""


def _keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            keys += _keys(section, f"{prefix}{name}.")
        else:
            keys.append(f"{prefix}{name}")
    return keys


def _options() -> dict[str, set[str]]:
    """Options by command: `token create` is one."""
    found = {}
    for name, sub in get_command(app).commands.items():  # type: ignore[attr-defined]
        for path, one in {name: sub, **_inner(name, sub)}.items():
            listed = {option for each in one.params for option in (*each.opts, *each.secondary_opts)}
            found[path] = {option for option in listed if option.startswith("--")} - {"--help"}
    return found


def _inner(name: str, command: object) -> dict[str, object]:
    return {f"{name} {inner}": sub for inner, sub in getattr(command, "commands", {}).items()}


def _sections() -> dict[str, str]:
    """The sections of the page on the command line, by heading."""
    parts = re.split(r"^## `?([^`\n]+)`?$", COMMANDS, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("key", _keys(Settings))
def test_every_configuration_key_is_documented(key: str) -> None:
    assert f"`{key}`" in (DOCS / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", _options())
def test_every_command_and_each_of_its_options_is_in_a_section_of_its_own(command: str) -> None:
    first, _, rest = command.partition(" ")
    sections = _sections()
    assert not rest or f"{first} {rest}" in sections[first]
    text = sections[first] + sections[EVERYWHERE]
    # `--no` is no part of `--no-hma`, and `--hma` none of it either.
    missing = [one for one in _options()[command] if not re.search(rf"(?<![\w-]){one}(?![\w-])", text)]
    assert missing == []


def test_no_section_describes_a_command_that_is_gone() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(_sections()) - {EVERYWHERE} == set(commands)


def test_no_document_names_an_option_that_is_gone() -> None:
    known = set().union(*_options().values()) | {"--help"}
    assert set(re.findall(r"`(--[a-z-]+)", COMMANDS)) - known == set()


def test_exactly_the_routes_of_the_api_are_documented() -> None:
    lines = (DOCS / "api.md").read_text(encoding="utf-8").splitlines()
    documented = {tuple(line.split("|")[1:3]) for line in lines if line.startswith("| `")}
    paths = create_api(lambda: None).openapi()["paths"]  # type: ignore[arg-type, return-value]
    routes = {
        (f" `{method.upper()} {path}` ", f" {found['x-required-role']} ")
        for path, operations in paths.items()
        for method, found in operations.items()
    }
    assert documented == routes


def test_the_readme_takes_ten_minutes() -> None:
    assert len(README.splitlines()) <= MOST_README_LINES
    assert README.index("make run") < README.index("make test") < README.index("## ")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_and_picture_of_a_document_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    broken = [target for target in targets if not _is_there(document, target)]
    assert broken == []


def _is_there(document: Path, target: str) -> bool:
    path, _, heading = target.partition("#")
    file = document.parent / path if path else document
    if not heading or not file.is_file():
        return file.is_file()
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return heading in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


def test_every_document_is_linked_from_the_readme() -> None:
    assert [path.name for path in DOCS.glob("*.md") if f"docs/{path.name}" not in README] == []


def test_every_promise_on_security_names_tests_that_there_are() -> None:
    text = (DOCS / "security.md").read_text(encoding="utf-8").split("## Which test holds which promise")[1]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row) for row in rows]
    assert len(rows) >= 35
    assert [row for row, tests in zip(rows, named, strict=True) if not tests] == []
    missing = [f"{path}::{name}" for tests in named for path, name in tests if not _has_test(path, name)]
    assert missing == []


def _has_test(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and f"\ndef {name}(" in file.read_text(encoding="utf-8")


def test_the_words_of_the_glossary_are_in_order_and_come_once() -> None:
    lines = (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    words = [line.split("|")[1].strip().lower() for line in lines if line.startswith("| ")][1:]
    assert words == sorted(set(words))


@pytest.mark.parametrize("command", sorted(set(re.findall(r"make ([a-z-]+)", README))))
def test_every_make_target_of_the_readme_exists(command: str) -> None:
    assert f"\n{command}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
