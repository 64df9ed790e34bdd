"""SDV's HMA for several tables, for comparison and for schemas within its limits.

HMA Community takes five tables and two levels, and rows that all have their parents. What lies beyond is
refused before anything is learned, with the table to drop. It has neither checkpoints nor epochs. A fitted
one is an SDV object, kept as a pickle inside an array: the caller must have checked where it comes from, as
`pipeline.models.store` does with a signature.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from pipeline.errors import SamplingError, TrainingError
from pipeline.progress import OnProgress, Progress, Stage, tell
from pipeline.synthesizers.protocol import FitReport, SynthesizerState
from pipeline.synthesizers.recipe import Recipe, check_recipe, torch_threads
from pipeline.synthesizers.related.attributes import Attribute
from pipeline.synthesizers.related.protocol import DrawnTable, TableInput
from pipeline.synthesizers.related.tables import OWN, Frame, build_frames, sort_tables
from pipeline.synthesizers.sdv_bridge import sdv_session
from pipeline.synthesizers.turns import sdv_turn

MOST_TABLES, MOST_LEVELS = 5, 2
_KEY, _OWNER = "id", "owner"
_COLUMN, _OTHER = "column ", "parent "


class RelatedHma:
    """HMA behind the protocol; numbers and rare categories are protected as those of our own are."""

    name: ClassVar[str] = "hma"

    def __init__(self, recipe: Recipe) -> None:
        """Only the seed and the threads of the recipe are read."""
        check_recipe(recipe)
        self._recipe = recipe
        self._model: Any = None
        self._tables: dict[str, dict[str, Any]] = {}

    def fit(
        self,
        tables: Sequence[TableInput],
        on_progress: OnProgress | None = None,
        checkpoint: Path | None = None,
    ) -> FitReport:
        """Learn `tables` in one piece; TrainingError for those beyond HMA's limits, naming what to drop."""
        started = time.monotonic()
        check_limits(tables)
        tell(on_progress, Progress(Stage.TRAIN, 0, 1))
        frames = {frame.node.name: frame for frame in build_frames([_unkeyed(table) for table in tables])}
        self._tables = {table.name: _describe(table, frames[table.name]) for table in tables}
        rng = np.random.default_rng(self._recipe.seed)
        rows = {table.name: _to_sdv(table, frames[table.name], rng) for table in tables}
        with sdv_turn(), torch_threads(self._recipe.threads), sdv_session("HMA"):
            from sdv.multi_table import HMASynthesizer

            self._model = HMASynthesizer(_make_metadata(self._tables), verbose=False)
            self._model.fit(rows)
        last = Progress(Stage.TRAIN, 1, 1, time.monotonic() - started)
        if on_progress:
            on_progress(last)
        return FitReport(1, 1, last.seconds, False, (last,))

    @property
    def roots(self) -> Mapping[str, int]:
        """The tables without an owner, with their rows in the sample."""
        return {name: table["rows"] for name, table in self._tables.items() if not table["owner"]}

    def sample(self, scale: float, seed: int) -> dict[str, DrawnTable]:
        """All tables, the roots with `scale` times the rows of the sample."""
        if self._model is None:
            raise SamplingError("These tables have not been learned.", "fit the synthesizer first.")
        if not scale > 0:
            raise SamplingError(f"The scale {scale} gives no row.", "choose a number above 0.")
        with sdv_turn(), torch_threads(self._recipe.threads), sdv_session("HMA"):
            # SDV 2.0 has no public seed for several tables.
            self._model._numpy_seed = seed % 2**32
            for table in self._model._table_synthesizers.values():
                table._set_random_state(seed % 2**32)
            drawn = self._model.sample_scale(scale=scale)
        return {name: _from_sdv(name, self._tables, drawn) for name in self._tables}

    def sample_roots(self, roots: Mapping[str, int], seed: int) -> dict[str, DrawnTable]:
        """All tables in the scale of `roots`, which HMA knows one of only: their shares must be equal."""
        scales = [roots.get(name, 0) / max(rows, 1) for name, rows in self.roots.items()]
        if not scales or max(scales) - min(scales) > 1e-9:
            raise SamplingError(
                "HMA scales all tables alike.",
                "ask for the same share of each root, or choose autoregressive.",
            )
        return self.sample(scales[0], seed)

    @property
    def state(self) -> SynthesizerState:
        """The tables as values, SDV's object as the bytes of a pickle."""
        values = {"name": self.name, "recipe": self._recipe.as_dict(), "tables": self._tables}
        content = np.frombuffer(pickle.dumps(self._model), dtype=np.uint8)
        return SynthesizerState(values, {"pickle": content})

    @classmethod
    def from_state(cls, state: SynthesizerState) -> Self:
        """A fitted synthesizer again; the caller vouches for the pickle."""
        restored = cls(Recipe(**state.values["recipe"]))
        restored._tables = dict(state.values["tables"])
        restored._model = pickle.loads(state.arrays["pickle"].tobytes())
        return restored


def check_limits(tables: Sequence[TableInput]) -> None:
    """Raise TrainingError for what HMA cannot learn, naming the table to drop."""
    levels: dict[str, int] = {}
    for table in sort_tables(tables):
        parents = [other.parent for other in table.others.values()] + ([table.owner] if table.owner else [])
        if table.name in parents:
            raise _refuse(table.name, "refers to itself")
        if table.is_public:
            raise _refuse(table.name, "is public, which HMA does not know")
        positions = [other.rows for other in table.others.values()]
        positions += [] if table.owner_rows is None else [table.owner_rows]
        if any(bool((rows < 0).any()) for rows in positions):
            raise _refuse(table.name, "has rows without a parent")
        levels[table.name] = 1 + max((levels[parent] for parent in parents), default=0)
        if levels[table.name] > MOST_LEVELS:
            raise _refuse(table.name, f"is on level {levels[table.name]} of at most {MOST_LEVELS}")
    if len(tables) > MOST_TABLES:
        last = sort_tables(tables)[-1].name
        raise _refuse(last, f"is one of {len(tables)} tables, of at most {MOST_TABLES}")


def _refuse(table: str, reason: str) -> TrainingError:
    return TrainingError(
        f'HMA cannot learn table "{table}": it {reason}.', f'drop "{table}", or choose autoregressive.'
    )


def _unkeyed(table: TableInput) -> TableInput:
    """HMA knows no natural keys."""
    return TableInput(
        table.name, table.rows, table.columns, table.owner, table.owner_rows, table.others, table.order
    )


def _describe(table: TableInput, frame: Frame) -> dict[str, Any]:
    return {
        "owner": table.owner,
        "others": {relation: other.parent for relation, other in table.others.items()},
        "attributes": {
            column.name: frame.attributes[OWN + column.name].as_dict() for column in table.columns
        },
        "rows": len(table.rows),
    }


def _to_sdv(table: TableInput, frame: Frame, rng: np.random.Generator) -> pd.DataFrame:
    """Keys as whole numbers, categories as codes; a rare category takes that of another row."""
    columns: dict[str, np.ndarray] = {_KEY: np.arange(len(table.rows))}
    if table.owner_rows is not None:
        columns[_OWNER] = table.owner_rows
    columns |= {_OTHER + relation: other.rows for relation, other in table.others.items()}
    for column in table.columns:
        values, attribute = frame.values[OWN + column.name], frame.attributes[OWN + column.name]
        if attribute.is_category:
            is_rare = values < 0
            filled = np.where(is_rare, rng.choice(values[~is_rare], len(values)), values)
            columns[_COLUMN + column.name] = filled.astype(np.int64)
        else:
            columns[_COLUMN + column.name] = values
    return pd.DataFrame(columns)


def _make_metadata(tables: Mapping[str, dict[str, Any]]) -> Any:
    from sdv.metadata import Metadata

    described, relationships = {}, []
    for name, table in tables.items():
        keys = {_OWNER: table["owner"]} if table["owner"] else {}
        keys |= {_OTHER + relation: parent for relation, parent in table["others"].items()}
        columns = {key: {"sdtype": "id"} for key in (_KEY, *keys)}
        for column, values in table["attributes"].items():
            is_category = Attribute.from_dict(values).is_category
            columns[_COLUMN + column] = {"sdtype": "categorical" if is_category else "numerical"}
        described[name] = {"columns": columns, "primary_key": _KEY}
        relationships += [
            {
                "parent_table_name": parent,
                "parent_primary_key": _KEY,
                "child_table_name": name,
                "child_foreign_key": key,
            }
            for key, parent in keys.items()
        ]
    return Metadata.load_from_dict({"tables": described, "relationships": relationships})


def _from_sdv(
    name: str, tables: Mapping[str, dict[str, Any]], drawn: Mapping[str, pd.DataFrame]
) -> DrawnTable:
    rows, table = drawn[name].reset_index(drop=True), tables[name]
    columns = {}
    for column, values in table["attributes"].items():
        attribute = Attribute.from_dict(values)
        numbers = rows[_COLUMN + column].to_numpy(np.float64, na_value=np.nan)
        columns[column] = attribute.series(attribute.settle(numbers))

    def find(parent: str, key: str) -> np.ndarray:
        return pd.Index(drawn[parent][_KEY]).get_indexer(pd.Index(rows[key]))

    others = {relation: find(parent, _OTHER + relation) for relation, parent in table["others"].items()}
    owner = find(table["owner"], _OWNER) if table["owner"] else None
    return DrawnTable(pd.DataFrame(columns, index=pd.RangeIndex(len(rows))), owner, others)
