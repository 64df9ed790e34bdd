"""Which parts a large set of tables has: whole root entities, decided by the request alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

import numpy as np

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.errors import DataError
from pipeline.exporters import ExportFormat
from pipeline.models.related.assembly import Places, RelatedRequest
from pipeline.settings import IdentityOptions

PART_ROWS = 50_000
"""About how many rows of the largest table a part has."""
_STREAM = 0x5E7
_MOST_PARTS = 100_000


@dataclass(frozen=True)
class SetJob:
    """Everything that decides the bytes of a large set of tables, as plain values for any process.

    `roots` are the rows of each root table in the whole job; `parts` is how many they are cut into.
    """

    dataset: str
    fingerprint: str
    model: str
    scale: float
    roots: Mapping[str, int]
    parts: int
    seed: int
    as_of: str
    format: str
    identity: Mapping[str, str]
    versions: Mapping[str, str]

    @property
    def id(self) -> str:
        """Equal jobs have equal ids (16 hex digits)."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def table_key(self) -> str:
        """Equal for jobs of the same parts, in whatever format (64 hex digits)."""
        rows = {**self.as_dict(), "format": None}
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()

    @property
    def suffix(self) -> str:
        """The ending of every file."""
        return ExportFormat(self.format).suffix

    def cut_roots(self, index: int) -> dict[str, int]:
        """The rows of each root in a part: sizes differ by one row at most."""
        return {
            name: (index + 1) * rows // self.parts - index * rows // self.parts
            for name, rows in self.roots.items()
        }

    def ask(
        self, index: int, places: Mapping[str, Places] | None = None, headroom: float = 1.0
    ) -> RelatedRequest:
        """The request for the tables of a part, whose rows have these places in the whole."""
        stream = np.random.SeedSequence([self.seed, _STREAM, index])
        return RelatedRequest(
            seed=self.seed,
            as_of=date.fromisoformat(self.as_of),
            options=IdentityOptions.model_validate(dict(self.identity)),
            scale=self.scale,
            roots=self.cut_roots(index),
            places=places or {},
            part_seed=int(stream.generate_state(1, np.uint64)[0] >> np.uint64(1)),
            headroom=headroom,
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The job again from `as_dict`."""
        return cls(**values)


def count_parts(
    schema: RelatedSchema,
    roots: Mapping[str, int],
    sample_rows: Mapping[str, int],
    scale: float,
    part_roots: int | None = None,
) -> int:
    """How many parts a job has; DataError where there would be too many files.

    A part has `part_roots` rows of the root of the largest table, or as many as give about PART_ROWS rows of
    that table. Every part has a row at least of that root and of each root that other tables refer to, since
    references stay inside a part.
    """
    generated = {name: rows for name, rows in sample_rows.items() if not schema.get(name).is_public}
    largest = max(generated, key=lambda name: generated[name])
    main = find_generated_root(schema, largest)
    rows = roots.get(main, 1)
    wanted = -(-rows // part_roots) if part_roots else -(-round(generated[largest] * scale) // PART_ROWS)
    referred = {one.parent for one in schema.relations if not one.is_owner and not one.is_self}
    most = min([rows, *(count for name, count in roots.items() if name in referred)])
    parts = max(1, min(wanted, most))
    if parts > _MOST_PARTS:
        raise DataError(
            f"{parts:,} parts are more than {_MOST_PARTS:,}.", "ask for larger parts with --part-roots."
        )
    return parts


def find_generated_root(schema: RelatedSchema, name: str) -> str:
    """The last of a table's owners that is generated: rows of a table below a public one are dealt to it."""
    owner = schema.find_owner(name)
    if owner is None or schema.get(owner.parent).is_public:
        return name
    return find_generated_root(schema, owner.parent)


def place_parts(counts: Sequence[Mapping[str, int]]) -> list[dict[str, Places]]:
    """Where the rows of each part begin in each table, from the rows that every part has."""
    totals = {name: sum(rows[name] for rows in counts) for name in counts[0]}
    firsts = dict.fromkeys(totals, 0)
    places = []
    for rows in counts:
        places.append({name: Places(firsts[name], total) for name, total in totals.items()})
        firsts = {name: first + rows[name] for name, first in firsts.items()}
    return places


def list_roots(schema: RelatedSchema) -> list[str]:
    """The tables that are generated by no other: without an owner, or with a public one."""
    return [
        table.name
        for table in schema.tables
        if not table.is_public and find_generated_root(schema, table.name) == table.name
    ]


def name_part(folder: str, index: int, suffix: str) -> str:
    """The file of a table's part."""
    return f"{folder}/part-{index:05d}{suffix}"
