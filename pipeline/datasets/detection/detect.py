"""From an unknown table to its DatasetSpec and SDV metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from pipeline.datasets.detection.columns import (
    Evidence,
    derive_as,
    describe_as,
    detect_column,
    identify,
)
from pipeline.datasets.detection.dated_codes import find_dated_codes
from pipeline.datasets.detection.details import complete
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.detection.founding import find_founders
from pipeline.datasets.detection.given import date_format, read_given
from pipeline.datasets.detection.links import Links, find_links
from pipeline.datasets.detection.names import read_name
from pipeline.datasets.detection.numbers import correlates
from pipeline.datasets.detection.pairs import pair
from pipeline.datasets.detection.pools import share_pools
from pipeline.datasets.detection.row_countries import share_gaps
from pipeline.datasets.detection.rules import default_rules
from pipeline.datasets.detection.tails import find_tails
from pipeline.datasets.detection.typing import TypedTable, is_amount, is_span
from pipeline.datasets.detection.written import PLAIN, WrittenColumn, describe_forms, hide_words
from pipeline.datasets.entities import keep_together
from pipeline.datasets.forms import Hints
from pipeline.datasets.kinds import find_kind, find_kind_of_sdtype, is_birth_date
from pipeline.datasets.metadata import METADATA_SPEC_VERSION
from pipeline.datasets.parsing import as_text, parse_numbers
from pipeline.datasets.sdtypes import describe_values, is_open
from pipeline.datasets.spec import CONTINUOUS, ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.datasets.typed import is_tolerant
from pipeline.errors import DataError

Decide = Callable[[Mapping[str, Finding], pd.DataFrame], Mapping[str, Finding]]
"""Given what columns were taken for and the table, what they are: where keys are known from elsewhere."""

_CODES = frozenset({"code", "key"})
_SAMPLE_ROWS = 2_000  # that show whether two columns correlate


def detect(
    table: pd.DataFrame,
    name: str,
    as_of: date | None = None,
    date_formats: Mapping[str, str] = MappingProxyType({}),
    public: Collection[str] = (),
    typed: TypedTable | None = None,
    decide: Decide | None = None,
) -> tuple[DatasetSpec, dict[str, Any]]:
    """Spec and SDV metadata (V2) of a typed table (see `reading.infer_types`); `as_of` is today unless given.

    `date_formats` holds the forms, other than ISO, that columns of dates had in the file; `typed` what was
    learned of the forms of columns, where `table` is its table. `public` names the columns whose values
    identify no one: they are categories. With `decide` the table is one of several, which may hold
    identities alone. The metadata holds no value of the table: no minimum, no maximum,
    no category. Raises DataError for a table without a column that can be modelled, and for a public
    column that does not exist.
    """
    _check_public(table, name, public)
    as_of = as_of or date.today()
    columns = [str(column) for column in table.columns]
    test, founds = _correlation_test(table), find_founders(table)
    findings = {
        column: detect_column(
            column,
            table[column],
            Evidence(
                as_of,
                date_formats.get(column),
                column in public,
                typed is not None and is_amount(typed.forms.get(column)),
                typed is not None and is_span(typed.forms.get(column)),
                lambda column=column: test(column),  # type: ignore[misc]
                lambda column=column: founds(column),  # type: ignore[misc]
            ),
        )
        for column in columns
    }
    findings = _compare(findings, table, public, typed)
    findings = _decide(decide, findings, table, typed) if decide else findings
    written = describe_forms(findings, typed or TypedTable(table))
    spec = _describe(
        hide_words(table, written), name, findings, as_of, frozenset(public), written, bool(decide)
    )
    return spec, describe_metadata(spec)


def _decide(
    decide: Decide, findings: Mapping[str, Finding], table: pd.DataFrame, typed: TypedTable | None
) -> dict[str, Finding]:
    """The findings as `decide` has them, with what the generators of those that it changed need."""
    decided = decide(findings, table)
    changed = {name: one for name, one in decided.items() if one is not findings[name]}
    return {**decided, **complete(changed, table, typed.forms if typed else {})}


def _compare(
    findings: Mapping[str, Finding], table: pd.DataFrame, public: Collection[str], typed: TypedTable | None
) -> dict[str, Finding]:
    """The findings of single columns with what the columns say of each other."""
    completed = complete(pair(findings, table, public), table, typed.forms if typed else {})
    return find_dated_codes(share_pools(find_tails(completed, table), table), table)


def _check_public(table: pd.DataFrame, name: str, public: Collection[str]) -> None:
    absent = [column for column in public if column not in table.columns]
    if absent:
        raise DataError(
            f'Table "{name}" has no column "{absent[0]}" that could be public.',
            "check the spelling of the name.",
        )


def _correlation_test(table: pd.DataFrame) -> Callable[[str], bool]:
    """Whether a column of numbers goes with a measure: one that is fractional, or an amount by its name."""
    sample = table.iloc[:: max(1, len(table) // _SAMPLE_ROWS)].head(_SAMPLE_ROWS)
    numbers = sample.select_dtypes("number")
    measures = [
        name
        for name in numbers.columns
        if numbers[name].nunique() > 2 and (read_name(str(name)).is_measure or (numbers[name] % 1 > 0).any())
    ]

    @cache
    def test(column: str) -> bool:
        others = numbers[[name for name in measures if name != column]]
        return column in numbers and correlates(numbers[column], others)

    return test


def adopt(
    cells: pd.DataFrame,
    name: str,
    metadata: Mapping[str, Any],
    as_of: date | None = None,
    decide: Decide | None = None,
    hints: Hints | None = None,
) -> tuple[DatasetSpec, pd.DataFrame]:
    """Spec of a table whose SDV metadata is given, and the table as text to be stored.

    `cells` is the table as its file holds it. Sdtypes decide the roles, values only the details;
    words for missing numbers are left out of numerical columns. `decide` is as for `detect`. A pattern of
    dates that the cells do not have gives way to theirs, which the spec's `source` says. Raises
    MetadataError for a column that is not what its sdtype says.
    """
    described = metadata["tables"][name]["columns"]
    given = read_given(cells, described, name, hints or Hints())
    typed = given.typed
    findings = {
        column: _follow_sdtype(column, as_text(cells[column]), typed, described[column])
        for column in map(str, cells)
    }
    findings = dict(decide(findings, typed.table)) if decide else findings
    findings = _complete_codes(_complete_people(findings, typed), cells)
    formed = {column: findings[column] for column in findings if _is_formed(typed, column, described)}
    written = describe_forms(formed, typed)
    shown = hide_words(typed.table, written)
    spec = _describe(
        shown, name, findings, as_of or date.today(), written=written, is_one_of_several=bool(decide)
    )
    dates = {one for one in typed.table if pd.api.types.is_datetime64_any_dtype(typed.table[one])}
    kept = dates | {column.name for column in spec.columns if is_tolerant(column)}
    texts = {
        column: as_text((cells if column in kept else typed.table)[column]) for column in map(str, cells)
    }
    source = {"findings": list(given.findings)} if given.findings else {}
    return replace(spec, source=source), pd.DataFrame(texts)


def _complete_people(findings: Mapping[str, Finding], typed: TypedTable) -> dict[str, Finding]:
    """The findings with the countries, forms and cases of what is no code, since an sdtype says none."""
    people = {
        name: one for name, one in findings.items() if one.role is Role.IDENTITY and one.kind not in _CODES
    }
    return {**findings, **complete(people, typed.table, typed.forms)}


def _complete_codes(findings: Mapping[str, Finding], cells: pd.DataFrame) -> dict[str, Finding]:
    """The findings with the form of codes learned from the cells, since an sdtype says none."""
    codes = {name: one for name, one in findings.items() if one.kind == "code"}
    values = {name: _type_identifiers(as_text(cells[name])) for name in codes}
    return {**findings, **complete(codes, pd.DataFrame(values, index=cells.index))}


def _type_identifiers(texts: pd.Series) -> pd.Series:
    """Identifiers as numbers where all are whole numbers, else as text."""
    numbers = parse_numbers(texts)
    return texts if numbers is None or numbers.dtype.kind != "i" else numbers


def _is_formed(typed: TypedTable, column: str, described: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the cells of a column with given metadata say how it is written."""
    return column in typed.forms or is_open(described[column])


def _follow_sdtype(name: str, texts: pd.Series, typed: TypedTable, described: Mapping[str, Any]) -> Finding:
    sdtype, values, learned = described["sdtype"], typed.table[name], typed.forms.get(name)
    why = f"the metadata says {sdtype}"
    if sdtype == "id":
        return identify(name, _type_identifiers(texts))
    if values.isna().all():
        return derive_as(values, "empty", "no value in any row")
    if sdtype == "numerical":
        return describe_as(values, ModelledType.NUMERICAL, why)
    if sdtype == "datetime":
        pattern = date_format(texts, described) if learned is None else None
        return describe_as(values, ModelledType.DATETIME, why, pattern)
    if sdtype in ("categorical", "ordinal", "boolean"):
        return describe_as(values, ModelledType.CATEGORICAL, why)
    found = detect_column(name, values, Evidence(is_amount=is_amount(learned), is_span=is_span(learned)))
    if described.get("pii") is False:
        return found
    kind = find_kind(found.kind) if found.role is Role.IDENTITY else None
    if kind is not None and kind.sdtype == sdtype:
        # The values say of which country, which an sdtype does not.
        return replace(found, why=f"{why}; {found.why}")
    return derive_as(values, find_kind_of_sdtype(sdtype).name, why)


def _describe(
    table: pd.DataFrame,
    name: str,
    findings: Mapping[str, Finding],
    as_of: date,
    public: Collection[str] = (),
    written: Mapping[str, WrittenColumn] = MappingProxyType({}),
    is_one_of_several: bool = False,
) -> DatasetSpec:
    links = find_links(table, findings, as_of)
    columns = tuple(
        written.get(column, PLAIN).apply(describe_column(column, finding, links, column in public))
        for column, finding in findings.items()
    )
    is_learned = links.features or any(column.role is Role.MODELLED for column in columns)
    if not is_learned and not is_one_of_several:
        raise DataError(
            f'Table "{name}" holds identities alone, so there is nothing to learn.',
            "add columns with statistics, or say with --metadata which columns are categorical or numerical.",
        )
    spec = DatasetSpec(
        name=name,
        title=name.replace("_", " ").replace("-", " ").capitalize(),
        description=f"{len(columns)} columns, registered on {as_of.isoformat()}.",
        table=name,
        as_of=as_of,
        columns=share_gaps(columns, table),
        features=(*links.features, *(part for one in written.values() for part in one.features)),
    )
    spec = keep_together(spec, table)
    return replace(spec, rules=default_rules(spec, table))


def describe_column(name: str, finding: Finding, links: Links, is_public: bool) -> ColumnSpec:
    """The description of a column by its finding and what it goes with."""
    kind = find_kind(finding.kind) if finding.role is Role.IDENTITY else None
    return ColumnSpec(
        name=name,
        role=finding.role,
        kind=str(finding.kind),
        follows=links.follows.get(name, ()),
        is_unique=finding.is_unique and (kind is None or kind.can_be_unique),
        may_equal_real=kind is not None and kind.may_equal_real,
        is_public=is_public,
        options=dict(finding.options),
        why=finding.why,
        alternatives=finding.alternatives,
    )


def describe_metadata(spec: DatasetSpec) -> dict[str, Any]:
    """SDV metadata of a spec; the first unique key column becomes the primary key."""
    table: dict[str, Any] = {"columns": {column.name: _describe_sdtype(column) for column in spec.columns}}
    keys = [column.name for column in spec.columns if _sdtype_of(column) == "id" and column.is_unique]
    if keys:
        table["primary_key"] = keys[0]
    return {
        "tables": {spec.table: table},
        "relationships": [],
        "METADATA_SPEC_VERSION": METADATA_SPEC_VERSION,
    }


def _describe_sdtype(column: ColumnSpec) -> dict[str, Any]:
    if is_birth_date(column.kind) or column.kind in CONTINUOUS:
        return describe_values(column)
    if column.role is Role.MODELLED:
        return {"sdtype": str(column.kind)}
    sdtype = _sdtype_of(column)
    return {"sdtype": sdtype} if sdtype == "id" else {"sdtype": sdtype, "pii": True}


def _sdtype_of(column: ColumnSpec) -> str:
    kind = find_kind(column.kind) if column.role is Role.IDENTITY else None
    return kind.sdtype if kind is not None else "unknown"
