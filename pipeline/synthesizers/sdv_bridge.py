"""The seam to SDV: metadata of clean tables, its errors in our terms, and its chatter kept quiet."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.errors import TrainingError
from pipeline.synthesizers.encoding import Field

TABLE = "modelled"


def make_metadata(fields: tuple[Field, ...]) -> Any:
    """SDV's `Metadata` of a clean table: codes are categorical, the rest numerical."""
    from sdv.metadata import Metadata

    columns = {
        field.name: {"sdtype": "categorical" if field.is_discrete else "numerical"} for field in fields
    }
    return Metadata.load_from_dict({"tables": {TABLE: {"columns": columns}}})


@contextmanager
def sdv_session(stage: str) -> Iterator[None]:
    """Run SDV without its warnings, which advise programmers, and with its errors as TrainingError."""
    known = sdv_error_classes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except known as error:
            raise translate_sdv_error(error, stage) from error


def sdv_error_classes() -> tuple[type[Exception], ...]:
    """Every error class that SDV declares; warnings are none of them."""
    import sdv.cag._errors
    import sdv.errors
    import sdv.metadata.errors

    modules = (sdv.errors, sdv.metadata.errors, sdv.cag._errors)
    declared = (item for module in modules for item in vars(module).values() if isinstance(item, type))
    return tuple(
        item
        for item in declared
        if issubclass(item, Exception)
        and not issubclass(item, Warning)
        and item.__module__.startswith("sdv.")
    )


def translate_sdv_error(error: Exception, stage: str) -> TrainingError:
    """The TrainingError for an error of SDV, which stays its cause; `stage` names what was running."""
    text = " ".join(str(error).split()) or type(error).__name__
    return TrainingError(
        f"SDV refused the table in the stage {stage}: {text}",
        "check the kinds of the modelled columns and their values, or choose another synthesizer.",
    )
