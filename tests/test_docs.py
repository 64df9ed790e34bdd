"""What the README lists is what there is."""

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
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            keys += _keys(section, f"{prefix}{name}.")
        else:
            keys.append(f"{prefix}{name}")
    return keys


def _commands() -> list[str]:
    command = get_command(app)
    names = []
    for name, sub in command.commands.items():  # type: ignore[attr-defined]
        names += [f"{name} {inner}" for inner in getattr(sub, "commands", {})] or [name]
    return names


def _options() -> set[str]:
    command = get_command(app)
    subs = list(command.commands.values())  # type: ignore[attr-defined]
    subs += [inner for sub in subs for inner in getattr(sub, "commands", {}).values()]
    return {option for sub in subs for one in sub.params for option in one.opts if option.startswith("--")}


@pytest.mark.parametrize("key", _keys(Settings))
def test_every_configuration_key_is_in_the_readme(key: str) -> None:
    assert f"`{key}`" in README


@pytest.mark.parametrize("command", _commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    first, _, rest = command.partition(" ")
    # `run` is no part of `runs`.
    assert re.search(rf"python -m pipeline {first}(?![\w-])", README)
    assert not rest or f"`{rest}`" in README or f"pipeline {command}" in README or f"{command} ID" in README


@pytest.mark.parametrize("option", sorted(_options() - {"--help"}))
def test_every_option_is_in_the_readme(option: str) -> None:
    # `--no` is no part of `--no-hma`, and `--hma` none of it either.
    assert re.search(rf"(?<![\w-]){option}(?![\w-])", README)


def test_exactly_the_routes_of_the_api_are_documented() -> None:
    lines = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").splitlines()
    documented = {tuple(line.split("|")[1:3]) for line in lines if line.startswith("| `")}
    paths = create_api(lambda: None).openapi()["paths"]  # type: ignore[arg-type, return-value]
    routes = {
        (f" `{method.upper()} {path}` ", f" {found['x-required-role']} ")
        for path, operations in paths.items()
        for method, found in operations.items()
    }
    assert documented == routes


def test_every_picture_of_the_readme_exists() -> None:
    pictures = [line.split("](")[1].split(")")[0] for line in README.splitlines() if line.startswith("![")]
    assert pictures
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []


@pytest.mark.parametrize("target", ["run", "test", "check", "bench"])
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    assert f"\n{target}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"make {target}" in README
