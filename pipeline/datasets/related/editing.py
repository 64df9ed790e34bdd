"""Keys and relations as texts: what is said when tables are registered, and changes of a registered set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from pipeline.datasets.related import edits
from pipeline.datasets.related.declared import Declared
from pipeline.datasets.related.schema import RelatedSchema, Relation
from pipeline.errors import DataError

NONE = "none"
_ARROW = "->"
_EXAMPLE = "orders.customer_id -> customers.id"
_WORDS = MappingProxyType({"true": True, "yes": True, "false": False, "no": False})


@dataclass(frozen=True)
class SaidKeys:
    """What is said of keys when tables are registered; all else is found.

    `relations` are texts such as "orders.customer_id -> customers.id", `omitted` columns that are no foreign
    key, such as "orders.payer", `primary_keys` texts such as "cards=account_id,card_no" or "logs=none".
    """

    relations: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    primary_keys: tuple[str, ...] = ()

    def declare(self, tables: Mapping[str, Sequence[str]]) -> Declared:
        """The same for tables with these columns; DataError for a text that names what is not there."""
        keys = [_read_key(text, tables) for text in self.primary_keys]
        return Declared(
            primary_keys=dict(keys),
            relations=tuple(_read_relation(text, tables) for text in self.relations),
            omitted=frozenset(_read_end(text, tables).id for text in self.omitted),
        )


@dataclass(frozen=True)
class SetEdits:
    """Changes of a registered set.

    `settings` are texts: "orders.primary_key=order_id", "orders.owner=customer_id" or "none",
    "orders.order=day", "orders.unique=code;street,number", "districts.public=true", and
    "orders.price.minimum=0" for a column. `added` and `dropped` are relations as in `SaidKeys`.
    """

    settings: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def list_columns(self, schema: RelatedSchema) -> dict[str, list[str]]:
        """By table the changes of its columns, such as "price.minimum=0"."""
        found: dict[str, list[str]] = {}
        for text in self.settings:
            table, key, is_of_column = _split(text, schema)
            if is_of_column:
                found.setdefault(table, []).append(key)
        return found

    def draft(self, schema: RelatedSchema) -> RelatedSchema:
        """The schema with other keys and relations, not yet verified; the same one where none is changed."""
        tables = {one.name: one.columns for one in schema.tables}
        draft = schema
        for text in self.dropped:
            draft = edits.without_relation(draft, _read_end(text, tables).id)
        for text in self.added:
            draft = _add_relation(draft, text, tables)
        for table, key, value in self._list_keys(schema):
            draft = _SETTERS[key](draft, table, value)
        return draft

    def _list_keys(self, schema: RelatedSchema) -> list[tuple[str, str, str]]:
        """Table, key and value of the settings that are not of a column."""
        split = (_split(text, schema) for text in self.settings)
        halves = ((table, rest.partition("=")) for table, rest, is_of_column in split if not is_of_column)
        return [(table, key.strip(), value.strip()) for table, (key, _, value) in halves]

    def check_owners(self, draft: RelatedSchema, planned: RelatedSchema) -> None:
        """Raise DataError where an owner that was set cannot be one in the schema as it would be kept."""
        for table in (table for table, key, _ in self._list_keys(draft) if key == "owner"):
            wanted, found = draft.find_owner(table), planned.find_owner(table)
            if wanted is not None and (found is None or found.id != wanted.id):
                raise DataError(
                    f'Rows of "{table}" cannot belong to "{wanted.parent}" by {wanted.id}: '
                    f"{_explain(wanted, planned)}.",
                    f"choose a relation that every row has, or set {table}.owner=none.",
                )


def cut_table(text: str, tables: Collection[str]) -> tuple[str, str, str]:
    """The table before the dot, the dot, and the rest; names of tables may have dots themselves."""
    found = [name for name in tables if text.strip().startswith(f"{name}.")]
    if not found:
        return text.strip().partition(".")
    name = max(found, key=len)
    return name, ".", text.strip()[len(name) + 1 :]


def _explain(relation: Relation, planned: RelatedSchema) -> str:
    if planned.get(relation.parent).is_public or planned.get(relation.child).is_public:
        return "rows of a public table have and are no owners"
    if relation.is_self:
        return "rows of the own table are no owners"
    return "some rows have no parent, or another relation leads there as well"


def _split(text: str, schema: RelatedSchema) -> tuple[str, str, bool]:
    """The table that a change is of, the change without it, and whether it is one of a column."""
    table, dot, rest = cut_table(text, schema.by_name)
    path, equals, _ = rest.partition("=")
    if not dot or not equals:
        raise DataError(
            f'"{text}" names no table, or nothing to set.',
            f"write TABLE.COLUMN.key=value, such as {_find_example(schema)}.role=identity, with one of the "
            f"tables {', '.join(schema.by_name)}; or TABLE.owner=COLUMN.",
        )
    schema.get(table)
    if "." in path:
        return table, rest, True
    if path.strip() not in _SETTERS:
        example = f"{_find_example(schema, table)}.role=identity"
        raise DataError(
            f'Table "{table}" has no "{path.strip()}" to set.',
            f"use one of {', '.join(_SETTERS)}, or name a column, as in {example}.",
        )
    return table, rest, False


def _find_example(schema: RelatedSchema, table: str = "") -> str:
    """A column of a table, or of the first one."""
    found = schema.get(table) if table else schema.tables[0]
    own = schema.list_own_columns(found.name) or found.columns
    return f"{found.name}.{own[-1]}"


def _set_primary_key(schema: RelatedSchema, table: str, value: str) -> RelatedSchema:
    return edits.with_primary_key(schema, table, _read_columns(value, schema.get(table).columns))


def _set_unique(schema: RelatedSchema, table: str, value: str) -> RelatedSchema:
    columns = schema.get(table).columns
    keys = [_read_columns(part.strip(), columns) for part in value.split(";")]
    return edits.with_unique(schema, table, [key for key in keys if key])


def _set_owner(schema: RelatedSchema, table: str, value: str) -> RelatedSchema:
    if value.lower() == NONE:
        return edits.without_owner(schema, table)
    own = schema.list_relations(table)
    by_columns = {"+".join(one.columns): one.id for one in own}
    names = {one.id: one.id for one in own} | by_columns
    by_parent = [one.id for one in own if one.parent == value]
    if value not in names and len(by_parent) != 1:
        raise DataError(
            f'"{value}" is no relation of "{table}".', f"use one of {', '.join([*by_columns, NONE])}."
        )
    return edits.with_owner(schema, names.get(value) or by_parent[0])


def _set_public(schema: RelatedSchema, table: str, value: str) -> RelatedSchema:
    if value.lower() not in _WORDS:
        raise DataError(f'"{table}.public" is "{value}".', "write true or false.")
    return edits.with_public(schema, table, _WORDS[value.lower()])


_SETTERS: Mapping[str, Callable[[RelatedSchema, str, str], RelatedSchema]] = MappingProxyType(
    {
        "primary_key": _set_primary_key,
        "owner": _set_owner,
        "unique": _set_unique,
        "order": edits.with_order,
        "public": _set_public,
    }
)


def _add_relation(schema: RelatedSchema, text: str, tables: Mapping[str, Sequence[str]]) -> RelatedSchema:
    """One more relation; to the primary key of the parent where no column of it is named."""
    left, right = _halve(text)
    child = _read_end(left, tables)
    if right in tables:
        return edits.with_relation(schema, child.child, child.columns, right)
    parent = _read_end(right, tables)
    return edits.with_relation(schema, child.child, child.columns, parent.child, parent.columns)


def _read_relation(text: str, tables: Mapping[str, Sequence[str]]) -> Relation:
    left, right = _halve(text)
    child, parent = _read_end(left, tables), _read_end(right, tables)
    return replace(child, parent=parent.child, parent_columns=parent.columns, why=edits.BY_HAND)


def _halve(text: str) -> tuple[str, str]:
    left, arrow, right = text.partition(_ARROW)
    if not arrow or not left.strip() or not right.strip():
        raise DataError(f'"{text}" is no relation.', f'write "{_EXAMPLE}".')
    return left.strip(), right.strip()


def _read_end(text: str, tables: Mapping[str, Sequence[str]]) -> Relation:
    """Columns of a table such as "cards.account_id+card_no", as the child of a relation without a parent."""
    table, dot, columns = cut_table(text, tables)
    if not dot or table not in tables:
        known = ", ".join(tables)
        raise DataError(f'"{text}" names no table and column.', f"write TABLE.COLUMN, with one of {known}.")
    return Relation(table, _read_columns(columns, tables[table], table), "", ())


def _read_key(text: str, tables: Mapping[str, Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    table, equals, value = text.partition("=")
    if not equals or table.strip() not in tables:
        known = ", ".join(tables)
        raise DataError(f'"{text}" is no key of a table.', f"write TABLE=COLUMN,COLUMN, with one of {known}.")
    return table.strip(), _read_columns(value.strip(), tables[table.strip()], table.strip())


def _read_columns(text: str, known: Sequence[str], table: str = "") -> tuple[str, ...]:
    """The columns that a text names with "," or "+" between them; none for "none".

    Names that hold these signs are found as well where they stand alone.
    """
    if text in known:
        return (text,)
    if text.lower() == NONE:
        return ()
    names = tuple(part.strip() for part in text.replace("+", ",").split(","))
    absent = [name for name in names if name not in known]
    if absent and table:
        raise DataError(f'Table "{table}" has no column "{absent[0]}".', f"use one of {', '.join(known)}.")
    return names
