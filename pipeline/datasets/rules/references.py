"""What rules as text refer to: columns, tables and relations of a schema, numbers and dates."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from pipeline.datasets.related.schema import RelatedSchema, Relation
from pipeline.datasets.rules.expression import quote
from pipeline.datasets.rules.pieces import EXAMPLE, SINGLE_EXAMPLE, Pieces
from pipeline.errors import MetadataError


class Column(NamedTuple):
    """A column as text names it."""

    table: str
    name: str

    def __str__(self) -> str:
        return f"{quote(self.table)}.{quote(self.name)}"


def find_usual_relation(schema: RelatedSchema, child: str, parent: str = "") -> Relation | None:
    """The owner of a table, or its only relation, to `parent` if named; None where it is unclear."""
    found = [one for one in schema.list_relations(child) if parent in ("", one.parent)]
    owners = [one for one in found if one.is_owner]
    return owners[0] if owners else found[0] if len(found) == 1 else None


class RuleSource:
    """One text with the schema that it is about."""

    def __init__(self, text: str, schema: RelatedSchema) -> None:
        self.schema = schema
        self.pieces = Pieces(text, SINGLE_EXAMPLE if schema.is_single else EXAMPLE)

    def read_column(self) -> Column:
        """A column that the schema has; one table alone need not be named."""
        if self.schema.is_single and self.pieces.peek(1) != ".":
            column = Column(self.schema.tables[0].name, self.pieces.read_name("the name of a column"))
        else:
            table = self.pieces.read_name("a column, written table.column,")
            self.pieces.expect(".", f'between a table and its column, after "{table}"')
            column = Column(table, self.pieces.read_name("the name of a column"))
        self.require_table(column.table)
        known = self.schema.get(column.table).columns
        if column.name not in known:
            raise self.pieces.reject(
                f'table "{column.table}" has no column "{column.name}"', f"use one of {', '.join(known)}."
            )
        return column

    def require_table(self, table: str) -> None:
        """MetadataError where the schema has no such table."""
        if table not in self.schema.by_name and self.schema.is_single:
            raise self.refuse_relations(f'"{table}" is no column and no table of it')
        if table not in self.schema.by_name:
            raise self.pieces.reject(
                f'there is no table "{table}"', f"use one of {', '.join(self.schema.by_name)}."
            )

    def refuse_relations(self, reason: str) -> MetadataError:
        """The error for a rule of one table that would need another one."""
        return self.pieces.reject(
            f"{reason}, and the dataset has one table, without parents or children",
            "name columns of this table alone, or register related tables together.",
        )

    def require_one_table(self, columns: list[Column]) -> str:
        """The table of all columns; MetadataError where they are of several."""
        other = next((one for one in columns if one.table != columns[0].table), None)
        if other is not None:
            raise self.pieces.reject(f"{columns[0]} and {other} are of two tables")
        return columns[0].table

    def read_decimals(self) -> int:
        """A number of decimals."""
        if not re.fullmatch(r"\d", self.pieces.peek()):
            raise self.pieces.reject(f'"{self.pieces.peek()}" is no number of decimals from 0 to 9')
        return int(self.pieces.next())

    def read_literal(self) -> float | int | str:
        """A number or an ISO date."""
        sign = self.pieces.next() if self.pieces.peek() == "-" else ""
        piece = self.pieces.next()
        if re.fullmatch(r"\d+(\.\d+)?", piece):
            return float(sign + piece) if "." in piece else int(sign + piece)
        try:
            datetime.fromisoformat(piece)
        except ValueError:
            raise self.pieces.reject(
                f'"{sign}{piece}" is neither a number nor a date like 2026-01-31'
            ) from None
        return piece

    def read_along(self, child: str, parent: str = "") -> Relation:
        """The relation that `along` names, or the usual one."""
        if self.schema.is_single:
            raise self.refuse_relations("it goes along a relation")
        known = [one for one in self.schema.list_relations(child) if parent in ("", one.parent)]
        if self.pieces.peek() != "along":
            usual = find_usual_relation(self.schema, child, parent)
            if usual is None:
                raise self._refuse_relation(child, parent, known)
            return usual
        self.pieces.next()
        table = self.pieces.read_name("a relation")
        self.pieces.expect(".", "in the relation, written table.column")
        columns = [self.pieces.read_name("the column of a relation")]
        while self.pieces.peek() == "+":
            self.pieces.next()
            columns.append(self.pieces.read_name("the column of a relation"))
        found = [one for one in known if one.child == table and one.columns == tuple(columns)]
        if not found:
            raise self._refuse_relation(child, parent, known)
        return found[0]

    def _refuse_relation(self, child: str, parent: str, known: list[Relation]) -> MetadataError:
        to = f' to "{parent}"' if parent else ""
        if not known:
            return self.pieces.reject(f'table "{child}" has no relation{to}')
        return self.pieces.reject(
            f'it is not clear along which relation of "{child}"{to} it goes',
            f'add "along" and one of {", ".join(one.id for one in known)} at its end.',
        )
