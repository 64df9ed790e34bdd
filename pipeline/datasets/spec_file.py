"""`dataset.yaml` ↔ DatasetSpec: strict reading, readable writing; no table is touched."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.datasets.shares import find_share_fault
from pipeline.datasets.spec import (
    SPEC_FILE,
    ColumnSpec,
    DatasetSpec,
    EntitySpec,
    FeatureSpec,
    ModelledType,
    Role,
    RuleSpec,
)
from pipeline.datasets.yaml_values import as_yaml, without_empty
from pipeline.errors import MetadataError

_HINT = f"correct the key in {SPEC_FILE}; the built-in datasets show the form."


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Column(_Part):
    name: str
    role: str
    kind: str
    follows: list[str] = []
    unique: bool = False
    may_equal_real: bool = False
    public: bool = False
    options: dict[str, Any] = {}
    form: dict[str, Any] = {}
    why: str = ""
    alternatives: list[str] = []


class _Feature(_Part):
    name: str
    kind: str
    column: str
    options: dict[str, Any] = {}


class _Rule(_Part):
    rule: str
    column: str
    others: list[str] = []
    options: dict[str, Any] = {}


_Pair = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)]


class _Entity(_Part):
    name: str
    columns: list[str] = Field(min_length=1)
    constant: list[str] = []
    sizes: list[_Pair] = []
    parent: str = ""
    per_parent: list[_Pair] = []
    sorted: bool = False


class _File(_Part):
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    title: str
    description: str
    table: str = Field(min_length=1)
    as_of: date
    holdout: float = Field(0.2, gt=0, lt=1)
    shares: dict[str, dict[str, float]] = {}
    columns: list[_Column] = Field(min_length=1)
    features: list[_Feature] = []
    rules: list[_Rule | str] = []
    entities: list[_Entity] = []
    source: dict[str, Any] = {}


def load_spec(path: Path) -> DatasetSpec:
    """Read `dataset.yaml`; raise MetadataError naming the file and the key that is wrong."""
    try:
        parsed = _File.model_validate(_read_yaml(path))
        spec = _build_spec(parsed)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise MetadataError(f"{path}: {key}: {first['msg']}.", _HINT) from error
    _check_references(spec, path)
    return spec


def format_spec(spec: DatasetSpec) -> str:
    """The text of `dataset.yaml` for a spec; `load_spec` gives the same spec back."""
    content = {
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "table": spec.table,
        "as_of": spec.as_of,
        "holdout": spec.holdout_fraction,
        "shares": {column: dict(shares) for column, shares in spec.shares.items()},
        "columns": [_plain_column(column) for column in spec.columns],
        "features": [
            without_empty(name=item.name, kind=item.kind, column=item.column, options=as_yaml(item.options))
            for item in spec.features
        ],
        "rules": [
            without_empty(
                rule=item.rule, column=item.column, others=list(item.others), options=as_yaml(item.options)
            )
            for item in spec.rules
        ]
        + list(spec.row_rules),
    }
    content |= without_empty(
        entities=[_plain_entity(item) for item in spec.entities], source=as_yaml(spec.source)
    )
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _read_yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MetadataError(
            f"{path} cannot be read.", "check that the dataset's folder is complete."
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f", line {line + 1}" if line is not None else ""
        raise MetadataError(
            f"{path}{where}: this is not valid YAML.", "check indentation and colons."
        ) from error


def _build_spec(file: _File) -> DatasetSpec:
    return DatasetSpec(
        name=file.name,
        title=file.title,
        description=file.description,
        table=file.table,
        as_of=file.as_of,
        columns=tuple(_build_column(item) for item in file.columns),
        features=tuple(
            FeatureSpec(item.name, item.kind, item.column, item.options) for item in file.features
        ),
        rules=tuple(
            RuleSpec(item.rule, item.column, tuple(item.others), item.options)
            for item in file.rules
            if not isinstance(item, str)
        ),
        row_rules=tuple(item for item in file.rules if isinstance(item, str)),
        entities=tuple(_build_entity(item) for item in file.entities),
        source=file.source,
        shares=file.shares,
        holdout_fraction=file.holdout,
    )


def _build_column(item: _Column) -> ColumnSpec:
    return ColumnSpec(
        name=item.name,
        role=Role(item.role) if item.role in set(Role) else item.role,  # type: ignore[arg-type]
        kind=item.kind,
        follows=tuple(item.follows),
        is_unique=item.unique,
        may_equal_real=item.may_equal_real,
        is_public=item.public,
        options=item.options,
        form=item.form,
        why=item.why,
        alternatives=tuple(item.alternatives),
    )


def _build_entity(item: _Entity) -> EntitySpec:
    return EntitySpec(
        name=item.name,
        columns=tuple(item.columns),
        constant=tuple(item.constant),
        sizes=tuple((rows, entities) for rows, entities in item.sizes),
        parent=item.parent,
        per_parent=tuple((entities, parents) for entities, parents in item.per_parent),
        is_sorted=item.sorted,
    )


def _check_references(spec: DatasetSpec, path: Path) -> None:
    """Refuse a spec whose parts name something that does not exist, or the same thing twice."""
    raw = [column.name for column in spec.columns]
    features = [feature.name for feature in spec.features]
    known = {*raw, *features}
    for position, column in enumerate(spec.columns):
        key = f"columns.{position}"
        _check_member(path, f"{key}.role", column.role, set(Role))
        if column.role is Role.MODELLED:
            _check_member(path, f"{key}.kind", column.kind, set(ModelledType))
        for name in column.follows:
            _check_member(path, f"{key}.follows", name, known)
    for position, feature in enumerate(spec.features):
        _check_member(path, f"features.{position}.column", feature.column, set(raw))
    for position, rule in enumerate(spec.rules):
        for name in (rule.column, *rule.others):
            _check_member(path, f"rules.{position}", name, known)
    _check_row_rules(spec, path)
    _check_entities(spec, path, known)
    _check_distinct(path, "columns", raw)
    _check_distinct(path, "features", [*(c.name for c in spec.columns if c.role is Role.MODELLED), *features])
    _check_shares(spec, path)


def _check_row_rules(spec: DatasetSpec, path: Path) -> None:
    if spec.row_rules:
        # Loaded by few: most tables have no such rules.
        from pipeline.datasets.rules.single import parse_rules

        try:
            parse_rules(spec)
        except MetadataError as error:
            raise MetadataError(f"{path}: rules: {error.message}", error.hint) from error


def _check_entities(spec: DatasetSpec, path: Path, known: set[str]) -> None:
    """Refuse entities of unknown or of one another's columns, and those that descend from themselves."""
    parents = {entity.name: entity.parent for entity in spec.entities}
    for position, entity in enumerate(spec.entities):
        for name in (*entity.columns, *entity.constant):
            _check_member(path, f"entities.{position}", name, known)
        if entity.parent:
            others = {item.name for item in spec.entities} - {entity.name}
            _check_member(path, f"entities.{position}.parent", entity.parent, others)
    _check_distinct(path, "entities", [entity.name for entity in spec.entities])
    _check_distinct(
        path, "entities", [name for entity in spec.entities for name in (*entity.columns, *entity.constant)]
    )
    for name, parent in parents.items():
        seen = [name]
        while parent:
            seen.append(parent)
            _check_distinct(path, "entities", seen)
            parent = parents[parent]


def _check_shares(spec: DatasetSpec, path: Path) -> None:
    categorical = {column.name for column in spec.columns if column.kind == ModelledType.CATEGORICAL}
    for name, shares in spec.shares.items():
        _check_member(path, "shares", name, categorical | {feature.name for feature in spec.features})
        if fault := find_share_fault(shares):
            raise MetadataError(f"{path}: shares.{name}: {fault.message}.", _HINT)


def _check_member(path: Path, key: str, value: str, allowed: set[Any]) -> None:
    if value not in allowed:
        listed = ", ".join(sorted(str(item) for item in allowed))
        raise MetadataError(f'{path}: {key}: "{value}" is not one of {listed}.', _HINT)


def _check_distinct(path: Path, key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise MetadataError(f'{path}: {key}: "{name}" appears twice.', _HINT)
        seen.add(name)


def _plain_column(column: ColumnSpec) -> dict[str, Any]:
    content = without_empty(
        name=column.name, role=str(column.role), kind=str(column.kind), follows=list(column.follows)
    )
    if column.role is Role.IDENTITY:
        content |= {"unique": column.is_unique, "may_equal_real": column.may_equal_real}
    if column.is_public:
        content["public"] = True
    return content | without_empty(
        options=as_yaml(column.options),
        form=as_yaml(column.form),
        why=column.why,
        alternatives=list(column.alternatives),
    )


def _plain_entity(entity: EntitySpec) -> dict[str, Any]:
    content = without_empty(
        name=entity.name,
        columns=list(entity.columns),
        constant=list(entity.constant),
        sizes=[list(pair) for pair in entity.sizes],
        parent=entity.parent,
        per_parent=[list(pair) for pair in entity.per_parent],
    )
    return content | ({"sorted": True} if entity.is_sorted else {})
