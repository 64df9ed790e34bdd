"""From an unknown table to its DatasetSpec and SDV metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from pipeline.column_detection import (
    Finding,
    detect_column,
    identity_finding,
    key_finding,
    modelled_finding,
    split_name,
)
from pipeline.dataset import ColumnSpec, DatasetSpec, FeatureSpec, ModelledType, Role
from pipeline.default_rules import default_rules
from pipeline.errors import DataError
from pipeline.parsing import ISO_DATE, as_text, compute_ages, guess_date_format, to_dates

METADATA_SPEC_VERSION = "V2"
CARD_NETWORKS = frozenset({"Visa", "Mastercard", "American Express", "Discover", "JCB", "Diners Club"})

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


def detect(table: pd.DataFrame, name: str, as_of: date | None = None) -> tuple[DatasetSpec, dict[str, Any]]:
    """Spec and SDV metadata (V2) of a typed table (see `reading.read_table`); `as_of` is today unless given.

    The metadata holds no value of the table: no minimum, no maximum, no category. Raises DataError
    for a column without any value, and for a table of identities alone.
    """
    _check_filled(table, name)
    findings = {str(column): detect_column(str(column), table[column]) for column in table.columns}
    spec = _describe(table, name, findings, as_of or date.today())
    return spec, _describe_metadata(spec)


def adopt(
    cells: pd.DataFrame,
    typed: pd.DataFrame,
    name: str,
    metadata: Mapping[str, Any],
    as_of: date | None = None,
) -> DatasetSpec:
    """Spec of a table whose SDV metadata is given: sdtypes decide the roles, values only the details.

    `cells` holds the columns as text, `typed` as `reading.infer_types` reads them.
    """
    _check_filled(typed, name)
    described = metadata["tables"][name]
    keys = described.get("primary_key")
    keys = {keys} if isinstance(keys, str) else set(keys or ())
    findings = {
        column: _follow_sdtype(
            column, cells[column], typed[column], described["columns"][column], column in keys
        )
        for column in cells.columns
    }
    return _describe(typed, name, findings, as_of or date.today())


def _check_filled(table: pd.DataFrame, name: str) -> None:
    for column in table.columns:
        if table[column].isna().all():
            raise DataError(
                f'Table "{name}": column "{column}" is empty in every row.', "leave the column out."
            )


def _follow_sdtype(
    name: str, cells: pd.Series, typed: pd.Series, described: Mapping[str, Any], is_key: bool
) -> Finding:
    sdtype = described["sdtype"]
    if is_key or sdtype == "id":
        return key_finding(typed if pd.api.types.is_integer_dtype(typed) else as_text(cells))
    if sdtype == "numerical":
        return modelled_finding(typed, ModelledType.NUMERICAL)
    if sdtype == "datetime":
        date_format = described.get("datetime_format") or guess_date_format(cells) or ISO_DATE
        return modelled_finding(typed, ModelledType.DATETIME, date_format)
    if sdtype in ("categorical", "ordinal", "boolean"):
        return modelled_finding(typed, ModelledType.CATEGORICAL)
    if described.get("pii") is False:
        return detect_column(name, typed)
    return identity_finding(_IDENTITY_OF_SDTYPE.get(sdtype, f"faker:{sdtype}"), cells)


@dataclass(frozen=True)
class _Links:
    """Features of identity columns, and which columns each identity column follows."""

    features: tuple[FeatureSpec, ...]
    follows: Mapping[str, tuple[str, ...]]


def _describe(table: pd.DataFrame, name: str, findings: Mapping[str, Finding], as_of: date) -> DatasetSpec:
    links = _link(table, findings, as_of)
    columns = tuple(
        ColumnSpec(
            name=column,
            role=finding.role,
            kind=str(finding.kind),
            follows=links.follows.get(column, ()),
            is_unique=finding.is_unique,
            may_equal_real=_may_equal_real(finding),
            options=dict(finding.options),
        )
        for column, finding in findings.items()
    )
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


def _may_equal_real(finding: Finding) -> bool:
    """Common names and short codes coincide with real ones whatever one does; everything else must not."""
    names = ("person_name", "first_name", "last_name", "cvv", "date_of_birth")
    places = ("faker:company", "faker:city", "faker:postcode", "faker:country", "faker:state")
    return finding.role is Role.IDENTITY and finding.kind in (*names, *places)


def _link(table: pd.DataFrame, findings: Mapping[str, Finding], as_of: date) -> _Links:
    features = _find_features(table, findings, as_of)
    follows = {feature.column: (feature.name,) for feature in features}
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
    return {"minimum": int(ages.min()), "maximum": int(ages.max())}


def _are_us_addresses(values: pd.Series) -> bool:
    return bool(as_text(values).dropna().str.fullmatch(r".*,\s*[A-Z]{2}\s+\d{5}(?:-\d{4})?\s*").all())


def _find_names(findings: Mapping[str, Finding]) -> tuple[str, ...]:
    """The column of whole names, or first and last names, that an e-mail address is made of."""
    by_kind = {item.kind: name for name, item in reversed(findings.items())}
    if "person_name" in by_kind:
        return (by_kind["person_name"],)
    return tuple(by_kind[kind] for kind in ("first_name", "last_name") if kind in by_kind)


def _find_gender(findings: Mapping[str, Finding]) -> tuple[str, ...]:
    return _find_categorical(findings, lambda name: bool(_GENDER_WORDS & set(split_name(name))))


def _find_network(table: pd.DataFrame, findings: Mapping[str, Finding]) -> tuple[str, ...]:
    return _find_categorical(findings, lambda name: set(as_text(table[name]).dropna()) <= CARD_NETWORKS)


def _find_categorical(findings: Mapping[str, Finding], accepts: Callable[[str], bool]) -> tuple[str, ...]:
    """The first categorical column that is accepted, if any."""
    found = (
        name for name, item in findings.items() if item.kind == ModelledType.CATEGORICAL and accepts(name)
    )
    return tuple(found)[:1]


def _describe_metadata(spec: DatasetSpec) -> dict[str, Any]:
    """SDV metadata of a spec; the first unique key column becomes the primary key."""
    table: dict[str, Any] = {"columns": {column.name: _describe_column(column) for column in spec.columns}}
    keys = [column.name for column in spec.columns if column.kind in ("key", "user_id") and column.is_unique]
    if keys:
        table["primary_key"] = keys[0]
    return {
        "tables": {spec.table: table},
        "relationships": [],
        "METADATA_SPEC_VERSION": METADATA_SPEC_VERSION,
    }


def _describe_column(column: ColumnSpec) -> dict[str, Any]:
    if column.kind == "date_of_birth" or column.kind == ModelledType.DATETIME:
        return {"sdtype": "datetime", "datetime_format": column.options.get("format", ISO_DATE)}
    if column.role is Role.MODELLED:
        return {"sdtype": str(column.kind)}
    sdtype = _SDTYPE_OF_IDENTITY.get(column.kind, column.kind.removeprefix("faker:"))
    return {"sdtype": sdtype} if sdtype == "id" else {"sdtype": sdtype, "pii": True}
