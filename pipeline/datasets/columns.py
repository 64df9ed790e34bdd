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

    def describe_form(self) -> str:
        """How values are in the source: number: decimal ",", grouping "."; empty for plain values."""
        details = [
            _describe_detail(key, value) for key, value in self.form.items() if key != "kind" and value
        ]
        return ": ".join(filter(None, (str(self.form.get("kind", "")), ", ".join(details))))

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
    def count(self) -> str:
        """How many columns are learned, which every score of likeness leaves the others out of."""
        total = len(self.modelled) + len(self.derived) + len(self.replaced)
        return f"{len(self.modelled)} of {total} columns"

    @property
    def headline(self) -> str:
        """What becomes of the columns, as a sentence that stands alone."""
        return f"Learned: {self.sentence}."

    @property
    def sentence(self) -> str:
        """How many columns are learned, and what becomes of the others, for a place that says "learned"."""
        parts = [self.count]
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
    """Which columns are learned, derived and replaced.

    A birth date is learned by its age, an expiry by the months ahead: columns with a feature are learned.
    """
    featured = {feature.column for feature in spec.features}
    is_learned = {one.name: one.role is Role.MODELLED or one.name in featured for one in spec.columns}
    is_replaced = {one.name: one.role is Role.IDENTITY and one.kind in _REPLACED for one in spec.columns}
    others = [name for name, learned in is_learned.items() if not learned]
    return Learned(
        modelled=tuple(name for name, learned in is_learned.items() if learned),
        derived=tuple(name for name in others if not is_replaced[name]),
        replaced=tuple(name for name in others if is_replaced[name]),
    )


def _describe_detail(key: str, value: Any) -> str:
    words = key.replace("_", " ")
    if value is True:
        return words
    if isinstance(value, (list, tuple)):
        return f"{words} {'–'.join(map(str, value))}"
    return f'{words} "{value}"' if isinstance(value, str) else f"{words} {value}"


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
