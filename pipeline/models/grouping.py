"""Rows dealt to entities: as many rows each as in the sample, what describes an entity the same in all.

Each part of a job has entities of its own: none spans two parts. How many entities a part has follows
from its rows and the sample alone, so that parts made apart number theirs without meeting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.entities import find_chain, list_countries
from pipeline.datasets.spec import DatasetSpec, EntitySpec
from pipeline.errors import SamplingError
from pipeline.models.dealing import compute_rate, deal, draw_sizes, share_entities

_STREAM = 0x67726F75


@dataclass(frozen=True)
class PartOfJob:
    """Which rows of a job are grouped; `shared` are columns whose shares must stay exact."""

    seed: int
    first_row: int = 0
    total_rows: int | None = None
    shared: Collection[str] = ()


@dataclass(frozen=True, eq=False)
class Group:
    """The entities of one kind in a part.

    `numbers` has the entity of each row, in the order of first appearance, `owners` the first row of each
    entity. The part's first entity has the global number `first` among `total` of the job.
    """

    entity: EntitySpec
    numbers: np.ndarray
    owners: np.ndarray
    first: int
    total: int

    @property
    def owner_of_row(self) -> np.ndarray:
        """For each row the first row of its entity."""
        return np.asarray(self.owners[self.numbers])


@dataclass(frozen=True, eq=False)
class Grouping:
    """The modelled rows with what is constant made so, and their entities, parents first."""

    modelled: pd.DataFrame
    groups: tuple[Group, ...]


def group_rows(spec: DatasetSpec, modelled: pd.DataFrame, part: PartOfJob) -> Grouping:
    """Deal the rows of a part to the entities of a dataset; the same rows and seed give the same groups.

    Rows keep their order, unless the sample has each entity's rows together. Raises SamplingError where a
    part is too small to hold an entity of its own.
    """
    if not spec.entities or modelled.empty:
        return Grouping(modelled, ())
    numbers = _Dealer(spec, modelled, part).deal_all()
    order = _sort_rows(spec.entities, numbers)
    rows = modelled if order is None else modelled.iloc[order].reset_index(drop=True)
    ordered = sorted(spec.entities, key=lambda one: len(find_chain(spec.entities, one)))
    groups = tuple(
        _number(entity, numbers[entity.name] if order is None else numbers[entity.name][order], part)
        for entity in ordered
    )
    return Grouping(_make_constant(spec, rows, groups), groups)


def list_constants(spec: DatasetSpec, entity: EntitySpec) -> tuple[str, ...]:
    """The modelled columns that stay the same within an entity, with the features of all its columns."""
    features = [one.name for one in spec.features if one.column in (*entity.columns, *entity.constant)]
    return tuple(dict.fromkeys((*entity.constant, *features)))


class _Dealer:
    """Deals rows to families of entities, from those with the fewest rows each up to their root."""

    def __init__(self, spec: DatasetSpec, modelled: pd.DataFrame, part: PartOfJob) -> None:
        self._spec, self._modelled, self._part = spec, modelled, part
        self._numbers: dict[str, np.ndarray] = {}
        self._rng = np.random.default_rng(np.random.SeedSequence([part.seed, _STREAM, part.first_row]))

    def deal_all(self) -> Mapping[str, np.ndarray]:
        """The entity of each row, for every kind of entity."""
        for entity in self._spec.entities:
            if not entity.parent:
                self._deal_family(entity, np.zeros(len(self._modelled), dtype=np.int64), ((1, 1),))
        return self._numbers

    def _deal_family(
        self, entity: EntitySpec, within: np.ndarray, per_stratum: tuple[tuple[int, int], ...]
    ) -> None:
        """Deal an entity and all below it; none of them crosses from one number of `within` to another."""
        children = sorted(
            (one for one in self._spec.entities if one.parent == entity.name),
            key=lambda one: -compute_rate(one.sizes),
        )
        if not children:
            members, sizes = np.arange(len(self._modelled)), entity.sizes
            numbers = members
        else:
            # The finest child keeps its sizes and is gathered into parents; the others lie inside of those.
            self._deal_family(children[0], within, per_stratum)
            numbers = self._numbers[children[0].name]
            members, sizes = _find_owners(numbers), children[0].per_parent
        dealt = self._deal(entity, members, within, sizes, per_stratum)
        self._numbers[entity.name] = dealt[numbers]
        for child in children[1:]:
            self._deal_family(child, self._numbers[entity.name], child.per_parent)

    def _deal(
        self,
        entity: EntitySpec,
        members: np.ndarray,
        within: np.ndarray,
        sizes: tuple[tuple[int, int], ...],
        per_stratum: tuple[tuple[int, int], ...],
    ) -> np.ndarray:
        names = self._list_keys(entity)
        shared = [name for name in names if self._is_shared(name)]
        strata = self._stratify(entity, members, within, shared)
        most = np.bincount(strata)
        entities = min(len(members), _count_here(entity, len(self._modelled), self._part, len(most)))
        weights = most.astype(np.float64)
        if per_stratum != ((1, 1),):
            weights = draw_sizes(per_stratum, len(most), max(entities, len(most)), self._rng).astype(
                np.float64
            )
        shares = share_entities(weights, most, max(entities, len(most)))
        rows = self._modelled.iloc[members]
        keys = _order([rows[name] for name in names if not self._is_shared(name)], entities)
        return deal(keys, strata, shares, sizes, self._rng)

    def _stratify(
        self, entity: EntitySpec, members: np.ndarray, within: np.ndarray, shared: Sequence[str]
    ) -> np.ndarray:
        """What no entity crosses, as whole numbers: `within`, and countries where entities suffice."""
        countries = [
            name for name in list_countries(self._spec.columns, entity.columns) if name not in shared
        ]
        strata = _join([within[members], *(self._number(name)[members] for name in shared)])
        governed = _join(
            [strata, *(self._number(one)[members] for one in countries if one in self._modelled)]
        )
        first, end, _ = _span(entity, len(self._modelled), self._part)
        return governed if len(np.unique(governed)) <= end - first else strata

    def _number(self, name: str) -> np.ndarray:
        return pd.factorize(self._modelled[name].to_numpy())[0] + 1

    def _list_keys(self, entity: EntitySpec) -> list[str]:
        """What is constant in the entity, its root's first, and its countries: rows are gathered by these."""
        family = (*reversed(find_chain(self._spec.entities, entity)), entity)
        names = [name for one in family for name in list_constants(self._spec, one)]
        countries = list_countries(self._spec.columns, entity.columns)
        return [name for name in dict.fromkeys((*countries, *names)) if name in self._modelled]

    def _is_shared(self, name: str) -> bool:
        return name in self._part.shared


def _count_here(entity: EntitySpec, rows: int, part: PartOfJob, least: int) -> int:
    """How many entities this part has; `least` are needed."""
    first, end, _ = _span(entity, rows, part)
    if _is_whole(rows, part):
        return max(end - first, least)
    if end - first < least:
        needed = -(-rows * least // max(1, end - first))
        raise SamplingError(
            f'A part of {rows:,} rows is too small for the rows that each "{entity.name}" has.',
            f"ask for parts of at least {max(needed, rows + 1):,} rows.",
        )
    return end - first


def _span(entity: EntitySpec, rows: int, part: PartOfJob) -> tuple[int, int, int]:
    """The global numbers of the part's first entity, of the next part's first, and of all."""
    rate = compute_rate(entity.sizes)
    total = max(part.total_rows or 0, part.first_row + rows)
    ends = (part.first_row, part.first_row + rows, total)
    first, end, last = (int(row * rate) for row in ends)
    return first, end, last


def _is_whole(rows: int, part: PartOfJob) -> bool:
    return part.first_row == 0 and (part.total_rows or rows) <= rows


def _number(entity: EntitySpec, numbers: np.ndarray, part: PartOfJob) -> Group:
    codes, _ = pd.factorize(numbers)
    owners = _find_owners(codes)
    first, _, total = _span(entity, len(numbers), part)
    if _is_whole(len(numbers), part):
        first, total = 0, len(owners)
    return Group(entity, codes, owners, first, max(total, first + len(owners)))


def _find_owners(numbers: np.ndarray) -> np.ndarray:
    """The first row of each entity."""
    owners = np.empty(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
    owners[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return owners


def _join(columns: Sequence[np.ndarray]) -> np.ndarray:
    """One whole number 0, 1, ... for each distinct row of some columns of whole numbers."""
    joined = np.zeros(len(columns[0]), dtype=np.int64)
    for codes in columns:
        joined, _ = pd.factorize(joined * (int(codes.max(initial=0)) + 1) + codes)
    return joined


def _order(columns: Sequence[pd.Series], entities: int) -> list[np.ndarray]:
    """Sort keys: categories first, those with few values before others, then numbers and dates in bins.

    Where several are numbers, each is cut into so many bins that all together separate the entities.
    """
    numeric = [_is_number(values) for values in columns]
    categories = [pd.factorize(values)[0] for values, one in zip(columns, numeric, strict=True) if not one]
    numbers = [values for values, one in zip(columns, numeric, strict=True) if one]
    bins = np.ceil(max(1, entities) ** (1 / max(1, len(numbers))))
    places = [values.rank(pct=True, na_option="bottom").to_numpy() for values in numbers]
    if len(numbers) > 1:
        places = [np.ceil(place * bins) for place in places]
    return [*sorted(categories, key=lambda codes: int(codes.max(initial=0))), *places]


def _is_number(values: pd.Series) -> bool:
    is_flag = pd.api.types.is_bool_dtype(values)
    return not is_flag and (
        pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    )


def _sort_rows(entities: Sequence[EntitySpec], numbers: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """An order in which the rows of sorted entities are together; None where there are none.

    One family alone can be sorted.
    """
    root = next((one for one in entities if one.is_sorted and not one.parent), None)
    first = root or next((one for one in entities if one.is_sorted), None)
    if first is None:
        return None
    below = [one for one in entities if one.is_sorted and first in find_chain(entities, one)]
    family = sorted([first, *below], key=lambda one: len(find_chain(entities, one)))
    keys = [_find_owners(numbers[one.name])[numbers[one.name]] for one in family]
    return np.lexsort(keys[::-1])


def _make_constant(spec: DatasetSpec, modelled: pd.DataFrame, groups: Sequence[Group]) -> pd.DataFrame:
    """The rows with what describes an entity taken from the first of its rows."""
    columns = {
        name: modelled[name].iloc[group.owner_of_row].set_axis(modelled.index)
        for group in groups
        for name in list_constants(spec, group.entity)
        if name in modelled
    }
    return modelled.assign(**columns) if columns else modelled
