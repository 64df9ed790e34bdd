"""The course of one fit over several tables: seeds, reports, STOP, time and checkpoints."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.progress import OnProgress, Progress, Signal, TableProgress
from pipeline.synthesizers.autoregressive.learning import fingerprint_training
from pipeline.synthesizers.autoregressive.monitor import LikelihoodMonitor
from pipeline.synthesizers.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pipeline.synthesizers.protocol import FitReport, take_arrays
from pipeline.synthesizers.recipe import Recipe, resolve_device
from pipeline.synthesizers.related.fitted import FittedNode
from pipeline.synthesizers.related.protocol import TableInput
from pipeline.synthesizers.related.training import GivenTrainer
from pipeline.synthesizers.session import TrainingSession

_MOST_ROW_VISITS = 4_000_000
_FEWEST_EPOCHS = 4
_OF_TABLE = ".table"


class Course:
    """What the trainings of all tables of one fit share.

    A table is trained for as many epochs as the recipe says, for fewer where it has many rows: that bounds
    its time whatever the machine. The recipe's time is shared among the tables. After STOP the tables that
    are left are trained for one epoch each, so that there is a model.
    """

    def __init__(
        self,
        tables: Sequence[TableInput],
        recipe: Recipe,
        on_progress: OnProgress | None,
        checkpoint: Path | None,
    ) -> None:
        self._recipe, self._on_progress, self._checkpoint = recipe, on_progress, checkpoint
        self.device = resolve_device(recipe.device)
        self._names = [table.name for table in tables if not table.is_public]
        self._fingerprint = fingerprint_tables(tables, recipe) if checkpoint else ""
        self._started = time.monotonic()
        self._was_stopped = False
        self._reports: list[FitReport] = []
        self._learned: dict[str, FittedNode] = {}
        self._resume()

    def seed_of(self, place: int) -> int:
        """The seed of one table."""
        return int(
            np.random.SeedSequence([self._recipe.seed, 13, place]).generate_state(1, np.uint64)[0] >> 1
        )

    def recipe_of(self, rows: int) -> Recipe:
        """The recipe for a table of so many rows."""
        epochs = 1 if self._was_stopped else max(_FEWEST_EPOCHS, _MOST_ROW_VISITS // max(rows, 1))
        budget_s = self._recipe.time_budget_s
        share_s = None if budget_s is None else budget_s / max(len(self._names), 1)
        return replace(self._recipe, epochs=min(self._recipe.epochs, epochs), time_budget_s=share_s)

    def train(
        self, trainer: GivenTrainer, codes: np.ndarray, recipe: Recipe, table: str
    ) -> dict[str, np.ndarray]:
        """The weights of the best epoch."""
        path = (
            None
            if self._checkpoint is None
            else self._checkpoint.with_name(self._checkpoint.name + _OF_TABLE)
        )
        session = TrainingSession(
            trainer,
            LikelihoodMonitor(trainer, recipe.patience),
            recipe,
            fingerprint_training(codes, recipe),
            self._report_of(table),
            None,
            path,
        )
        report, weights = session.run()
        self._reports.append(report)
        if path is not None:
            path.unlink(missing_ok=True)
        return weights

    def find(self, name: str) -> FittedNode | None:
        """What was learned of a table before the fit was ended."""
        return self._learned.get(name)

    def keep(self, fitted: FittedNode) -> None:
        """Store what was learned of a table."""
        self._learned[fitted.node.name] = fitted
        if self._checkpoint is not None:
            values, arrays = pack_nodes(list(self._learned.values()))
            save_checkpoint(self._checkpoint, Checkpoint(self._fingerprint, {"nodes": values}, arrays))

    @property
    def report(self) -> FitReport:
        """How the fit went, over all tables."""
        history = tuple(entry for report in self._reports for entry in report.history)
        return FitReport(
            sum(report.epochs_trained for report in self._reports),
            sum(report.kept_epoch for report in self._reports),
            time.monotonic() - self._started,
            self._was_stopped,
            history,
        )

    def _report_of(self, table: str) -> OnProgress:
        place = self._names.index(table) + 1

        def tell(progress: Progress) -> Signal | None:
            known = {one.name: getattr(progress, one.name) for one in fields(Progress)}
            answer = None
            if self._on_progress:
                answer = self._on_progress(
                    TableProgress(**known, table=table, place=place, tables=len(self._names))
                )
            self._was_stopped = self._was_stopped or answer == Signal.STOP
            return answer

        return tell

    def _resume(self) -> None:
        found = load_checkpoint(self._checkpoint, self._fingerprint) if self._checkpoint else None
        if found is not None:
            self._learned = {one.node.name: one for one in unpack_nodes(found.values["nodes"], found.arrays)}


def pack_nodes(nodes: Sequence[FittedNode]) -> tuple[list[dict], dict[str, np.ndarray]]:
    """JSON-able values and arrays of fitted tables."""
    arrays = {
        f"{place}.{name}": array for place, one in enumerate(nodes) for name, array in one.arrays.items()
    }
    return [one.values for one in nodes], arrays


def unpack_nodes(values: Sequence[dict], arrays: Mapping[str, np.ndarray]) -> tuple[FittedNode, ...]:
    """The fitted tables again."""
    return tuple(
        FittedNode.from_parts(one, take_arrays(arrays, f"{place}.")) for place, one in enumerate(values)
    )


def fingerprint_tables(tables: Sequence[TableInput], recipe: Recipe) -> str:
    """SHA-256 over all tables, their relations and the recipe."""
    digest = hashlib.sha256(json.dumps(recipe.as_dict(), sort_keys=True).encode())
    for table in tables:
        others = {key: (one.parent, one.is_one_to_one) for key, one in table.others.items()}
        described = [
            table.name,
            table.owner,
            table.order,
            table.natural,
            table.is_public,
            others,
            list(table.rows),
        ]
        digest.update(json.dumps(described).encode())
        digest.update(
            pd.util.hash_pandas_object(table.rows, index=False).to_numpy().tobytes()
            if len(table.rows.columns)
            else b""
        )
        for rows in (table.owner_rows, *(one.rows for one in table.others.values())):
            digest.update(b"" if rows is None else np.ascontiguousarray(rows).tobytes())
    return digest.hexdigest()
