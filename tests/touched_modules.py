"""Which of our modules one `generate` with a fitted model passes through before a row is drawn.

Two counts, both in a process of its own: modules of which a function was called while none of ours was being
imported, and modules that were loaded at all. Packages whose `__init__` holds only a docstring do not count.
"""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from pipeline.synthesizers.recipe import Recipe

_OPTIMIZED = 1
"""The flag of code objects of functions; bodies of modules and classes do not have it."""


def print_touched(home: str, recipe: Recipe) -> None:
    """Fit in a first process, then generate in a second one, which prints both lists, a line each.

    What HMA drew is gone once a model is fitted, so that it is left out.
    """
    arguments = ["pci", "--synthesizer", recipe.synthesizer, "--epochs", str(recipe.epochs), "--no-hma"]
    command = [sys.executable, "-m", "pipeline", "train", *arguments]
    environment = {**os.environ, "WORKBENCH_HOME": home}
    if os.spawnve(os.P_WAIT, sys.executable, [*command, "--json"], environment):
        raise SystemExit("the model was not fitted")
    os.environ["WORKBENCH_HOME"] = home
    _generate(["generate", *arguments, "--rows", "1000"])


def _generate(arguments: list[str]) -> None:
    called: set[str] = set()
    importing = 0

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal importing
        name, code = frame.f_globals.get("__name__", ""), frame.f_code
        if code.co_name == "<module>" and event in ("call", "return"):
            importing += 1 if event == "call" else -1
        elif (
            event == "call" and not importing and name.startswith("pipeline.") and code.co_flags & _OPTIMIZED
        ):
            called.add(name)
            if code.co_qualname == "FittedModel.sample":
                _print(called)

    # Typer is loaded by every command; what is counted begins with the command.
    from pipeline import cli

    sys.setprofile(note)
    cli.run(arguments)


def _print(called: set[str]) -> None:
    sys.setprofile(None)
    loaded = {name for name in sys.modules if name.startswith("pipeline.") and _holds_code(name)}
    print(" ".join(sorted(called)))
    print(" ".join(sorted(loaded)), flush=True)
    os._exit(0)


def _holds_code(name: str) -> bool:
    file = Path(sys.modules[name].__file__ or "")
    body = ast.parse(file.read_text(encoding="utf-8")).body if file.name == "__init__.py" else [None]
    return not all(isinstance(one, ast.Expr) for one in body)
