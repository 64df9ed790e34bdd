"""What each column of a dataset was taken for, why, and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role

_REPLACED = frozenset({"text"})


@dataclass(frozen=True)
class ColumnInfo:
    """One column for readers; what does not apply is None or empty.

    `group` names the entity that the column describes. `minimum` and `maximum` are the limits of generated
    numbers.
    """

    name: str
    role: str
    kind: str
    form: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    alternatives: tuple[str, ...] = ()
    group: str = ""
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    locale: str = ""
    is_public: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Learned:
    """The columns of a dataset by what happens to them: learned, derived anew, replaced by invented text."""

    modelled: tuple[str, ...]
    derived: tuple[str, ...]
    replaced: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """One sentence for headlines."""
        total = len(self.modelled) + len(self.derived) + len(self.replaced)
        parts = [f"learned: {len(self.modelled)} of {total} columns"]
        parts += [f"derived anew: {', '.join(self.derived)}"] if self.derived else []
        parts += [f"replaced by invented text: {', '.join(self.replaced)}"] if self.replaced else []
        return "; ".join(parts)

    def as_dict(self) -> dict[str, list[str]]:
        """Plain values for JSON."""
        return {"modelled": [*self.modelled], "derived": [*self.derived], "replaced": [*self.replaced]}


def describe_columns(spec: DatasetSpec) -> tuple[ColumnInfo, ...]:
    """Every column of a dataset, in table order."""
    groups = {name: one.name for one in spec.entities for name in (*one.columns, *one.constant)}
    return tuple(_describe(column, groups.get(column.name, "")) for column in spec.columns)


def list_learned(spec: DatasetSpec) -> Learned:
    """Which columns are learned, derived and replaced."""
    identities = [column for column in spec.columns if column.role is Role.IDENTITY]
    featured = {feature.column for feature in spec.features}
    replaced = tuple(one.name for one in identities if one.kind in _REPLACED and one.name not in featured)
    return Learned(
        modelled=tuple(column.name for column in spec.columns if column.role is Role.MODELLED),
        derived=tuple(one.name for one in identities if one.name not in replaced),
        replaced=replaced,
    )


def _describe(column: ColumnSpec, group: str) -> ColumnInfo:
    options = column.options
    return ColumnInfo(
        name=column.name,
        role=str(column.role),
        kind=str(column.kind),
        form=dict(column.form),
        why=column.why,
        alternatives=column.alternatives,
        group=group,
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        unit=str(options.get("unit", "")),
        locale=str(options.get("locale") or options.get("country") or ""),
        is_public=column.is_public,
    )
