"""Changes to single columns of a registered dataset, checked against its sample before anything is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import yaml

from pipeline.datasets.detection.columns import derive_as, describe_as, detect_column
from pipeline.datasets.detection.details import complete
from pipeline.datasets.detection.detect import describe_column
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.detection.links import find_links
from pipeline.datasets.detection.rules import default_rules
from pipeline.datasets.detection.typing import TypedTable
from pipeline.datasets.detection.written import describe_forms
from pipeline.datasets.entities import find_entities
from pipeline.datasets.forms import Hints, Learned, form_from_dict, learn_form
from pipeline.datasets.kinds import KINDS, find_kind, is_birth_date
from pipeline.datasets.parsing import as_text
from pipeline.datasets.patterned import read_in_pattern
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, EntitySpec, ModelledType, Role
from pipeline.datasets.typed import conform, to_model
from pipeline.errors import DataError

_READING = ("role", "kind", "decimal", "day_first")
_FORM = "form."
_NUMBERS = ("minimum", "maximum", "width")
_TEXTS = ("unit", "locale", "country")
OPTIONS = (*_NUMBERS, *_TEXTS)
"""What can be set of a column that is read as before."""
_KEYS = (*_READING, f"{_FORM}KEY", *OPTIONS, "group", "public")
BY_HAND = "set by hand"
"""Why a column is what somebody set."""
_KINDS_OF_FORMS = {
    ModelledType.NUMERICAL: ("number", "time", "duration"),
    ModelledType.DATETIME: ("date", "period"),
}


@dataclass(frozen=True)
class Change:
    """One value of one column."""

    column: str
    key: str
    value: str


def parse_changes(spec: DatasetSpec, texts: Iterable[str]) -> tuple[Change, ...]:
    """Changes from texts like "amount.minimum=0"; DataError names one that is wrong."""
    return tuple(_parse(spec, text) for text in texts)


def apply_changes(spec: DatasetSpec, cells: pd.DataFrame, changes: Sequence[Change]) -> DatasetSpec:
    """The description of a dataset after changes; `cells` is its table as text.

    Rules of changed columns are made anew, all others stay. DataError where the sample contradicts a change.
    """
    for name in dict.fromkeys(change.column for change in changes):
        wanted = {change.key: change.value for change in changes if change.column == name}
        spec = _change_column(spec, cells[name], name, wanted)
    changed = {change.column for change in changes}
    table = pd.DataFrame({one.name: conform(cells[one.name], one, spec.table) for one in spec.columns})
    spec = _group_new(spec, table, {change.column for change in changes if change.key in ("role", "kind")})
    kept = [rule for rule in spec.rules if not changed & {rule.column, *rule.others}]
    new = [rule for rule in default_rules(spec, table) if changed & {rule.column, *rule.others}]
    return replace(spec, rules=(*kept, *new))


def _name(spec: DatasetSpec) -> str:
    return f'the table "{spec.table}"' if spec.part_of else f'the dataset "{spec.name}"'


def _parse(spec: DatasetSpec, text: str) -> Change:
    path, sign, value = text.partition("=")
    # A column may be named like its table, so that "login.role" is as good as "login.login.role".
    paths = dict.fromkeys((path.strip(), path.strip().removeprefix(f"{spec.table}.")))
    found = [
        (one.name, path[len(one.name) + 1 :])
        for path in paths
        for one in spec.columns
        if path.startswith(f"{one.name}.")
    ]
    if not sign or not found:
        raise DataError(
            f'"{text}" names no column of {_name(spec)}.',
            f"write COLUMN.key=value, such as {spec.columns[0].name}.kind=code, with one of the columns "
            f"{', '.join(one.name for one in spec.columns)}.",
        )
    name, key = max(found, key=lambda one: (_can_be_set(one[1]), len(one[0])))
    if not _can_be_set(key):
        raise DataError(f'Column "{name}" has no "{key}" to set.', f"use one of {', '.join(_KEYS)}.")
    return Change(name, key, value.strip())


def _can_be_set(key: str) -> bool:
    return key in _KEYS or key.startswith(_FORM)


def _change_column(spec: DatasetSpec, cells: pd.Series, name: str, wanted: Mapping[str, str]) -> DatasetSpec:
    column = next(one for one in spec.columns if one.name == name)
    if any(key in _READING or key.startswith(_FORM) for key in wanted):
        spec, column = _read_again(spec, column, cells, wanted)
    column = _set_values(column, wanted)
    spec = replace(spec, columns=tuple(column if one.name == name else one for one in spec.columns))
    return _regroup(spec, column, wanted["group"]) if "group" in wanted else spec


def _read_again(
    spec: DatasetSpec, column: ColumnSpec, cells: pd.Series, wanted: Mapping[str, str]
) -> tuple[DatasetSpec, ColumnSpec]:
    """The column as another role or kind, or read in another form."""
    texts = as_text(cells)
    kind = _choose_kind(column, wanted) or _choose_modelled(column.name, texts)
    learned = _learn(column, texts, kind, wanted)
    values = texts if learned is None else to_model(learned.values, learned.form)
    finding = _find(column.name, values, kind)
    typed = TypedTable(pd.DataFrame({column.name: values}))
    if learned is not None:
        words = {column.name: texts.where(learned.odd, None)} if learned.odd.any() else {}
        typed = TypedTable(typed.table, words, {column.name: learned})
    links = find_links(typed.table, {column.name: finding}, spec.as_of)
    written = describe_forms({column.name: finding}, typed)[column.name]
    changed = written.apply(describe_column(column.name, finding, links, column.is_public))
    others = tuple(one for one in spec.features if one.column != column.name)
    return replace(spec, features=(*others, *links.features, *written.features)), changed


def _choose_kind(column: ColumnSpec, wanted: Mapping[str, str]) -> str:
    """The kind that is wanted, empty where only the role is and nothing says in which kind."""
    role, kind = wanted.get("role"), wanted.get("kind")
    if role not in (None, *Role):
        raise DataError(f'Column "{column.name}" cannot have the role "{role}".', "use modelled or identity.")
    if kind is None:
        is_same = role in (None, column.role)
        return str(column.kind) if is_same else "code" if role == Role.IDENTITY else ""
    if kind not in set(ModelledType) and find_kind(kind) is None:
        known = ", ".join([*ModelledType, *KINDS])
        raise DataError(f'Column "{column.name}" cannot be of the kind "{kind}".', f"use one of {known}.")
    return kind


def _choose_modelled(name: str, texts: pd.Series) -> str:
    """The kind in which a column is learned that its user wants to be, whatever it looks like."""
    learned = learn_form(texts, Hints())
    values = texts if learned is None else to_model(learned.values, learned.form)
    found = detect_column(name, values)
    return str(found.kind) if found.role is Role.MODELLED else str(ModelledType.CATEGORICAL)


def _learn(column: ColumnSpec, texts: pd.Series, kind: str, wanted: Mapping[str, str]) -> Learned | None:
    """The form of a column of numbers or dates, None for all other kinds."""
    if kind not in _KINDS_OF_FORMS and not is_birth_date(kind):
        _refuse_form(column.name, kind, wanted)
        return None
    is_date = kind == ModelledType.DATETIME or is_birth_date(kind)
    day_first = _read_boolean(column, "day_first", wanted["day_first"]) if "day_first" in wanted else None
    if f"{_FORM}pattern" in wanted:
        return read_in_pattern(column.name, texts, kind, _read_fields(wanted))
    found = learn_form(texts, Hints(decimal=wanted.get("decimal"), day_first=day_first, serial=is_date))
    expected = _KINDS_OF_FORMS[ModelledType.DATETIME if is_date else ModelledType.NUMERICAL]
    if found is None or found.form.kind not in expected:
        noun = "dates" if is_date else "numbers"
        raise DataError(
            f'Column "{column.name}" cannot be of the kind "{kind}": most of its cells are no {noun}.',
            "choose another kind, or say how they are written: decimal, day_first or form.KEY.",
        )
    fields = _read_fields(wanted)
    if found.is_ambiguous and not fields:
        key = "day_first" if is_date else "decimal"
        raise DataError(
            f'Column "{column.name}" can be read in two ways, which no cell decides.',
            f"set its {key} as well ({column.name}.{key}={'true' if is_date else ','}).",
        )
    return _correct(column, texts, found, fields) if fields else found


def _correct(column: ColumnSpec, texts: pd.Series, found: Learned, fields: Mapping[str, Any]) -> Learned:
    """What was learned with other keys of its form; DataError where most cells do not fit them."""
    form = form_from_dict({**found.form.as_dict(), **fields})
    reading = form.read(texts)
    if reading.odd.sum() > found.odd.sum() and reading.odd.mean() > 0.5:
        raise DataError(
            f'Column "{column.name}" is not written in that form: '
            f"{int(reading.odd.sum()):,} of {len(texts):,} cells do not fit.",
            "correct the keys of the form.",
        )
    return replace(found, form=form, odd=reading.odd, values=reading.values)


def _refuse_form(name: str, kind: str, wanted: Mapping[str, str]) -> None:
    """DataError for keys of a form on a column whose kind has none."""
    if _read_fields(wanted):
        raise DataError(
            f'Column "{name}" is of the kind "{kind}", which has no form.',
            "set its kind to numerical or datetime as well.",
        )


def _read_fields(wanted: Mapping[str, str]) -> dict[str, Any]:
    """The keys of a form; patterns are text as they are, all else is YAML."""
    fields = {key.removeprefix(_FORM): text for key, text in wanted.items() if key.startswith(_FORM)}
    return {key: text if key == "pattern" else _read_yaml(key, text) for key, text in fields.items()}


def _read_yaml(key: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DataError(f"{_FORM}{key} is not readable: {text!r}.", 'put it in quotes: "text".') from error


def _find(name: str, values: pd.Series, kind: str) -> Finding:
    if kind in set(ModelledType):
        return describe_as(values, ModelledType(kind), BY_HAND)
    finding = derive_as(values, kind, BY_HAND)
    return complete({name: finding}, pd.DataFrame({name: values}))[name]


def _set_values(column: ColumnSpec, wanted: Mapping[str, str]) -> ColumnSpec:
    options: dict[str, Any] = dict(column.options)
    for key in OPTIONS:
        if key in wanted and not wanted[key]:
            options.pop(key, None)
        elif key in wanted:
            options[key] = wanted[key] if key in _TEXTS else _read_number(column, key, wanted[key])
    if wanted.get("country"):
        # Shares of several countries would win over the one that was chosen.
        options.pop("countries", None)
    if options.get("minimum", 0) > options.get("maximum", options.get("minimum", 0)):
        raise DataError(
            f'Column "{column.name}": the minimum lies above the maximum.', "correct one of them."
        )
    is_public = _read_boolean(column, "public", wanted["public"]) if "public" in wanted else column.is_public
    # What was in doubt is decided with the country.
    others = () if wanted.get("country") else column.alternatives
    return replace(column, options=options, is_public=is_public, alternatives=others)


def _regroup(spec: DatasetSpec, column: ColumnSpec, group: str) -> DatasetSpec:
    """The column in another entity, or in none."""
    entities = [_without(entity, column.name) for entity in spec.entities]
    if group and group not in {entity.name for entity in spec.entities}:
        known = ", ".join(entity.name for entity in spec.entities) or "none: the dataset has no groups"
        raise DataError(f'There is no group "{group}" for column "{column.name}".', f"use one of {known}.")
    entities = [_with(entity, column) if entity.name == group else entity for entity in entities]
    return replace(spec, entities=tuple(one for one in entities if one.columns))


def _group_new(spec: DatasetSpec, table: pd.DataFrame, changed: set[str]) -> DatasetSpec:
    """The spec with entities of columns that have become identities, where their values come back.

    A column that is now learned is in no entity; one that an entity has already keeps its place.
    """
    roles = {one.name: one.role for one in spec.columns}
    gone = {name for name in changed if roles[name] is not Role.IDENTITY}
    entities = [_drop(entity, gone) for entity in spec.entities]
    entities = [entity for entity in entities if entity.columns]
    placed = {name for entity in entities for name in entity.columns}
    new = tuple(one for one in spec.columns if one.name in changed - gone - placed)
    found = find_entities(table[[one.name for one in new]], new) if new else ()
    constant = {name for entity in found for name in entity.columns}
    return replace(spec, entities=(*(_drop(entity, constant) for entity in entities), *found))


def _drop(entity: EntitySpec, names: set[str]) -> EntitySpec:
    for name in names:
        entity = _without(entity, name)
    return entity


def _with(entity: EntitySpec, column: ColumnSpec) -> EntitySpec:
    if column.role is Role.IDENTITY:
        return replace(entity, columns=(*entity.columns, column.name))
    return replace(entity, constant=(*entity.constant, column.name))


def _without(entity: EntitySpec, name: str) -> EntitySpec:
    return replace(
        entity,
        columns=tuple(one for one in entity.columns if one != name),
        constant=tuple(one for one in entity.constant if one != name),
    )


def _read_number(column: ColumnSpec, key: str, text: str) -> int | float:
    try:
        number = float(text)
    except ValueError as error:
        raise DataError(
            f'Column "{column.name}": {key} "{text}" is no number.', "write 0 or 12.5."
        ) from error
    return int(number) if number.is_integer() else number


def _read_boolean(column: ColumnSpec, key: str, text: str) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in words:
        raise DataError(f'Column "{column.name}": {key} is "{text}".', "write true or false.")
    return words[text.lower()]
