"""`schema.yaml` ↔ RelatedSchema: strict reading, readable writing; no table is touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.datasets.related.schema import (
    SCHEMA_FILE,
    RelatedRule,
    RelatedSchema,
    RelatedTable,
    Relation,
    SqlType,
)
from pipeline.datasets.yaml_values import as_yaml, without_empty
from pipeline.errors import MetadataError

_HINT = f"correct the key in {SCHEMA_FILE}, or register the tables again."
_Names = Annotated[list[str], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Type(_Part):
    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    required: bool = False
    checks: list[str] = []


class _Copy(_Part):
    column: str
    relation: str
    of: str


class _Table(_Part):
    name: str = Field(min_length=1)
    columns: _Names
    primary_key: list[str] = []
    unique: list[_Names] = []
    order: str = ""
    public: bool = False
    copied: list[_Copy] = []
    types: dict[str, _Type] = {}
    root: bool = False
    why: str = ""


class _Relation(_Part):
    child: str
    columns: _Names
    parent: str
    parent_columns: _Names
    optional: bool = False
    one_to_one: bool = False
    owner: bool = False
    why: str = ""


class _Rule(_Part):
    kind: str
    table: str
    columns: list[str]
    relation: str = ""
    options: dict[str, Any] = {}
    confirmed: bool = True
    rows: int = Field(0, ge=0)


class _File(_Part):
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    title: str
    description: str
    as_of: date
    holdout: float = Field(0.2, gt=0, lt=1)
    tables: list[_Table] = Field(min_length=1)
    relations: list[_Relation] = []
    rules: list[_Rule] = []
    source: dict[str, Any] = {}


def load_schema(path: Path) -> RelatedSchema:
    """Read `schema.yaml`; raise MetadataError naming the file and the key that is wrong."""
    try:
        schema = _build_schema(_File.model_validate(_read_yaml(path)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise MetadataError(f"{path}: {key}: {first['msg']}.", _HINT) from error
    check_references(schema, str(path))
    return schema


def format_schema(schema: RelatedSchema) -> str:
    """The text of `schema.yaml` for a schema; `load_schema` gives the same schema back."""
    content = {
        "name": schema.name,
        "title": schema.title,
        "description": schema.description,
        "as_of": schema.as_of,
        "holdout": schema.holdout_fraction,
        "tables": [_plain_table(one) for one in schema.tables],
        "relations": [_plain_relation(one) for one in schema.relations],
    }
    content |= without_empty(rules=[_plain_rule(one) for one in schema.rules], source=as_yaml(schema.source))
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def check_references(schema: RelatedSchema, where: str) -> None:
    """Raise MetadataError, with `where` before it, for a key, relation or rule of what does not exist."""
    _check_distinct(where, "tables", [one.name for one in schema.tables])
    earlier: set[str] = set()
    for table in schema.tables:
        earlier.add(table.name)
        for one in schema.list_relations(table.name):
            _check_member(f"{where}: relations.{one.id}.parent", one.parent, earlier)
    for place, one in enumerate(schema.relations):
        _check_relation(schema, one, f"{where}: relations.{place}")
    for place, table in enumerate(schema.tables):
        _check_table(schema, table, f"{where}: tables.{place}")
    _check_distinct(where, "relations", [one.id for one in schema.relations])
    _check_distinct(where, "relations.owner", [one.child for one in schema.relations if one.is_owner])
    for place, rule in enumerate(schema.rules):
        _check_rule(schema, rule, f"{where}: rules.{place}")


def _check_table(schema: RelatedSchema, table: RelatedTable, where: str) -> None:
    names = set(table.columns)
    _check_distinct(where, "columns", table.columns)
    for key in (table.primary_key, *table.unique):
        for name in key:
            _check_member(f"{where}.primary_key or unique", name, names)
    if table.order:
        _check_member(f"{where}.order", table.order, names)
    relations = {one.id: one for one in schema.list_relations(table.name)}
    for column, relation, source in table.copied:
        _check_member(f"{where}.copied", column, names)
        _check_member(f"{where}.copied", relation, set(relations))
        parent = schema.by_name.get(relations[relation].parent)
        _check_member(f"{where}.copied", source, set(parent.columns if parent else ()))
    for name in table.types:
        _check_member(f"{where}.types", name, names)


def _check_relation(schema: RelatedSchema, one: Relation, where: str) -> None:
    _check_member(f"{where}.child", one.child, set(schema.by_name))
    for key, table, columns in (
        ("columns", one.child, one.columns),
        ("parent_columns", one.parent, one.parent_columns),
    ):
        for name in columns:
            _check_member(f"{where}.{key}", name, set(schema.get(table).columns))
    if len(one.columns) != len(one.parent_columns):
        raise MetadataError(f"{where}.parent_columns: not as many as columns.", _HINT)


def _check_rule(schema: RelatedSchema, rule: RelatedRule, where: str) -> None:
    _check_member(f"{where}.table", rule.table, set(schema.by_name))
    if rule.relation:
        _check_member(f"{where}.relation", rule.relation, {one.id for one in schema.relations})


def _check_member(where: str, value: str, allowed: Iterable[str]) -> None:
    known = set(allowed)
    if value not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise MetadataError(f'{where}: "{value}" is not one of {listed}.', _HINT)


def _check_distinct(where: str, key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise MetadataError(f'{where}: {key}: "{name}" appears twice.', _HINT)
        seen.add(name)


def _read_yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MetadataError(f"{path} cannot be read.", "check that the folder is complete.") from error
    except (yaml.YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f", line {line + 1}" if line is not None else ""
        raise MetadataError(
            f"{path}{where}: this is not valid YAML.", "check indentation and colons."
        ) from error


def _build_schema(file: _File) -> RelatedSchema:
    return RelatedSchema(
        name=file.name,
        title=file.title,
        description=file.description,
        as_of=file.as_of,
        tables=tuple(_build_table(one) for one in file.tables),
        relations=tuple(
            Relation(
                one.child, tuple(one.columns), one.parent, tuple(one.parent_columns),
                one.optional, one.one_to_one, one.owner, one.why,
            )
            for one in file.relations
        ),
        rules=tuple(
            RelatedRule(
                one.kind, one.table, tuple(one.columns), one.relation, one.options, one.confirmed, one.rows
            )
            for one in file.rules
        ),
        source=file.source,
        holdout_fraction=file.holdout,
    )  # fmt: skip


def _build_table(one: _Table) -> RelatedTable:
    return RelatedTable(
        name=one.name,
        columns=tuple(one.columns),
        primary_key=tuple(one.primary_key),
        unique=tuple(tuple(key) for key in one.unique),
        order=one.order,
        is_public=one.public,
        copied=tuple((copy.column, copy.relation, copy.of) for copy in one.copied),
        types={
            name: SqlType(it.name, it.length, it.precision, it.scale, it.required, tuple(it.checks))
            for name, it in one.types.items()
        },
        is_root=one.root,
        why=one.why,
    )


def _plain_table(table: RelatedTable) -> dict[str, Any]:
    copied = [{"column": column, "relation": one, "of": source} for column, one, source in table.copied]
    content = {"name": table.name, "columns": list(table.columns)} | without_empty(
        primary_key=list(table.primary_key),
        unique=[list(key) for key in table.unique],
        order=table.order,
        copied=copied,
        types={name: _plain_type(one) for name, one in table.types.items()},
        why=table.why,
    )
    flags = {"public": table.is_public, "root": table.is_root}
    return content | {key: True for key, is_set in flags.items() if is_set}


def _plain_type(one: SqlType) -> dict[str, Any]:
    content = asdict(one)
    required, checks = content.pop("is_required"), list(content.pop("checks"))
    kept = {key: value for key, value in content.items() if value is not None}
    return kept | ({"required": True} if required else {}) | without_empty(checks=checks)


def _plain_relation(one: Relation) -> dict[str, Any]:
    content = {
        "child": one.child,
        "columns": list(one.columns),
        "parent": one.parent,
        "parent_columns": list(one.parent_columns),
    }
    flags = {"optional": one.is_optional, "one_to_one": one.is_one_to_one, "owner": one.is_owner}
    return content | {key: True for key, is_set in flags.items() if is_set} | without_empty(why=one.why)


def _plain_rule(rule: RelatedRule) -> dict[str, Any]:
    content = without_empty(
        kind=rule.kind,
        table=rule.table,
        columns=list(rule.columns),
        relation=rule.relation,
        options=as_yaml(rule.options),
    )
    return content | {"confirmed": rule.is_confirmed, "rows": rule.rows}
