"""Which columns belong together: ages and states inside identity columns, names after genders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipeline.datasets.detection.columns import OLDEST_AGE
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.detection.names import split_name
from pipeline.datasets.detection.ranges import find_plausible_range
from pipeline.datasets.detection.row_countries import find_followed, fit_american, read_row_countries
from pipeline.datasets.kinds import find_kind
from pipeline.datasets.parsing import as_text, compute_ages, to_dates
from pipeline.datasets.person_names import are_parts
from pipeline.datasets.spec import FeatureSpec, ModelledType, Role

CARD_NETWORKS = frozenset(
    ("visa", "mastercard", "mc", "americanexpress", "amex", "discover", "jcb", "dinersclub", "diners")
)
_MOST_SPELLINGS = 50
_GENDER_WORDS = frozenset(
    {"gender", "sex", "geschlecht", "sexe", "anrede", "civilite", "salutation", "title"}
)


@dataclass(frozen=True)
class Links:
    """Features of identity columns, and which columns each identity column follows."""

    features: tuple[FeatureSpec, ...]
    follows: Mapping[str, tuple[str, ...]]


def find_links(table: pd.DataFrame, findings: Mapping[str, Finding], as_of: date) -> Links:
    """Features and followed columns of a table whose columns are described."""
    features = _find_features(table, findings, as_of)
    follows: dict[str, tuple[str, ...]] = {feature.column: (feature.name,) for feature in features}
    state = next((feature.name for feature in features if feature.kind == "us_state"), None)
    gender, network = _find_gender(findings), _find_network(table, findings)
    names = _find_first_and_last(findings)
    countries = _find_countries(table, findings)
    leaders = {
        "gender": gender,
        "names": _find_names(findings),
        "card_network": network,
        "us_state": (state,) if state else (),
        "place": next((one for name, one in countries.items() if findings[name].kind == "postcode"), ()),
    }
    for name, finding in findings.items():
        if finding.kind == "person_name" and names and are_parts(table[name], *(table[one] for one in names)):
            follows[name] = names
        elif name in countries:
            follows.setdefault(name, countries[name])
        elif leader := leaders.get(_find_leader(finding)):
            follows.setdefault(name, leader)
        elif finding.kind == "tail" and "of" in finding.options:
            follows[name] = (str(finding.options["of"]),)
    return Links(features, follows)


def _find_countries(table: pd.DataFrame, findings: Mapping[str, Finding]) -> dict[str, tuple[str, ...]]:
    """The column of countries that each column agrees with which is made to fit the country of its row."""
    wanted = [name for name, item in findings.items() if _find_leader(item) == "country"]
    categorical = [name for name, item in findings.items() if item.kind == ModelledType.CATEGORICAL]
    countries = read_row_countries(table, categorical) if wanted else []
    found = {name: find_followed(findings[name].kind, table[name], countries) for name in wanted}
    return {name: (leader,) for name, leader in found.items() if leader}


def _find_leader(finding: Finding) -> str:
    """What columns of this kind follow, "" for none."""
    kind = find_kind(finding.kind)
    return kind.follows if kind is not None else ""


def _find_features(
    table: pd.DataFrame, findings: Mapping[str, Finding], as_of: date
) -> tuple[FeatureSpec, ...]:
    """An age for each birth date and a state for each column of U.S. addresses that can be read as such."""
    features: list[FeatureSpec] = []
    for name, finding in findings.items():
        kind = find_kind(finding.kind) if finding.role is Role.IDENTITY else None
        if kind is None or not kind.feature_label:
            continue
        if kind.feature == "us_state" and not _are_us_addresses(table[name]):
            continue
        taken = {*findings, *(feature.name for feature in features)}
        label = kind.feature_label if kind.feature_label not in taken else f"{name}_{kind.feature_label}"
        limits = _age_range(table, name, as_of) if kind.is_birth_date else {}
        features.append(FeatureSpec(label, kind.feature, name, limits))
    return tuple(features)


def _age_range(table: pd.DataFrame, name: str, as_of: date) -> dict[str, int]:
    births = to_dates(table[name], f'Column "{name}"').dropna()
    ages = compute_ages(births.to_numpy(), as_of)
    low, high = find_plausible_range(ages)
    return {"minimum": int(low), "maximum": min(int(high), max(OLDEST_AGE, int(ages.max())))}


def _are_us_addresses(values: pd.Series) -> bool:
    return bool(fit_american(as_text(values).dropna()).all())


def _find_names(findings: Mapping[str, Finding]) -> tuple[str, ...]:
    """The column of whole names, or first and last names, that an e-mail address is made of."""
    by_kind = _find_first_of_kinds(findings)
    if "person_name" in by_kind:
        return (by_kind["person_name"],)
    return tuple(by_kind[kind] for kind in ("first_name", "last_name") if kind in by_kind)


def _find_first_and_last(findings: Mapping[str, Finding]) -> tuple[str, ...]:
    """The first column of first names and that of last names; none where one of them is missing."""
    by_kind = _find_first_of_kinds(findings)
    wanted = ("first_name", "last_name")
    return tuple(by_kind[kind] for kind in wanted) if by_kind.keys() >= {*wanted} else ()


def _find_first_of_kinds(findings: Mapping[str, Finding]) -> dict[str, str]:
    """The first column of each kind."""
    return {item.kind: name for name, item in reversed(list(findings.items()))}


def _find_gender(findings: Mapping[str, Finding]) -> tuple[str, ...]:
    return _find_categorical(findings, lambda name: bool(_GENDER_WORDS & set(split_name(name))))


def _find_network(table: pd.DataFrame, findings: Mapping[str, Finding]) -> tuple[str, ...]:
    return _find_categorical(findings, lambda name: _are_networks(table[name]))


def _are_networks(values: pd.Series) -> bool:
    distinct = pd.Series(values.dropna().unique())
    return (
        len(distinct) <= _MOST_SPELLINGS and {_letters(text) for text in as_text(distinct)} <= CARD_NETWORKS
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text)).lower()


def _find_categorical(findings: Mapping[str, Finding], accepts: Callable[[str], bool]) -> tuple[str, ...]:
    """The first categorical column that is accepted, if any."""
    found = (
        name for name, item in findings.items() if item.kind == ModelledType.CATEGORICAL and accepts(name)
    )
    return tuple(found)[:1]
