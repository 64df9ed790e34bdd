"""Synthetic test data that behaves like the real thing and contains no real person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.generation.orders import GenerateOrder as GenerateRequest
    from pipeline.workbench.progress_bar import ProgressBar
    from pipeline.workbench.workbench import Workbench

__version__ = "0.1.0"
__all__ = ["GenerateRequest", "ProgressBar", "Workbench", "WorkbenchError", "__version__"]

_HOMES = {
    "ProgressBar": ("pipeline.workbench.progress_bar", "ProgressBar"),
    "Workbench": ("pipeline.workbench.workbench", "Workbench"),
    # The order of a table, by its name in notebooks.
    "GenerateRequest": ("pipeline.generation.orders", "GenerateOrder"),
}


def __getattr__(name: str) -> Any:
    # Loaded when first used, so that `python -m pipeline --help` does not wait for pandas.
    if name not in _HOMES:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
