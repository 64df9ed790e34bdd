"""From an unknown table to its DatasetSpec and SDV metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd

from pipeline.datasets.detection.columns import (
    Finding,
    detect_column,
    identity_finding,
    key_finding,
    modelled_finding,
    split_name,
)
from pipeline.datasets.detection.ranges import find_plausible_range
from pipeline.datasets.detection.rules import default_rules
from pipeline.datasets.metadata import METADATA_SPEC_VERSION
from pipeline.datasets.parsing import (
    ISO_DATE,
    OLDEST_AGE,
    as_text,
    compute_ages,
    guess_date_format,
    parse_numbers,
    to_dates,
    to_numbers,
)
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, FeatureSpec, ModelledType, Role
from pipeline.errors import DataError, MetadataError

CARD_NETWORKS = frozenset(
    ("visa", "mastercard", "mc", "americanexpress", "amex", "discover", "jcb", "dinersclub", "diners")
)

_IDENTITY_OF_SDTYPE = {
    "name": "person_name",
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "ssn": "ssn",
    "address": "us_address",
    "street_address": "us_address",
    "phone_number": "phone_number",
    "credit_card_number": "card_number",
    "credit_card_security_code": "cvv",
    "license_plate": "license_plate",
    "iban": "iban",
    "unknown": "text",
    "ipv4_address": "faker:ipv4",
    "ipv6_address": "faker:ipv6",
    "user_agent_string": "faker:user_agent",
}
_SDTYPE_OF_IDENTITY = {kind: sdtype for sdtype, kind in reversed(_IDENTITY_OF_SDTYPE.items())} | {
    "us_address": "address",
    "key": "id",
    "user_id": "id",
    "us_driver_license": "unknown",
    "date_of_birth": "datetime",
}
_GENDER_WORDS = frozenset({"gender", "sex"})


def detect(
    table: pd.DataFrame,
    name: str,
    as_of: date | None = None,
    date_formats: Mapping[str, str] = MappingProxyType({}),
) -> tuple[DatasetSpec, dict[str, Any]]:
    """Spec and SDV metadata (V2) of a typed table (see `reading.infer_types`); `as_of` is today unless given.

    `date_formats` holds the forms, other than ISO, that columns of dates had in the file.
    The metadata holds no value of the table: no minimum, no maximum, no category. Raises DataError
    for a column without any value, and for a table of identities alone.
    """
    _check_filled(table, name)
    as_of = as_of or date.today()
    findings = {
        str(column): detect_column(str(column), table[column], as_of, date_formats.get(str(column)))
        for column in table.columns
    }
    spec = _describe(table, name, findings, as_of)
    return spec, _describe_metadata(spec)


def adopt(
    cells: pd.DataFrame, name: str, metadata: Mapping[str, Any], as_of: date | None = None
) -> tuple[DatasetSpec, pd.DataFrame]:
    """Spec of a table whose SDV metadata is given, and the table as text to be stored.

    `cells` is the table as its file holds it. Sdtypes decide the roles, values only the details;
    words for missing numbers are left out of numerical columns. Raises MetadataError for a
    column that is not what its sdtype says.
    """
    _check_filled(cells, name)
    described = metadata["tables"][name]["columns"]
    values = {column: _read_as(cells[column], described[column], name) for column in cells.columns}
    table = pd.DataFrame(values, index=cells.index)
    findings = {
        column: _follow_sdtype(column, as_text(cells[column]), table[column], described[column])
        for column in table.columns
    }
    dates = {column for column in table.columns if pd.api.types.is_datetime64_any_dtype(table[column])}
    texts = {column: as_text((cells if column in dates else table)[column]) for column in table.columns}
    return _describe(table, name, findings, as_of or date.today()), pd.DataFrame(texts)


def _read_as(cells: pd.Series, described: Mapping[str, Any], table: str) -> pd.Series:
    """A column with the type of its sdtype: numbers, dates, or text."""
    texts = as_text(cells)
    where = f'Table "{table}": column "{cells.name}"'
    try:
        if described["sdtype"] == "numerical":
            numbers = parse_numbers(texts)
            return to_numbers(texts, where) if numbers is None else numbers
        if described["sdtype"] == "datetime":
            return to_dates(cells, where, _date_format(texts, described))
    except DataError as error:
        raise MetadataError(
            error.message, "correct the column's sdtype in the metadata, or those rows."
        ) from error
    return texts


def _date_format(texts: pd.Series, described: Mapping[str, Any]) -> str:
    return str(described.get("datetime_format") or guess_date_format(texts) or ISO_DATE)


def _check_filled(table: pd.DataFrame, name: str) -> None:
    for column in table.columns:
        if table[column].isna().all():
            raise DataError(
                f'Table "{name}": column "{column}" is empty in every row.', "leave the column out."
            )


def _follow_sdtype(name: str, texts: pd.Series, values: pd.Series, described: Mapping[str, Any]) -> Finding:
    sdtype = described["sdtype"]
    if sdtype == "id":
        numbers = parse_numbers(texts)
        return key_finding(texts if numbers is None or numbers.dtype.kind != "i" else numbers)
    if sdtype == "numerical":
        return modelled_finding(values, ModelledType.NUMERICAL)
    if sdtype == "datetime":
        return modelled_finding(values, ModelledType.DATETIME, _date_format(texts, described))
    if sdtype in ("categorical", "ordinal", "boolean"):
        return modelled_finding(values, ModelledType.CATEGORICAL)
    if described.get("pii") is False:
        return detect_column(name, values)
    return identity_finding(_IDENTITY_OF_SDTYPE.get(sdtype, f"faker:{sdtype}"), values)


@dataclass(frozen=True)
class _Links:
    """Features of identity columns, and which columns each identity column follows."""

    features: tuple[FeatureSpec, ...]
    follows: Mapping[str, tuple[str, ...]]


def _describe(table: pd.DataFrame, name: str, findings: Mapping[str, Finding], as_of: date) -> DatasetSpec:
    links = _link(table, findings, as_of)
    columns = tuple(_describe_column(column, finding, links) for column, finding in findings.items())
    if not links.features and not any(column.role is Role.MODELLED for column in columns):
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
        columns=columns,
        features=links.features,
    )
    return replace(spec, rules=default_rules(spec, table))


def _describe_column(name: str, finding: Finding, links: _Links) -> ColumnSpec:
    return ColumnSpec(
        name=name,
        role=finding.role,
        kind=str(finding.kind),
        follows=links.follows.get(name, ()),
        is_unique=finding.is_unique,
        may_equal_real=_may_equal_real(finding),
        options=dict(finding.options),
    )


def _may_equal_real(finding: Finding) -> bool:
    """Common names and short codes coincide with real ones whatever one does; everything else must not."""
    names = ("person_name", "first_name", "last_name", "cvv", "date_of_birth")
    places = ("faker:company", "faker:city", "faker:postcode", "faker:country", "faker:state")
    return finding.role is Role.IDENTITY and finding.kind in (*names, *places)


def _link(table: pd.DataFrame, findings: Mapping[str, Finding], as_of: date) -> _Links:
    features = _find_features(table, findings, as_of)
    follows: dict[str, tuple[str, ...]] = {feature.column: (feature.name,) for feature in features}
    state = next((feature.name for feature in features if feature.kind == "us_state"), None)
    gender, network = _find_gender(findings), _find_network(table, findings)
    leaders = {
        "person_name": gender,
        "first_name": gender,
        "email": _find_names(findings),
        "card_number": network,
        "cvv": network,
        "us_driver_license": (state,) if state else (),
    }
    for name, finding in findings.items():
        if leaders.get(finding.kind):
            follows.setdefault(name, leaders[finding.kind])
    return _Links(features, follows)


def _find_features(
    table: pd.DataFrame, findings: Mapping[str, Finding], as_of: date
) -> tuple[FeatureSpec, ...]:
    """An age for each birth date and a state for each column of U.S. addresses that can be read as such."""
    kinds = {"date_of_birth": "age", "us_address": "us_state"}
    labels = {"age": "age", "us_state": "state"}
    features: list[FeatureSpec] = []
    for name, finding in findings.items():
        kind = kinds.get(finding.kind)
        if kind is None or (kind == "us_state" and not _are_us_addresses(table[name])):
            continue
        taken = {*findings, *(feature.name for feature in features)}
        label = labels[kind] if labels[kind] not in taken else f"{name}_{labels[kind]}"
        features.append(
            FeatureSpec(label, kind, name, _age_range(table, name, as_of) if kind == "age" else {})
        )
    return tuple(features)


def _age_range(table: pd.DataFrame, name: str, as_of: date) -> dict[str, int]:
    births = to_dates(table[name], f'Column "{name}"').dropna()
    ages = compute_ages(births.to_numpy(), as_of)
    low, high = find_plausible_range(ages)
    return {"minimum": int(low), "maximum": min(int(high), max(OLDEST_AGE, int(ages.max())))}


def _are_us_addresses(values: pd.Series) -> bool:
    return bool(as_text(values).dropna().str.fullmatch(r".*,\s*[A-Z]{2}\s+\d{5}(?:-\d{4})?\s*").all())


def _find_names(findings: Mapping[str, Finding]) -> tuple[str, ...]:
    """The column of whole names, or first and last names, that an e-mail address is made of."""
    by_kind = {item.kind: name for name, item in reversed(list(findings.items()))}
    if "person_name" in by_kind:
        return (by_kind["person_name"],)
    return tuple(by_kind[kind] for kind in ("first_name", "last_name") if kind in by_kind)


def _find_gender(findings: Mapping[str, Finding]) -> tuple[str, ...]:
    return _find_categorical(findings, lambda name: bool(_GENDER_WORDS & set(split_name(name))))


def _find_network(table: pd.DataFrame, findings: Mapping[str, Finding]) -> tuple[str, ...]:
    return _find_categorical(
        findings, lambda name: {_letters(text) for text in as_text(table[name]).dropna()} <= CARD_NETWORKS
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text)).lower()


def _find_categorical(findings: Mapping[str, Finding], accepts: Callable[[str], bool]) -> tuple[str, ...]:
    """The first categorical column that is accepted, if any."""
    found = (
        name for name, item in findings.items() if item.kind == ModelledType.CATEGORICAL and accepts(name)
    )
    return tuple(found)[:1]


def _describe_metadata(spec: DatasetSpec) -> dict[str, Any]:
    """SDV metadata of a spec; the first unique key column becomes the primary key."""
    table: dict[str, Any] = {"columns": {column.name: _describe_sdtype(column) for column in spec.columns}}
    keys = [column.name for column in spec.columns if column.kind in ("key", "user_id") and column.is_unique]
    if keys:
        table["primary_key"] = keys[0]
    return {
        "tables": {spec.table: table},
        "relationships": [],
        "METADATA_SPEC_VERSION": METADATA_SPEC_VERSION,
    }


def _describe_sdtype(column: ColumnSpec) -> dict[str, Any]:
    if column.kind == "date_of_birth" or column.kind == ModelledType.DATETIME:
        return {"sdtype": "datetime", "datetime_format": column.options.get("format", ISO_DATE)}
    if column.role is Role.MODELLED:
        return {"sdtype": str(column.kind)}
    sdtype = _SDTYPE_OF_IDENTITY.get(column.kind, column.kind.removeprefix("faker:"))
    return {"sdtype": sdtype} if sdtype == "id" else {"sdtype": sdtype, "pii": True}
