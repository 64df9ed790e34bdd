"""Which promises parts can keep without knowing of each other, and which of them cannot."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.schema import RelatedTable
from pipeline.datasets.spec import Role
from pipeline.errors import DataError

_ALONG_PARENT = frozenset({"running", "one_open", "ordered", "total", "count"})


def require_separable(dataset: RelatedDataset) -> None:
    """Raise DataError where a key or a rule of several rows could be broken between two parts.

    A key never repeats between parts where one of its columns is a unique identity column, which has a range
    of its own in each part, or takes one from a parent.
    """
    for table in dataset.schema.tables:
        for columns, what in () if table.is_public else _list_keys(dataset, table):
            if not any(_is_separated(dataset, table.name, column) for column in columns):
                raise DataError(
                    f'Table "{table.name}": {what} {", ".join(columns)} holds learned values or keys of '
                    "public tables alone, which may repeat between parts.",
                    "generate the tables in one part: use generate, or a larger --part-roots.",
                )
    _check_rules(dataset)


def _list_keys(dataset: RelatedDataset, table: RelatedTable) -> Iterator[tuple[tuple[str, ...], str]]:
    schema = dataset.schema
    if table.primary_key:
        yield table.primary_key, "the primary key"
    for columns in table.unique:
        yield columns, "the unique key"
    for relation in schema.list_relations(table.name):
        if relation.is_one_to_one and schema.get(relation.parent).is_public:
            yield relation.columns, "the one-to-one key"
    for rule in schema.rules:
        if rule.is_confirmed and rule.kind == "unique" and rule.table == table.name:
            yield rule.columns, "the rule unique of"


def _is_separated(dataset: RelatedDataset, name: str, column: str) -> bool:
    """Whether no value of a column is in two parts."""
    schema = dataset.schema
    if schema.get(name).is_public:
        return False
    for relation in schema.list_relations(name):
        if column in relation.columns and not relation.is_self:
            above = relation.parent_columns[relation.columns.index(column)]
            return _is_separated(dataset, relation.parent, above)
    single = dataset.table(name)
    known = {one.name: one for one in single.spec.columns} if single else {}
    return column in known and known[column].role is Role.IDENTITY and known[column].is_unique


def _check_rules(dataset: RelatedDataset) -> None:
    """A rule along the rows of a public parent would begin anew in every part."""
    schema = dataset.schema
    public = {one.id for one in schema.relations if schema.get(one.parent).is_public}
    for rule in schema.rules:
        if rule.is_confirmed and rule.kind in _ALONG_PARENT and rule.relation in public:
            raise DataError(
                f'Table "{rule.table}": the rule {rule.kind} of {", ".join(rule.columns)} goes along the '
                "rows of a public table, which every part has.",
                "generate the tables in one part: use generate, or a larger --part-roots.",
            )
