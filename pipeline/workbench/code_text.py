"""The parts of an order as code: options of a command, arguments in Python, the body of a request."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

IMPORTS = "from datetime import date"
_SWITCHES = {"use_hma": "hma", "refine": "refine"}
_OPTIONS = {"time_budget_s": "time-budget"}


@dataclass(frozen=True)
class OrderCode:
    """The same order in three forms; one that does not know it is empty.

    The request reads the API's address and the token from WORKBENCH and TOKEN.
    """

    command: str
    python: str
    curl: str


def name_arguments(settings: Mapping[str, Any]) -> str:
    """Settings as arguments of a call in Python."""
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def name_date(as_of: date | None) -> str:
    """The day from which ages count, as a further argument in Python."""
    return "" if as_of is None else f", as_of=date({as_of.year}, {as_of.month}, {as_of.day})"


def list_date(as_of: date | None) -> list[str]:
    """The same as words of a command."""
    return ["--as-of", as_of.isoformat()] if as_of else []


def list_format(fmt: str | None) -> list[str]:
    """The format of a file as words of a command."""
    return ["--format", fmt] if fmt else []


def list_options(settings: Mapping[str, Any], seed: str) -> list[str]:
    """Settings of a recipe as options of the command line, which calls its seed `seed`."""
    words: list[str] = []
    for name, value in settings.items():
        if name in _SWITCHES:
            words.append(f"--{'' if value else 'no-'}{_SWITCHES[name]}")
        elif isinstance(value, bool):
            words += [f"--{name}"] if value else []
        else:
            option = seed if name == "seed" else _OPTIONS.get(name, name.replace("_", "-"))
            words += [f"--{option}", str(value)]
    return words


def join_command(*words: str) -> str:
    """A command of the command line."""
    return shlex.join(["python", "-m", "pipeline", *words])


def write_curl(path: str, body: Mapping[str, Any]) -> str:
    """A request to the API."""
    sent = shlex.quote(json.dumps(body, ensure_ascii=False, default=dict))
    file = ' -H "Prefer: wait" -OJ' if path == "generate" else ""
    return (
        f'curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"{file} \\\n'
        f'     -d {sent} \\\n     "$WORKBENCH/{path}"'
    )
