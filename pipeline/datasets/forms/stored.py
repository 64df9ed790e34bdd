"""Forms from the plain values that `dataset.yaml` holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pipeline.datasets.forms.booleans import BooleanForm
from pipeline.datasets.forms.dates import DateForm
from pipeline.datasets.forms.durations import DurationForm
from pipeline.datasets.forms.form import Form
from pipeline.datasets.forms.numbers import NumberForm
from pipeline.datasets.forms.periods import PeriodForm
from pipeline.datasets.forms.times import TimeForm
from pipeline.errors import MetadataError

FORMS: dict[str, type[Any]] = {
    form.kind: form for form in (NumberForm, DateForm, TimeForm, DurationForm, PeriodForm, BooleanForm)
}
"""The forms by kind."""

_LISTS_OF_NUMBERS = frozenset({"scale_starts", "scale_decimals"})


def form_from_dict(values: Mapping[str, Any]) -> Form:
    """The form that `as_dict` described; MetadataError names an invalid kind, key or value."""
    kind = values.get("kind")
    if kind not in FORMS:
        raise MetadataError(f'A form has the kind "{kind}".', f"use one of {', '.join(FORMS)}.")
    given = {key: value for key, value in values.items() if key != "kind"}
    if kind == NumberForm.kind and "decimals" in given:
        given |= _decimals(given.pop("decimals"))
    _refuse_unknown(FORMS[kind], given)
    return FORMS[kind](**given)


def _decimals(value: Any) -> dict[str, Any]:
    """The two fields that the key "decimals" stands for: a number, or [least, most]."""
    both = value if isinstance(value, (list, tuple)) else [value, value]
    if len(both) != 2 or not all(isinstance(one, int) for one in both[:1]):
        raise MetadataError(f'A form of kind "number" has decimals {value!r}.', "write 2, or [0, 2].")
    return {"min_decimals": both[0], "max_decimals": both[1]}


def _refuse_unknown(form: type[Any], given: Mapping[str, Any]) -> None:
    default = form()
    known = {field.name: getattr(default, field.name) for field in fields(form)}
    for key, value in given.items():
        if key not in known:
            raise MetadataError(
                f'A form of kind "{form.kind}" has the key "{key}", which is unknown.',
                f"use {', '.join(known)}.",
            )
        if not _is_like(value, known[key], key):
            raise MetadataError(
                f'A form of kind "{form.kind}" has {key} {value!r}, which is no {_name(known[key])}.',
                f"write it like {known[key]!r}.",
            )


def _is_like(value: Any, default: Any, key: str) -> bool:
    if isinstance(default, tuple):
        item = (int, float) if key in _LISTS_OF_NUMBERS else str
        return isinstance(value, (list, tuple)) and all(isinstance(one, item) for one in value)
    if default is None:
        return value is None or (isinstance(value, int) and not isinstance(value, bool))
    return type(value) is type(default)


def _name(default: Any) -> str:
    return {str: "text", int: "whole number", bool: "true or false", tuple: "list of texts"}.get(
        type(default), "number"
    )
